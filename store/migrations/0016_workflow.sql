-- The workflow of cases is data: the versions by which cases go, what further fields steps set, and the answers to
-- requests that may be repeated.

CREATE TABLE workflow_version (
    name          text NOT NULL,
    version       integer NOT NULL,
    digest        text NOT NULL,                -- SHA-256 of what the file says, without comments
    content       text NOT NULL,                -- the file
    first_used_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (name, version)
);

-- A request with an idempotency key: repeated, it is answered the same and done once.
CREATE TABLE case_request (
    actor       text NOT NULL,
    key         text NOT NULL,
    request     bytea NOT NULL,                 -- SHA-256 of what was asked
    number      text NOT NULL,                  -- of the case
    sequence    integer NOT NULL,               -- of the newest event that it wrote
    answered_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (actor, key)
);
CREATE INDEX case_request_answered ON case_request (answered_at);

DROP VIEW case_summary;
ALTER TABLE case_file
    ADD COLUMN suspension_count integer NOT NULL DEFAULT 0,
    ADD COLUMN reason text,                     -- the listed reason of the newest step that gave one
    ADD COLUMN task jsonb,                      -- for which somebody is out: kind, assignee, asked_by, asked_at, note
    ADD COLUMN verified text,
    ADD COLUMN checked text,
    ADD COLUMN deferral_asked jsonb,            -- by, at, with
    ADD COLUMN appeal text,
    ADD COLUMN satisfaction text;

-- As before.
CREATE VIEW case_summary AS
SELECT case_file.*, near.street, near.street_en,
       (SELECT count(*) FROM case_incident WHERE case_incident.case_id = case_file.case_id) AS reports,
       (SELECT digest FROM evidence JOIN case_incident USING (incident_id)
        WHERE case_incident.case_id = case_file.case_id AND role = 'finding' AND media_type LIKE 'image/%'
        ORDER BY LEAST(taken_at, received_at) DESC, digest LIMIT 1) AS picture
FROM case_file LEFT JOIN LATERAL (
    SELECT name AS street, name_en AS street_en
    FROM (
        SELECT name, name_en, ST_Distance(line::geography, place::geography, false) AS away_m
        FROM street
        -- 200 m in degrees: a box that the index knows, before anything is measured
        WHERE line && ST_Expand(place, 0.0018 / GREATEST(0.01, cos(radians(lat))), 0.0018) AND name IS NOT NULL
    ) AS candidate
    WHERE away_m <= 200 ORDER BY away_m LIMIT 1
) AS near ON true;

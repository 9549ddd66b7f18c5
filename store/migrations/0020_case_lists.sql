-- What lists of cases need to be quick with a million of them (store/case_lists.py), and files that people send.

-- Pairs of characters: an index on them finds words in any language, Chinese too, which has no spaces between them.
CREATE FUNCTION case_pairs(said text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN said = ' ' THEN '{}'::text[] ELSE (
    SELECT COALESCE(array_agg(DISTINCT first || second), '{}')
    FROM (
        SELECT letter AS first, lead(letter) OVER (ORDER BY place) AS second
        FROM string_to_table(lower(left(said, 4000)), NULL) WITH ORDINALITY AS letters (letter, place)
    ) AS pairs WHERE first <> ' ' AND second <> ' '
) END;

-- The orders of lists.
DROP INDEX case_opened, case_changed, case_still_open;
CREATE INDEX case_by_deadline ON case_file (COALESCE(deadline_at, 'infinity'), number);
CREATE INDEX case_by_deadline_open ON case_file (COALESCE(deadline_at, 'infinity'), number) WHERE closed_at IS NULL;
CREATE INDEX case_by_reported ON case_file (reported_at DESC, number DESC);
CREATE INDEX case_by_changed ON case_file (changed_at DESC, number DESC);
CREATE INDEX case_by_reported_ended ON case_file (reported_at DESC, number DESC) WHERE closed_at IS NOT NULL;
CREATE INDEX case_by_changed_ended ON case_file (changed_at DESC, number DESC) WHERE closed_at IS NOT NULL;
-- What few of all cases have; what many have, an order finds soon enough.
CREATE INDEX case_of_district ON case_file (district, reported_at DESC, number DESC);
CREATE INDEX case_of_department ON case_file (department, reported_at DESC, number DESC);
CREATE INDEX case_of_grid_cell ON case_file (grid_cell, reported_at DESC, number DESC);
CREATE INDEX case_of_code ON case_file (code text_pattern_ops, reported_at DESC, number DESC);
CREATE INDEX case_of_type ON case_file (type, reported_at DESC, number DESC);
CREATE INDEX case_of_source ON case_file (source, reported_at DESC, number DESC);
CREATE INDEX case_of_stage ON case_file (stage, reported_at DESC, number DESC);
CREATE INDEX case_of_assignee ON case_file (assignee, reported_at DESC, number DESC) WHERE assignee IS NOT NULL;
CREATE INDEX case_of_opener ON case_file (opener, reported_at DESC, number DESC);
CREATE INDEX case_is_key ON case_file (reported_at DESC, number DESC) WHERE key_case;
CREATE INDEX case_is_urged ON case_file (urged_at) WHERE urged_at IS NOT NULL AND closed_at IS NULL;
CREATE INDEX case_is_suspended ON case_file (suspended_until) WHERE suspended_until IS NOT NULL AND closed_at IS NULL;
CREATE INDEX case_number_begins ON case_file (number text_pattern_ops);
CREATE INDEX case_number_ends ON case_file (reverse(number) text_pattern_ops);
CREATE INDEX case_words ON case_file USING gin (case_pairs(COALESCE(title, '') || ' ' || COALESCE(description, '')));

-- Files that people send belong to the case itself; those of detectors to an incident.
ALTER TABLE evidence DROP CONSTRAINT evidence_pkey, DROP CONSTRAINT evidence_role_check,
    ALTER COLUMN incident_id DROP NOT NULL,
    ADD COLUMN case_id uuid,
    ADD COLUMN actor text,                      -- the login of who sent it with an action
    ADD CONSTRAINT evidence_role_check CHECK (role IN ('before', 'finding', 'restored', 'after')),
    ADD CONSTRAINT evidence_owner_check CHECK (num_nonnulls(incident_id, case_id) = 1);
CREATE UNIQUE INDEX evidence_of_incident ON evidence (incident_id, digest);
CREATE UNIQUE INDEX evidence_of_case ON evidence (case_id, digest, role) WHERE case_id IS NOT NULL;

CREATE VIEW case_evidence AS
SELECT case_incident.case_id, digest, incident_id, revision, role, media_type, size_bytes, taken_at, received_at, actor
FROM evidence JOIN case_incident USING (incident_id)
UNION ALL
SELECT case_id, digest, NULL, NULL, role, media_type, size_bytes, taken_at, received_at, actor
FROM evidence WHERE case_id IS NOT NULL;

-- As before, but for what belongs to a case: that never waits for an incident.
CREATE OR REPLACE FUNCTION drop_orphan_evidence(before timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    dropped bigint;
BEGIN
    IF before IS NULL OR before > now() - INTERVAL '50 minutes' THEN
        RAISE EXCEPTION 'evidence younger than an hour is not dropped' USING ERRCODE = 'insufficient_privilege';
    END IF;
    DELETE FROM evidence WHERE received_at < before AND incident_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM incident WHERE incident.incident_id = evidence.incident_id);
    GET DIAGNOSTICS dropped = ROW_COUNT;
    RETURN dropped;
END
$$;
DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION drop_orphan_evidence(timestamptz) SET search_path = %I, pg_temp', current_schema());
END $$;

-- The newest picture of the finding, a person's too.
DROP VIEW case_summary;
CREATE VIEW case_summary AS
SELECT case_file.*, near.street, near.street_en,
       (SELECT count(*) FROM case_incident WHERE case_incident.case_id = case_file.case_id) AS reports,
       (SELECT digest FROM case_evidence
        WHERE case_evidence.case_id = case_file.case_id AND role = 'finding' AND media_type LIKE 'image/%'
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

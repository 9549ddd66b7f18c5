-- Who owns a component, and what a case says of its handling and its proposed department.

ALTER TABLE component ADD COLUMN owner text;     -- the department or body that looks after it (权属单位), if known

DROP VIEW case_summary;
ALTER TABLE case_file
    ADD COLUMN handling_limit jsonb,             -- of its condition when it was opened: condition, amount, clock
    ADD COLUMN proposal_reason_en text;          -- proposal_reason in English

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

-- A suspension is asked for by one account and granted by another; an appeal has two reviews by two accounts. The
-- street of a case is looked up when it is opened, no longer at each read.

DROP VIEW case_summary;
ALTER TABLE case_file
    ADD COLUMN suspension_asked jsonb,          -- by, at, until
    ADD COLUMN appeal_by jsonb,                 -- the logins of who asked and who supported it
    ADD COLUMN street_name text,                -- when it was opened; empty if none was near, null for cases of before
    ADD COLUMN street_name_en text;

-- Who could suspend, and who could ask for a deferral, in the city's own table of rights: what takes their place.
INSERT INTO rights_entry (role, action, stage, holder, whose, district)
SELECT role, 'case.suspend_' || step, stage, holder, whose, district
FROM rights_entry, unnest(ARRAY['request', 'grant', 'refuse']) AS step WHERE action = 'case.suspend'
UNION
SELECT role, 'case.suspend_request', stage, holder, whose, district
FROM rights_entry WHERE action = 'case.defer' AND role = 'department_desk'
ON CONFLICT DO NOTHING;
UPDATE rights_version SET version = version + 1 WHERE EXISTS (SELECT FROM rights_entry);

-- As before, but that the street is looked up for cases of before alone.
CREATE VIEW case_summary AS
SELECT case_file.*, COALESCE(NULLIF(street_name, ''), near.name) AS street,
       COALESCE(NULLIF(street_name_en, ''), near.name_en) AS street_en,
       (SELECT count(*) FROM case_incident WHERE case_incident.case_id = case_file.case_id) AS reports,
       (SELECT digest FROM case_evidence
        WHERE case_evidence.case_id = case_file.case_id AND role = 'finding' AND media_type LIKE 'image/%'
        ORDER BY LEAST(taken_at, received_at) DESC, digest LIMIT 1) AS picture
FROM case_file LEFT JOIN LATERAL (
    SELECT name, name_en
    FROM (
        SELECT name, name_en, ST_Distance(line::geography, place::geography, false) AS away_m
        FROM street
        -- 200 m in degrees: a box that the index knows, before anything is measured
        WHERE line && ST_Expand(place, 0.0018 / GREATEST(0.01, cos(radians(lat))), 0.0018) AND name IS NOT NULL
    ) AS candidate
    WHERE street_name IS NULL AND away_m <= 200 ORDER BY away_m LIMIT 1
) AS near ON true;

-- name: lock_problem
-- One after the other, in the order given.
SELECT pg_advisory_xact_lock(hashtextextended(key, 6)) FROM unnest($1::text[]) AS key;

-- name: case_of_incident
SELECT case_id FROM case_incident WHERE incident_id = $1;

-- name: candidates
-- Each part by an index of its own; flood cases gather, and are about nothing.
SELECT case_id, component, camera, zone, COALESCE(seen_at, reported_at) AS heard_at,
       ST_Distance(place::geography, ST_SetSRID(ST_MakePoint($5, $6), 4326)::geography) AS away_m
FROM case_file
WHERE flood_of IS NULL AND case_id IN (
    SELECT case_id FROM case_file WHERE closed_at IS NULL AND problem_class = ANY ($1::text[]) AND component = $2
    UNION ALL
    SELECT case_id FROM case_file WHERE closed_at IS NULL AND problem_class = ANY ($1::text[]) AND camera = $3
        AND COALESCE(zone, '') = COALESCE($4, '')
    UNION ALL
    SELECT case_id FROM case_file WHERE closed_at IS NULL AND problem_class = ANY ($1::text[]) AND $7 > 0
        AND ST_DWithin(place::geography, ST_SetSRID(ST_MakePoint($5, $6), 4326)::geography, $7)
);

-- name: open_cases_near
SELECT case_id, component, camera, zone, COALESCE(seen_at, reported_at) AS heard_at,
       ST_Distance(place::geography, ST_SetSRID(ST_MakePoint($1, $2), 4326)::geography) AS away_m
FROM case_file
WHERE closed_at IS NULL AND flood_of IS NULL
      AND ST_DWithin(place::geography, ST_SetSRID(ST_MakePoint($1, $2), 4326)::geography, $3)
ORDER BY away_m, case_id LIMIT 100;

-- name: lock_source
-- Until the transaction ends, nobody else opens a case for this source.
SELECT pg_advisory_xact_lock(hashtextextended($1, 7));

-- name: recent_reports
-- Of source $1: incidents observed within $4 of $2, as far as they need counting, and cases opened within a day before $3.
SELECT (SELECT count(DISTINCT incident_id) FROM (
            SELECT incident_id FROM incident
            WHERE source = $1 AND observed_at BETWEEN $2::timestamptz - $4::interval AND $2::timestamptz + $4::interval
            LIMIT 10000
        ) AS near) AS incidents,
       (SELECT count(*) FROM case_event
        WHERE sequence = 1 AND actor = $1 AND at > $3::timestamptz - INTERVAL '1 day') AS opened;

-- name: open_flood_of
SELECT case_id, number, (SELECT count(*) FROM case_incident WHERE case_incident.case_id = case_file.case_id) AS reports
FROM case_file WHERE flood_of = $1 AND closed_at IS NULL FOR UPDATE;

-- name: lock_case_by_number
SELECT case_id, number, last_sequence FROM case_file WHERE number = $1 FOR UPDATE;

-- name: events_of_case
SELECT sequence, at, actor, action, sets, note, observed_at, incident_id, revision, evidence
FROM case_event WHERE case_id = $1 ORDER BY sequence;

-- name: revision_is_told
SELECT EXISTS (SELECT FROM case_event WHERE incident_id = $1 AND revision = $2);

-- name: find_component
SELECT code_set, class AS class_code, owner, ST_X(place) AS lon, ST_Y(place) AS lat FROM component WHERE code = $1;

-- name: find_grid_cell
-- The cell at lon, lat; of two that share an edge the lower code.
SELECT code FROM grid_cell WHERE ST_Covers(area, ST_SetSRID(ST_MakePoint($1, $2), 4326)) ORDER BY code LIMIT 1;

-- name: find_surroundings
-- Of lon, lat: the grid cell (of two that share an edge the lower code), and the nearest street with a name within 200 m.
SELECT (SELECT code FROM grid_cell WHERE ST_Covers(area, place) ORDER BY code LIMIT 1) AS grid_cell, street, street_en
FROM (SELECT ST_SetSRID(ST_MakePoint($1, $2), 4326) AS place) AS here LEFT JOIN LATERAL (
    SELECT name AS street, name_en AS street_en
    FROM (
        SELECT name, name_en, ST_Distance(line::geography, place::geography, false) AS away_m
        FROM street
        -- 200 m in degrees: a box that the index knows, before anything is measured
        WHERE line && ST_Expand(place, 0.0018 / GREATEST(0.01, cos(radians(ST_Y(place)))), 0.0018) AND name IS NOT NULL
    ) AS candidate
    WHERE away_m <= 200 ORDER BY away_m LIMIT 1
) AS near ON true;

-- name: next_number
-- The day's next sequence. Held until the transaction ends, so that numbers have no gaps.
INSERT INTO case_number_counter AS counter (day, last) VALUES ($1, 1)
ON CONFLICT (day) DO UPDATE SET last = counter.last + 1
RETURNING last;

-- name: add_incident
INSERT INTO incident (incident_id, revision, type, source, district, observed_at, began_at, received_at,
                      place, zone, component, confidence, cues, camera, phase)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, ST_SetSRID(ST_MakePoint($9, $10), 4326), $11, $12, $13, $14, $15, $16);

-- name: add_evidence
INSERT INTO evidence (digest, incident_id, revision, role, media_type, size_bytes, taken_at, received_at)
VALUES ($1, $2, $3, $4, 'image/jpeg', $5, $6, $7) ON CONFLICT DO NOTHING;

-- name: add_case_incident
INSERT INTO case_incident (incident_id, case_id) VALUES ($1, $2);

-- name: newest_revisions
SELECT DISTINCT ON (incident_id) incident_id, revision, type, district, ST_X(place) AS lon, ST_Y(place) AS lat, camera, zone,
       component, observed_at, began_at, phase = 'ended' AS ended
FROM incident WHERE incident_id = ANY ($1::uuid[]) ORDER BY incident_id, revision DESC;

-- name: move_incidents
UPDATE case_incident SET case_id = $2 WHERE incident_id = ANY ($1::uuid[]);

-- name: add_event
INSERT INTO case_event (case_id, sequence, at, actor, action, sets, note, observed_at, incident_id, revision, evidence)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: next_cases
-- The next cases by their id, after $1.
SELECT case_id FROM case_event WHERE sequence = 1 AND ($1::uuid IS NULL OR case_id > $1) ORDER BY case_id LIMIT $2;

-- name: lock_summaries
SELECT FROM case_file WHERE case_id = ANY ($1::uuid[]) ORDER BY case_id FOR UPDATE;

-- name: events_of_cases
SELECT case_id, sequence, at, actor, action, sets, note, observed_at, incident_id, revision, evidence
FROM case_event WHERE case_id = ANY ($1::uuid[]) ORDER BY case_id, sequence;

-- name: put_case_incidents
INSERT INTO case_incident (incident_id, case_id) SELECT * FROM unnest($1::uuid[], $2::uuid[])
ON CONFLICT (incident_id) DO UPDATE SET case_id = EXCLUDED.case_id;

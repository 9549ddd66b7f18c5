-- Times ahead of our clock: kept with a mark, and never the newest of anything.

-- store/quality.py: bits as in position.flags; a reading has only FUTURE (4).
ALTER TABLE telemetry ADD COLUMN flags integer NOT NULL DEFAULT 0;
ALTER TABLE device_status ADD COLUMN flags integer NOT NULL DEFAULT 0;
ALTER TABLE incident ADD COLUMN flags integer NOT NULL DEFAULT 0;
ALTER TABLE evidence ADD COLUMN flags integer NOT NULL DEFAULT 0;

-- As before, but the newest picture is the one taken last, or received last where its time is ahead of that.
CREATE OR REPLACE VIEW case_summary AS
SELECT case_file.*, ST_Y(place) AS lat, ST_X(place) AS lon, near.street, near.street_en,
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
        WHERE line && ST_Expand(place, 0.0018 / GREATEST(0.01, cos(radians(ST_Y(place)))), 0.0018) AND name IS NOT NULL
    ) AS candidate
    WHERE away_m <= 200 ORDER BY away_m LIMIT 1
) AS near ON true;

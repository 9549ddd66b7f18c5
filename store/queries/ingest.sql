-- name: know_entities
-- Number everyone named, and say where each was last seen. Arrays: kind, id, district.
WITH named AS (
    INSERT INTO entity (kind, id, district)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
    ON CONFLICT (kind, id) DO UPDATE SET district = EXCLUDED.district
    RETURNING entity_id, kind, id
)
SELECT named.entity_id, named.kind, named.id, latest.time, latest.lat, latest.lon
FROM named LEFT JOIN latest_position AS latest USING (entity_id);

-- name: count_entities
-- How many of those named have the number that goes with them. Arrays: entity, kind, id.
SELECT count(*) FROM entity JOIN unnest($1::integer[], $2::text[], $3::text[]) AS known (entity_id, kind, id)
    USING (entity_id, kind, id);

-- name: make_incoming_position
-- Its rows are numbered in the order of receipt, which COPY does not keep.
CREATE TEMPORARY TABLE IF NOT EXISTS incoming_position (LIKE position, number integer NOT NULL) ON COMMIT DELETE ROWS;

-- name: take_incoming_position
-- What is new of the rows copied into incoming_position; of several with one key the first.
INSERT INTO position (entity_id, flags, time, received_at, lat, lon, speed_mps, heading_deg, altitude_m, accuracy_m,
                      ignition)
SELECT entity_id, flags, time, received_at, lat, lon, speed_mps, heading_deg, altitude_m, accuracy_m, ignition
FROM incoming_position ORDER BY number
ON CONFLICT (entity_id, time) DO NOTHING
RETURNING entity_id, (EXTRACT(epoch FROM time) * 1000000)::bigint AS time_us;

-- name: known_positions
-- Numbers of rows of incoming_position, of those in $1, that say what a stored row of their millisecond says. Their times
-- lie between $2 and $3, so that only the chunks of that span are looked at. LATERAL with a LIMIT: an index look-up a
-- row, whatever the planner thinks of the whole table.
SELECT COALESCE(array_agg(number), '{}') FROM incoming_position AS incoming CROSS JOIN LATERAL (
    SELECT FROM position AS known
    WHERE known.time >= $2 AND known.time < $3 AND known.entity_id = incoming.entity_id
      AND known.time >= incoming.time AND known.time < incoming.time + INTERVAL '1 millisecond'
      AND (known.lat, known.lon, known.speed_mps, known.heading_deg, known.altitude_m, known.accuracy_m,
           known.ignition, known.flags & 1)
          IS NOT DISTINCT FROM
          (incoming.lat, incoming.lon, incoming.speed_mps, incoming.heading_deg, incoming.altitude_m,
           incoming.accuracy_m, incoming.ignition, incoming.flags & 1)
    LIMIT 1
) AS same
WHERE number = ANY($1::integer[]);

-- name: taken_positions
-- Arrays: entity, microseconds since 1970; and the span of those times. The moments that are taken in the millisecond
-- from there.
SELECT DISTINCT entity_id, (EXTRACT(epoch FROM known.time) * 1000000)::bigint
FROM unnest($1::integer[], $2::bigint[]) AS wanted (entity_id, time_us)
CROSS JOIN LATERAL (SELECT timestamptz 'epoch' + time_us * interval '1 microsecond' AS time) AS moment
CROSS JOIN LATERAL (
    SELECT position.time FROM position
    WHERE position.time >= $3 AND position.time < $4 AND position.entity_id = wanted.entity_id
      AND position.time >= moment.time AND position.time < moment.time + INTERVAL '1 millisecond'
    LIMIT 1000
) AS known;

-- name: advance_latest_position
-- Arrays: entity, flags, microseconds since 1970, lat, lon, speed, heading, altitude, accuracy (NaN: unknown),
-- ignition (1, 0, -1: unknown), one row an entity, in order of entity; then when they were received, and the latest
-- time that can be right: never goes back in time, except from later than that. A whole number of microseconds times
-- an interval of one is exact. What the broker had kept (flag 128) was not heard now, but at its own time at best.
INSERT INTO latest_position AS known
    (entity_id, flags, time, received_at, lat, lon, speed_mps, heading_deg, altitude_m, accuracy_m, ignition)
SELECT entity_id, flags, timestamptz 'epoch' + time_us * interval '1 microsecond',
       CASE WHEN flags & 128 = 0 THEN $11
            ELSE LEAST($11, timestamptz 'epoch' + time_us * interval '1 microsecond') END, lat, lon,
       NULLIF(speed_mps, 'NaN'), NULLIF(heading_deg, 'NaN'), NULLIF(altitude_m, 'NaN'), NULLIF(accuracy_m, 'NaN'),
       CASE ignition WHEN 1 THEN true WHEN 0 THEN false END
FROM unnest($1::integer[], $2::integer[], $3::bigint[], $4::double precision[], $5::double precision[],
            $6::real[], $7::real[], $8::real[], $9::real[], $10::smallint[])
    AS moved (entity_id, flags, time_us, lat, lon, speed_mps, heading_deg, altitude_m, accuracy_m, ignition)
ON CONFLICT (entity_id) DO UPDATE SET
    flags = EXCLUDED.flags, time = EXCLUDED.time, received_at = EXCLUDED.received_at,
    lat = EXCLUDED.lat, lon = EXCLUDED.lon, speed_mps = EXCLUDED.speed_mps, heading_deg = EXCLUDED.heading_deg,
    altitude_m = EXCLUDED.altitude_m, accuracy_m = EXCLUDED.accuracy_m, ignition = EXCLUDED.ignition
WHERE known.time < EXCLUDED.time OR known.time > $12;

-- name: mark_presence
-- Arrays: cell, microseconds since 1970 of the two minutes' beginning, entity; in order of the first two.
INSERT INTO presence (cell, bucket, entity_id)
SELECT cell, timestamptz 'epoch' + bucket_us * interval '1 microsecond', entity_id
FROM unnest($1::bigint[], $2::bigint[], $3::integer[]) AS mark (cell, bucket_us, entity_id)
ON CONFLICT (cell, bucket, entity_id) DO NOTHING;

-- name: mark_late_hours
-- Hours since 1970, in order. Holds the row until the end of the transaction, so that a roll-up waits for our fixes.
INSERT INTO position_hour_due (hour)
SELECT timestamptz 'epoch' + hours * interval '1 hour' FROM unnest($1::bigint[]) AS hours
ON CONFLICT (hour) DO UPDATE SET hour = EXCLUDED.hour;

-- name: add_telemetry
-- Arrays: entity, time, values, flags; then when they were received. What is new of them.
INSERT INTO telemetry (entity_id, time, received_at, values, flags)
SELECT entity_id, time, $5, values, flags
FROM unnest($1::integer[], $2::timestamptz[], $3::jsonb[], $4::integer[]) AS sample (entity_id, time, values, flags)
ON CONFLICT (entity_id, time) DO NOTHING
RETURNING entity_id, time;

-- name: known_telemetry
-- Arrays: entity, time, values; and the span of those times. Which of them, counted from 1, say what a stored row of
-- their millisecond says.
SELECT COALESCE(array_agg(number), '{}')
FROM unnest($1::integer[], $2::timestamptz[], $3::jsonb[]) WITH ORDINALITY AS sample (entity_id, time, values, number)
CROSS JOIN LATERAL (
    SELECT FROM telemetry AS known
    WHERE known.time >= $4 AND known.time < $5 AND known.entity_id = sample.entity_id AND known.values = sample.values
      AND known.time >= sample.time AND known.time < sample.time + INTERVAL '1 millisecond'
    LIMIT 1
) AS same;

-- name: taken_telemetry
-- Arrays: entity, time; and the span of those times. The moments that are taken in the millisecond from there.
SELECT DISTINCT entity_id, known.time
FROM unnest($1::integer[], $2::timestamptz[]) AS wanted (entity_id, time)
CROSS JOIN LATERAL (
    SELECT telemetry.time FROM telemetry
    WHERE telemetry.time >= $3 AND telemetry.time < $4 AND telemetry.entity_id = wanted.entity_id
      AND telemetry.time >= wanted.time AND telemetry.time < wanted.time + INTERVAL '1 millisecond'
    LIMIT 1000
) AS known;

-- name: latest_telemetry_times
-- Entities; and the latest time that can be right. Of each the time of its latest readings, held until the end of the
-- transaction.
SELECT entity_id, time FROM latest_telemetry WHERE entity_id = ANY($1::integer[]) AND time <= $2
ORDER BY entity_id FOR UPDATE;

-- name: advance_latest_telemetry
-- Arrays: entity, time, values, when its sender was heard, one row an entity, in order of entity; then the latest time
-- that can be right. A reading that was not sent this time keeps its last value; a late one is added if it is unknown.
INSERT INTO latest_telemetry AS known (entity_id, time, values, received_at)
SELECT * FROM unnest($1::integer[], $2::timestamptz[], $3::jsonb[], $4::timestamptz[])
ON CONFLICT (entity_id) DO UPDATE SET
    time = CASE WHEN known.time < EXCLUDED.time OR known.time > $5 THEN EXCLUDED.time ELSE known.time END,
    received_at = CASE WHEN known.time < EXCLUDED.time OR known.time > $5 THEN EXCLUDED.received_at
                       ELSE known.received_at END,
    values = CASE WHEN known.time < EXCLUDED.time OR known.time > $5 THEN known.values || EXCLUDED.values
                  ELSE EXCLUDED.values || known.values END
WHERE known.time < EXCLUDED.time OR known.time > $5
   OR NOT known.values ?& ARRAY(SELECT jsonb_object_keys(EXCLUDED.values));

-- name: change_status
-- Arrays: entity, time, when its sender was heard, online, program, detail, flags; one row an entity, in order of
-- entity; then the latest time that can be right. The last word in the order of receipt counts, whatever it says the
-- time is; what the broker had kept (flag 128) is the last word on its topic. Those whose status changed.
INSERT INTO device_status AS known (entity_id, time, received_at, online, program, detail, flags)
SELECT * FROM unnest($1::integer[], $2::timestamptz[], $3::timestamptz[], $4::boolean[], $5::text[], $6::jsonb[],
                     $7::integer[])
ON CONFLICT (entity_id) DO UPDATE SET
    time = EXCLUDED.time, online = EXCLUDED.online, program = EXCLUDED.program, detail = EXCLUDED.detail,
    flags = EXCLUDED.flags,
    received_at = CASE WHEN known.received_at > $8 THEN EXCLUDED.received_at
                       ELSE GREATEST(known.received_at, EXCLUDED.received_at) END
WHERE (known.received_at <= EXCLUDED.received_at OR known.received_at > $8 OR EXCLUDED.flags & 128 > 0)
  AND (known.time, known.online, known.program, known.detail)
      IS DISTINCT FROM (EXCLUDED.time, EXCLUDED.online, EXCLUDED.program, EXCLUDED.detail)
RETURNING entity_id;

-- name: change_stills
-- Arrays: camera, district, time, picture, when its sender was heard; one row a camera, in order of camera; then the
-- latest time that can be right. Those that are newer than what was there, or another of its time (changed), and those
-- that were there (not changed).
WITH still AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::bytea[], $5::timestamptz[])
        AS still (camera, district, time, jpeg, received_at)
), changed AS (
    INSERT INTO camera_still AS known (camera, district, time, jpeg, received_at) SELECT * FROM still
    ON CONFLICT (camera) DO UPDATE SET
        district = EXCLUDED.district, time = EXCLUDED.time, received_at = EXCLUDED.received_at, jpeg = EXCLUDED.jpeg
    WHERE known.time < EXCLUDED.time OR known.time > $6 OR known.time = EXCLUDED.time AND known.jpeg <> EXCLUDED.jpeg
    RETURNING camera, pg_notify('streetwarden_stills', camera)
)
SELECT camera, true AS changed FROM changed
UNION ALL
SELECT camera, false FROM still JOIN camera_still AS known USING (camera, time)
WHERE known.jpeg = still.jpeg AND camera NOT IN (SELECT camera FROM changed);

-- name: reported_cameras
-- Which boxes have spoken for which cameras within 30 days, in incidents or in their status.
SELECT DISTINCT id, camera FROM (
    SELECT split_part(source, '/', 2) AS id, camera FROM incident
    WHERE source LIKE 'box/%' AND camera IS NOT NULL AND received_at > now() - INTERVAL '30 days'
    UNION ALL
    SELECT id, substr(name, 8) FROM device_status JOIN entity USING (entity_id), jsonb_object_keys(detail) AS name
    WHERE kind = 'box' AND name LIKE 'camera.%' AND name NOT LIKE '%.reason'
      AND device_status.received_at > now() - INTERVAL '30 days'
) AS spoken ORDER BY id, camera LIMIT 1000;

-- name: how_far
-- Metres from camera $1 to the place at lon $2, lat $3 and to component $4; without a camera, from that place to the
-- component. Null where one of the two is not known.
SELECT ST_Distance(camera.place::geography, here.place::geography) AS place_m,
       ST_Distance(COALESCE(camera.place, here.place)::geography, component.place::geography) AS component_m
FROM (SELECT ST_SetSRID(ST_MakePoint($2, $3), 4326) AS place) AS here
LEFT JOIN camera ON camera.camera = $1::text
LEFT JOIN component ON component.code = $4::text;

-- name: add_incident
-- True if it is new.
INSERT INTO incident (incident_id, revision, phase, type, source, district, observed_at, began_at, received_at,
                      place, camera, zone, component, confidence, box_px, cues, flags, recognised)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, ST_SetSRID(ST_MakePoint($10, $11), 4326), $12, $13, $14, $15, $16, $17,
        $18, $19)
ON CONFLICT (incident_id, revision) DO NOTHING
RETURNING true;

-- name: lock_condition
-- Until the transaction ends, nobody else stores a report about this condition.
SELECT pg_advisory_xact_lock(hashtextextended($1, 8));

-- name: open_condition
SELECT incident_id, began_at FROM open_condition WHERE condition = $1;

-- name: remember_condition
-- Condition, source, incident, when it began, and after how long without an end that was lost. Those of the same
-- source whose end was lost a month before go, so that a camera which never says an end fills nothing.
WITH lost AS (
    DELETE FROM open_condition WHERE source = $2 AND lost_at < $4::timestamptz - INTERVAL '30 days' AND condition <> $1
)
INSERT INTO open_condition (condition, source, incident_id, began_at, lost_at)
VALUES ($1, $2, $3, $4, $4::timestamptz + $5::interval)
ON CONFLICT (condition) DO UPDATE SET
    incident_id = EXCLUDED.incident_id, began_at = EXCLUDED.began_at, lost_at = EXCLUDED.lost_at;

-- name: close_condition
DELETE FROM open_condition WHERE condition = $1;

-- name: add_evidence
-- True if it is new.
INSERT INTO evidence (digest, incident_id, revision, role, media_type, size_bytes, taken_at, received_at, flags)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (incident_id, digest) DO NOTHING
RETURNING true;

-- name: case_of_incident
SELECT number FROM case_file JOIN case_incident USING (case_id) WHERE incident_id = $1;

-- name: is_anothers_incident
-- Whether somebody else reported it: {kind}/{id} of who speaks of it now.
SELECT EXISTS (SELECT FROM incident WHERE incident_id = $1 AND source <> $2);

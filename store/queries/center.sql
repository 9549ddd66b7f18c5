-- name: cases
-- A page, newest first: stages, whether open, type (each null for all); opened and number of the last that was
-- seen; how many.
SELECT * FROM case_summary
WHERE ($1::text[] IS NULL OR stage = ANY ($1)) AND ($2::boolean IS NULL OR (closed_at IS NULL) = $2)
  AND ($3::text IS NULL OR type = $3) AND (opened_at, number) < ($4::timestamptz, $5::text)
ORDER BY opened_at DESC, number DESC LIMIT $6;

-- name: open_cases
SELECT * FROM case_summary WHERE closed_at IS NULL;

-- name: cases_by_number
SELECT * FROM case_summary WHERE number = ANY ($1::text[]);

-- name: evidence_of_case
SELECT digest, role, media_type, size_bytes, taken_at, incident_id
FROM evidence JOIN case_incident USING (incident_id) WHERE case_id = $1 ORDER BY taken_at, digest, incident_id;

-- name: incidents_of_case
-- Each as it was last reported, newest first.
SELECT incident.*, ST_Y(place) AS lat, ST_X(place) AS lon
FROM incident JOIN case_incident USING (incident_id)
WHERE case_id = $1 AND NOT EXISTS (
    SELECT FROM incident AS newer WHERE newer.incident_id = incident.incident_id AND newer.revision > incident.revision
)
ORDER BY received_at DESC, incident_id DESC;

-- name: incidents
-- A page of incidents as they were last reported, newest first: received and id of the last that was seen; how many.
SELECT incident.*, ST_Y(place) AS lat, ST_X(place) AS lon,
       (SELECT number FROM case_incident JOIN case_file USING (case_id)
        WHERE case_incident.incident_id = incident.incident_id) AS case_number,
       (SELECT digest FROM evidence
        WHERE evidence.incident_id = incident.incident_id AND role = 'finding' AND media_type LIKE 'image/%'
        ORDER BY LEAST(taken_at, received_at) DESC, digest LIMIT 1) AS picture
FROM incident
WHERE (received_at, incident_id) < ($1::timestamptz, $2::uuid) AND NOT EXISTS (
    SELECT FROM incident AS newer WHERE newer.incident_id = incident.incident_id AND newer.revision > incident.revision
)
ORDER BY received_at DESC, incident_id DESC LIMIT $3;

-- name: media_type_of
SELECT media_type FROM evidence WHERE digest = $1 LIMIT 1;

-- name: cameras
-- With what its box, or the camera itself, last said.
SELECT camera, camera.district, name, name_en, ST_Y(place) AS lat, ST_X(place) AS lon, heading_deg,
       camera_still.time AS still_at, said.state
FROM camera LEFT JOIN camera_still USING (camera) LEFT JOIN LATERAL (
    SELECT CASE WHEN online THEN detail ->> ('camera.' || camera) ELSE 'offline' END AS state
    FROM device_status JOIN entity USING (entity_id)
    WHERE kind = 'box' AND detail ? ('camera.' || camera) OR kind = 'camera' AND id = camera
    ORDER BY device_status.received_at DESC LIMIT 1
) AS said ON true
ORDER BY camera;

-- name: still
SELECT jpeg, time FROM camera_still WHERE camera = $1;

-- name: still_times
-- Of the cameras named, or of all.
SELECT camera, time FROM camera_still WHERE $1::text[] IS NULL OR camera = ANY ($1);

-- name: layer_imported_at
SELECT imported_at FROM city_layer WHERE layer = $1;

-- name: layer_streets
-- Layers as GeoJSON; about a decimetre is fine enough.
SELECT json_build_object('type', 'FeatureCollection', 'features', COALESCE(json_agg(json_build_object(
    'type', 'Feature', 'geometry', ST_AsGeoJSON(line, 6)::json,
    'properties', json_build_object('name', name, 'name_en', name_en, 'class', class, 'width_m', width_m)
) ORDER BY street_id), '[]'))::text FROM street;

-- name: layer_areas
SELECT json_build_object('type', 'FeatureCollection', 'features', COALESCE(json_agg(json_build_object(
    'type', 'Feature', 'geometry', ST_AsGeoJSON(outline, 6)::json,
    'properties', json_build_object('class', class, 'name', name, 'name_en', name_en)
) ORDER BY area_id), '[]'))::text FROM area;

-- name: layer_grid
SELECT json_build_object('type', 'FeatureCollection', 'features', COALESCE(json_agg(json_build_object(
    'type', 'Feature', 'geometry', ST_AsGeoJSON(area, 6)::json,
    'properties', json_build_object('code', code, 'district', district, 'name', name)
) ORDER BY code), '[]'))::text FROM grid_cell;

-- name: layer_components
SELECT json_build_object('type', 'FeatureCollection', 'features', COALESCE(json_agg(json_build_object(
    'type', 'Feature', 'geometry', ST_AsGeoJSON(place, 6)::json,
    'properties', json_build_object('code', code, 'code_set', code_set, 'class', class, 'name', name, 'name_en', name_en)
) ORDER BY code), '[]'))::text FROM component;

-- name: layer_cameras
SELECT json_build_object('type', 'FeatureCollection', 'features', COALESCE(json_agg(json_build_object(
    'type', 'Feature', 'geometry', ST_AsGeoJSON(place, 6)::json,
    'properties', json_build_object('camera', camera, 'district', district, 'name', name, 'name_en', name_en,
                                    'heading_deg', heading_deg)
) ORDER BY camera), '[]'))::text FROM camera;

-- name: moved
-- Good fixes received after the first time and taken after the second, with what the entity's status calls it. The
-- table is small: one row an entity.
SELECT kind, id, left(detail ->> 'name', 64) AS name, left(detail ->> 'type', 64) AS entity_type, district,
       fix.time, fix.received_at, lat, lon, speed_mps, heading_deg, accuracy_m, ignition
FROM latest_position AS fix JOIN entity USING (entity_id) LEFT JOIN device_status USING (entity_id)
WHERE fix.received_at > $1 AND fix.time > $2 AND fix.flags & $3 = 0;

-- name: entity_by_name
-- Of kind $1 and id $2, with its newest fix and when it was last heard.
SELECT kind, id, left(detail ->> 'name', 64) AS name, left(detail ->> 'type', 64) AS entity_type, district, online,
       first_seen, fix.time, fix.lat, fix.lon, fix.flags,
       GREATEST(fix.received_at, reading.received_at, device_status.received_at) AS heard_at
FROM entity LEFT JOIN latest_position AS fix USING (entity_id) LEFT JOIN latest_telemetry AS reading USING (entity_id)
     LEFT JOIN device_status USING (entity_id)
WHERE kind = $1 AND id = $2;

-- name: devices
-- How many of each kind there are, and how many are live: heard of since a time and not said to be offline; a box
-- is live while its last will has not been heard.
SELECT kind, count(*) AS known,
       count(*) FILTER (WHERE online IS NOT false AND (heard_at > $1 OR kind = 'box' AND online)) AS live
FROM (
    SELECT kind, online, GREATEST(latest_position.received_at, latest_telemetry.received_at, device_status.received_at)
           AS heard_at
    FROM entity LEFT JOIN latest_position USING (entity_id) LEFT JOIN latest_telemetry USING (entity_id)
         LEFT JOIN device_status USING (entity_id)
    WHERE kind <> 'camera'
) AS device GROUP BY kind
UNION ALL
SELECT 'camera', count(*), count(*) FILTER (WHERE received_at > $1)
FROM camera FULL JOIN camera_still USING (camera);

-- name: boxes
-- Edge boxes by state: silent is one that is said to be online and has not been heard since $1. One that has not been
-- heard since $2 is no longer expected.
SELECT count(*) FILTER (WHERE online AND received_at > $1) AS online,
       count(*) FILTER (WHERE NOT online) AS offline,
       count(*) FILTER (WHERE online AND received_at <= $1) AS silent
FROM entity JOIN device_status USING (entity_id)
WHERE kind = 'box' AND received_at > $2;

-- name: lag
-- Seconds from fix to receipt, median and 99 in 100, of the entities heard of since a time.
SELECT percentile_cont(ARRAY[0.5, 0.99]) WITHIN GROUP (
    ORDER BY GREATEST(0, EXTRACT(epoch FROM received_at - time)::double precision)
) FROM latest_position WHERE received_at > $1 AND flags & $2 = 0;

-- name: stored
-- Fixes and readings stored since the server's statistics began; the server's own count, a second old at most.
SELECT COALESCE(sum(pg_stat_get_tuples_inserted(inhrelid)), 0)::bigint
FROM pg_inherits WHERE inhparent IN ('position'::regclass, 'telemetry'::regclass);

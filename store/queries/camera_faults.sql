-- Faults of cameras, and the cases of their maintenance.

-- name: take_turn
-- True if nobody else looks at the cameras now; until the transaction ends.
SELECT pg_try_advisory_xact_lock(hashtext('streetwarden camera faults'));

-- name: look
-- Every camera of the city: what its box or it said last, its alarms since $1, and the fault that is known.
SELECT camera.camera, camera.district, ST_X(camera.place) AS lon, ST_Y(camera.place) AS lat,
       said.source, said.state, said.reason, known.state AS fault, known.since, known.well_since, known.incident_id,
       COALESCE(known.revision, 0) AS revision, alarms.source AS alarms_source, COALESCE(alarms.incidents, 0) AS alarms
FROM camera
LEFT JOIN camera_fault AS known USING (camera)
LEFT JOIN LATERAL (
    SELECT kind || '/' || id AS source, CASE WHEN online THEN detail ->> ('camera.' || camera) END AS state,
           detail ->> ('camera.' || camera || '.reason') AS reason
    FROM device_status JOIN entity USING (entity_id)
    WHERE kind = 'box' AND detail ? ('camera.' || camera)
    ORDER BY device_status.received_at DESC LIMIT 1
) AS said ON true
LEFT JOIN LATERAL (
    SELECT min(source) AS source, count(DISTINCT incident_id) AS incidents FROM incident
    WHERE incident.camera = camera.camera AND received_at > $1 AND type <> $2
) AS alarms ON true
WHERE said.state IS NOT NULL OR known.camera IS NOT NULL OR alarms.incidents > 0
ORDER BY camera.camera;

-- name: still
SELECT jpeg, time FROM camera_still WHERE camera = $1;

-- name: put
INSERT INTO camera_fault (camera, state, since, well_since, incident_id, revision) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (camera) DO UPDATE SET state = EXCLUDED.state, since = EXCLUDED.since, well_since = EXCLUDED.well_since,
    incident_id = EXCLUDED.incident_id, revision = EXCLUDED.revision;

-- name: forget
DELETE FROM camera_fault WHERE camera = $1;

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

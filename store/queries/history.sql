-- name: find_entities
-- Arrays: kind, id.
SELECT entity_id, kind, id, district FROM entity JOIN unnest($1::text[], $2::text[]) AS named (kind, id) USING (kind, id)
ORDER BY kind, id;

-- name: name_entities
SELECT entity_id, kind, id, district FROM entity WHERE entity_id = ANY($1::integer[]);

-- name: fixes
-- One entity's fixes from $2 up to but not including $3, oldest first, without those that have one of the flags $4.
-- Nothing is null, so that rows have one width in COPY's binary format.
SELECT entity_id, time, lat, lon, COALESCE(speed_mps, 'NaN'), COALESCE(heading_deg, 'NaN'),
       COALESCE(altitude_m, 'NaN'), COALESCE(accuracy_m, 'NaN'),
       (CASE ignition WHEN true THEN 1 WHEN false THEN 0 ELSE -1 END)::smallint, flags
FROM position
WHERE entity_id = $1::integer AND time >= $2::timestamptz AND time < $3::timestamptz AND flags & $4::integer = 0
ORDER BY time
LIMIT $5::bigint;

-- name: fixes_near
-- Fixes within $6 metres of lat $4, lon $5, from $2 up to but not including $3, by those present in the cells $1;
-- $7 are the flags that none may have; $8 degrees of latitude and $9 of longitude are a box around it; $10 are the metres
-- of a degree.
SELECT entity_id, time, lat, lon, 'NaN'::real, 'NaN'::real, 'NaN'::real, 'NaN'::real, (-1)::smallint, flags
FROM (
    SELECT fix.entity_id, fix.time, fix.lat, fix.lon, fix.flags,
           fix.lat - $4::double precision AS north,
           fix.lon - $5::double precision - 360 * round((fix.lon - $5::double precision) / 360) AS east
    FROM (
        SELECT DISTINCT entity_id, bucket FROM presence
        WHERE cell = ANY($1::bigint[]) AND bucket > $2::timestamptz - INTERVAL '2 minutes' AND bucket < $3::timestamptz
    ) AS there
    JOIN position AS fix ON fix.entity_id = there.entity_id
        AND fix.time >= there.bucket AND fix.time < there.bucket + INTERVAL '2 minutes'
    WHERE fix.time >= $2::timestamptz AND fix.time < $3::timestamptz AND fix.flags & $7::integer = 0
) AS near
WHERE abs(north) <= $8::double precision AND abs(east) <= $9::double precision
  AND power(north, 2) + power(east * cos(radians($4::double precision)), 2)
      <= power($6::double precision / $10::double precision, 2)
ORDER BY entity_id, time;

-- name: telemetry
-- One entity's readings from $2 up to but not including $3, oldest first; with $4 only samples that have that reading.
SELECT time, values FROM telemetry
WHERE entity_id = $1 AND time >= $2 AND time < $3 AND ($4::text IS NULL OR values ? $4)
ORDER BY time
LIMIT $5;

-- name: latest_telemetry
SELECT time, values FROM latest_telemetry WHERE entity_id = $1;

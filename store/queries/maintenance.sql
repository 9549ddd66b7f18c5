-- name: take_turn
-- True if nobody else is at it, until the end of the transaction.
SELECT pg_try_advisory_xact_lock(hashtext('streetwarden maintenance'));

-- name: begin_round
-- True if a round is due: $1 after the last began, or $2 if that did not come to its end. A clock that was ahead holds nothing up.
UPDATE maintenance SET begun_at = now()
WHERE begun_at IS NULL OR begun_at > now()
   OR begun_at < now() - CASE WHEN done_at >= begun_at THEN $1::interval ELSE $2::interval END
RETURNING true;

-- name: end_round
UPDATE maintenance SET done_at = now();

-- name: state
SELECT rolled_until, dropped_until FROM maintenance;

-- name: newest_word
-- The latest time that a device whose clock is believed has said; null if there is none.
SELECT GREATEST((SELECT max(time) FROM latest_position), (SELECT max(time) FROM latest_telemetry));

-- name: unnamed_files
-- Those of some digests that no evidence has.
SELECT digest FROM unnest($1::text[]) AS file (digest)
WHERE NOT EXISTS (SELECT FROM evidence WHERE evidence.digest = file.digest);

-- name: drop_orphan_evidence
SELECT drop_orphan_evidence($1::timestamptz);

-- name: drop_old_quarantine
SELECT drop_old_quarantine($1::timestamptz);

-- name: begin_retention
-- Since when there is a retention; from now on, if there was none yet.
UPDATE maintenance SET retention_since = COALESCE(retention_since, $1) RETURNING retention_since;

-- name: next_chunk
-- From $1 on, the first chunk: where it begins, not before $1, and where it ends.
SELECT GREATEST($1::timestamptz, range_start) AS begin, range_end AS end
FROM timescaledb_information.chunks
WHERE hypertable_schema = current_schema() AND hypertable_name = 'position' AND range_end > $1::timestamptz
ORDER BY range_end
LIMIT 1;

-- name: clear_hours
DELETE FROM position_hour WHERE hour >= $1 AND hour < $2;

-- name: roll_up_hours
-- The hours from $1 up to but not including $2, in one pass.
INSERT INTO position_hour
    (entity_id, hour, fixes, doubtful, first_at, last_at, mean_mps, top_mps, south, west, north, east)
SELECT entity_id, time_bucket(INTERVAL '1 hour', time), count(*), count(*) FILTER (WHERE flags & 63 <> 0),
       min(time) FILTER (WHERE flags & 63 = 0), max(time) FILTER (WHERE flags & 63 = 0),
       avg(speed_mps) FILTER (WHERE flags & 63 = 0), max(speed_mps) FILTER (WHERE flags & 63 = 0),
       min(lat) FILTER (WHERE flags & 63 = 0), min(lon) FILTER (WHERE flags & 63 = 0),
       max(lat) FILTER (WHERE flags & 63 = 0), max(lon) FILTER (WHERE flags & 63 = 0)
FROM position
WHERE time >= $1::timestamptz AND time < $2::timestamptz
GROUP BY 1, 2;

-- name: set_rolled_until
UPDATE maintenance SET rolled_until = $1;

-- name: take_due_hour
-- The oldest hour that late fixes have come for, among those before $1. Waits for transactions that mark it still,
-- so that what follows sees their fixes.
DELETE FROM position_hour_due WHERE hour = (
    SELECT hour FROM position_hour_due WHERE hour < $1::timestamptz ORDER BY hour LIMIT 1
)
RETURNING hour;

-- name: forget_due_hours
DELETE FROM position_hour_due;

-- name: next_unpacked
-- The oldest chunk of positions that ends before $1 and does not lie in order of entity and time yet, and its index.
SELECT format('%I.%I', chunk_schema, chunk_name) AS chunk, index_class.relname AS index
FROM timescaledb_information.chunks
JOIN pg_index ON indrelid = format('%I.%I', chunk_schema, chunk_name)::regclass
JOIN pg_class AS index_class ON index_class.oid = indexrelid
WHERE hypertable_schema = current_schema() AND hypertable_name = 'position' AND range_end <= $1::timestamptz
  AND index_class.relname LIKE '%position_entity_time' AND NOT indisclustered
ORDER BY range_end
LIMIT 1;

-- name: drop_chunks
-- Chunks of table $1 that hold nothing from $2 on; only the owner may drop them, or this function in its name.
SELECT drop_old_chunks($1::text, $2::timestamptz);

-- name: set_dropped_until
UPDATE maintenance SET dropped_until = GREATEST(dropped_until, $1);

-- name: drop_hours
DELETE FROM position_hour WHERE hour < $1;

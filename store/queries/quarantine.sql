-- name: lock_quarantine
-- One writer at a time, so that the bound holds; until the end of the transaction.
SELECT pg_advisory_xact_lock(hashtext('streetwarden quarantine'));

-- name: quarantine
-- Arrays: fingerprint, topic, payload, its whole length, reason, count; in order of fingerprint; then when.
INSERT INTO quarantine AS known (fingerprint, topic, payload, payload_bytes, reason, first_seen, last_seen, count)
SELECT fingerprint, topic, payload, payload_bytes, reason, $7, $7, count
FROM unnest($1::bytea[], $2::text[], $3::bytea[], $4::integer[], $5::text[], $6::bigint[])
    AS refused (fingerprint, topic, payload, payload_bytes, reason, count)
ON CONFLICT (fingerprint) DO UPDATE SET
    last_seen = GREATEST(known.last_seen, EXCLUDED.last_seen), count = known.count + EXCLUDED.count,
    payload = CASE WHEN length(EXCLUDED.payload) > length(known.payload) THEN EXCLUDED.payload ELSE known.payload END;

-- name: bound_rows
-- Keep so many rows; those unseen for the longest go. What failed by a defect of ours has a bound of its own, so that
-- a flood of bad input cannot drive it out.
DELETE FROM quarantine WHERE fingerprint IN (
    SELECT fingerprint FROM quarantine
    WHERE reason NOT LIKE 'defect: %' AND requeued_at IS NULL
    ORDER BY last_seen DESC, fingerprint OFFSET $1
);

-- name: bound_defects
-- Keep so many bytes of what failed by a defect of ours, a KiB a row counted for the row itself; those unseen for the
-- longest go.
DELETE FROM quarantine WHERE fingerprint IN (
    SELECT fingerprint FROM (
        SELECT fingerprint, sum(length(payload) + 1024) OVER (ORDER BY last_seen DESC, fingerprint) AS held
        FROM quarantine WHERE reason LIKE 'defect: %' AND requeued_at IS NULL
    ) AS kept WHERE held > $1::bigint
);

-- name: merge_requeued
-- A requeued message ($1) that is refused again for a reason for which the same message is here already ($2).
WITH same AS (DELETE FROM quarantine WHERE fingerprint = $2 AND $1 <> $2 RETURNING count, first_seen, last_seen)
UPDATE quarantine AS again SET
    count = again.count + same.count, first_seen = LEAST(again.first_seen, same.first_seen),
    last_seen = GREATEST(again.last_seen, same.last_seen)
FROM same WHERE again.fingerprint = $1;

-- name: refuse_requeued
-- A requeued message ($1) was refused again: fingerprint, topic, payload, its whole length and reason as they are now.
UPDATE quarantine SET
    fingerprint = $2, topic = $3, payload = $4, payload_bytes = $5, reason = $6, requeued_at = NULL
WHERE fingerprint = $1;

-- name: settle_requeued
-- A requeued message has another fate now; one that was refused again is not marked any more, and stays.
DELETE FROM quarantine WHERE fingerprint = $1 AND requeued_at IS NOT NULL;

-- name: unmark
UPDATE quarantine SET requeued_at = NULL WHERE fingerprint = $1;

-- name: requeued
-- What was asked to be taken again, the oldest first: at most $1. Only of some districts, unless $2 is empty; topics
-- that are not ours belong to everybody.
SELECT quarantine_id, fingerprint, topic, payload, payload_bytes, reason, last_seen FROM quarantine
WHERE requeued_at IS NOT NULL
  AND (cardinality($2::text[]) = 0 OR topic NOT LIKE 'sw/1/%' OR split_part(topic, '/', 3) = ANY($2::text[]))
ORDER BY last_seen, quarantine_id LIMIT $1;

-- name: list_quarantine
-- The newest first: at most $4 rows, with a reason ($1), a regular expression of the topic ($2), seen since ($3); null for any.
SELECT quarantine_id, fingerprint, topic, payload, payload_bytes, reason, first_seen, last_seen, count, requeued_at
FROM quarantine
WHERE ($1::text IS NULL OR reason LIKE $1 || ': %') AND ($2::text IS NULL OR topic ~ $2)
  AND ($3::timestamptz IS NULL OR last_seen >= $3)
ORDER BY last_seen DESC, quarantine_id DESC LIMIT $4;

-- name: show_quarantine
SELECT quarantine_id, fingerprint, topic, payload, payload_bytes, reason, first_seen, last_seen, count, requeued_at
FROM quarantine WHERE quarantine_id = $1;

-- name: requeue
-- Array: numbers. Those that are marked now.
UPDATE quarantine SET requeued_at = now() WHERE quarantine_id = ANY($1::bigint[]) RETURNING quarantine_id;

-- name: requeue_outcome
-- Array: numbers. Those that are still there, and whether they still wait.
SELECT quarantine_id, reason, requeued_at IS NOT NULL AS waiting FROM quarantine WHERE quarantine_id = ANY($1::bigint[]);

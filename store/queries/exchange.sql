-- name: lock_changes
-- One program at a time gives positions; until the end of the transaction.
SELECT pg_advisory_xact_lock(hashtext('streetwarden case changes'));

-- name: number_changes
-- Gives positions to committed events. A statement of its own after the lock, so that it sees the positions of
-- whoever had the lock before.
WITH taken AS (
    DELETE FROM case_change_pending
    WHERE event_id IN (SELECT event_id FROM case_change_pending ORDER BY event_id LIMIT $1)
    RETURNING event_id
), numbered AS (
    INSERT INTO case_change (position, event_id)
    SELECT (SELECT COALESCE(max(position), 0) FROM case_change) + row_number() OVER (ORDER BY event_id), event_id
    FROM taken
    RETURNING 1
)
SELECT count(*) FROM numbered;

-- name: pending_changes
SELECT EXISTS (SELECT FROM case_change_pending);

-- name: newest_change
SELECT COALESCE(max(position), 0) FROM case_change;

-- name: changes_after
SELECT position, case_id, sequence FROM case_change JOIN case_event USING (event_id)
WHERE position > $1 ORDER BY position LIMIT $2;

-- name: changes_at
SELECT position, case_id, sequence FROM case_change JOIN case_event USING (event_id)
WHERE position = ANY ($1::bigint[]) ORDER BY position;

-- name: webhooks
-- With the number of changes that wait, the age of the oldest of them, and the number of dead letters.
SELECT webhook.*,
       GREATEST((SELECT COALESCE(max(position), 0) FROM case_change) - webhook.position, 0) AS waiting,  -- no gaps
       (SELECT min(at) FROM case_change JOIN case_event USING (event_id)
        WHERE case_change.position = (SELECT min(position) FROM case_change WHERE position > webhook.position))
           AS oldest_at,
       (SELECT count(*) FROM webhook_dead_letter WHERE webhook = webhook.name) AS dead_letters
FROM webhook ORDER BY name;

-- name: webhook
SELECT webhook.* FROM webhook WHERE name = $1;

-- name: lock_webhooks
SELECT pg_advisory_xact_lock(hashtext('streetwarden webhooks'));

-- name: add_webhook
INSERT INTO webhook (name, url, secret, actions, districts, departments, position, created_by)
VALUES ($1, $2, $3, $4::text[], $5::text[], $6::text[],
        COALESCE($7, (SELECT COALESCE(max(position), 0) FROM case_change)), $8)
ON CONFLICT (name) DO NOTHING RETURNING true;

-- name: change_webhook
-- A change is a reason to try again at once.
UPDATE webhook SET url = $2, actions = $3::text[], districts = $4::text[], departments = $5::text[], enabled = $6,
       disabled_reason = NULL, attempts = 0, failures = 0, next_at = now(), last_error = NULL
WHERE name = $1 RETURNING true;

-- name: remove_webhook
DELETE FROM webhook WHERE name = $1 RETURNING true;

-- name: rotate_webhook
UPDATE webhook SET old_secret = secret, old_secret_until = now() + $3::interval, secret = $2 WHERE name = $1 RETURNING true;

-- name: due_webhooks
SELECT name FROM webhook
WHERE enabled AND (
    (next_at <= now() AND EXISTS (SELECT FROM case_change WHERE case_change.position > webhook.position))
    OR EXISTS (SELECT FROM webhook_dead_letter WHERE webhook = webhook.name AND replay_at <= now())
) ORDER BY next_at;

-- name: webhook_due
-- The row, if it is enabled and its pause is over.
SELECT webhook.*, next_at <= now() AS due, now() AS now FROM webhook WHERE name = $1 AND enabled;

-- name: webhook_delivered
-- $3 is the position from before: another worker may have been quicker.
UPDATE webhook SET position = $2, attempts = 0, failures = 0, last_error = NULL,
       delivered_at = CASE WHEN $4::boolean THEN now() ELSE delivered_at END
WHERE name = $1 AND position = $3 RETURNING true;

-- name: webhook_failed
UPDATE webhook SET attempts = attempts + 1, failures = failures + 1, last_error = $3, next_at = now() + $4::interval
WHERE name = $1 AND position = $2 RETURNING true;

-- name: webhook_gave_up
WITH moved AS (
    UPDATE webhook SET position = $3, attempts = 0, last_error = $4, next_at = now() + $5::interval,
           failures = CASE WHEN $6::boolean THEN 0 ELSE failures + 1 END
    WHERE name = $1 AND position = $2 RETURNING name
)
INSERT INTO webhook_dead_letter (webhook, position, attempts, error)
SELECT name, $3, $7, $4 FROM moved
ON CONFLICT (webhook, position) DO UPDATE SET died_at = now(), attempts = EXCLUDED.attempts, error = EXCLUDED.error,
    replay_at = NULL
RETURNING true;

-- name: webhook_gone
UPDATE webhook SET enabled = false, disabled_reason = $2, last_error = $2 WHERE name = $1;

-- name: dead_letters
SELECT position, died_at, attempts, error, replay_at, case_file.number, case_event.sequence, action
FROM webhook_dead_letter JOIN case_change USING (position) JOIN case_event USING (event_id) JOIN case_file USING (case_id)
WHERE webhook = $1 AND position > $2 ORDER BY position LIMIT $3;

-- name: replay_dead_letters
UPDATE webhook_dead_letter SET replay_at = now()
WHERE webhook = $1 AND ($2::bigint[] IS NULL OR position = ANY ($2)) RETURNING position;

-- name: next_replay
SELECT position FROM webhook_dead_letter WHERE webhook = $1 AND replay_at <= now() ORDER BY position LIMIT 1;

-- name: replayed
DELETE FROM webhook_dead_letter WHERE webhook = $1 AND position = $2;

-- name: replay_failed
UPDATE webhook_dead_letter SET replay_at = NULL, attempts = attempts + 1, error = $3, died_at = now()
WHERE webhook = $1 AND position = $2;

-- name: discard_dead_letters
DELETE FROM webhook_dead_letter WHERE webhook = $1 AND ($2::bigint[] IS NULL OR position = ANY ($2)) RETURNING position;

-- name: switch_webhook
UPDATE webhook SET enabled = $2, disabled_reason = NULL, attempts = 0, failures = 0, next_at = now()
WHERE name = $1 RETURNING true;

-- name: export_cases
-- The cases with an event from $1 to before $2.
SELECT case_file.* FROM case_file
WHERE case_id IN (SELECT case_id FROM case_event WHERE at >= $1 AND at < $2) ORDER BY number;

-- name: export_events
SELECT number, sequence, at, action, actor, note FROM case_event JOIN case_file USING (case_id)
WHERE at >= $1 AND at < $2 ORDER BY event_id;

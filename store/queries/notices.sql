-- name: drop_stale
-- Events of before $1, of which nobody is told.
DELETE FROM notice_outbox USING case_event
WHERE case_event.event_id = notice_outbox.event_id AND case_event.at < $1;

-- name: take
-- Events to tell of, the oldest first; another worker gets others.
SELECT event_id, case_id, sequence, action
FROM notice_outbox JOIN case_event USING (event_id)
WHERE next_at <= now() ORDER BY event_id LIMIT $1 FOR UPDATE OF notice_outbox SKIP LOCKED;

-- name: oldest
-- Seconds for which the oldest event waits.
SELECT COALESCE(EXTRACT(epoch FROM now() - min(at)), 0)::float8 FROM notice_outbox JOIN case_event USING (event_id);

-- name: done
DELETE FROM notice_outbox WHERE event_id = $1;

-- name: put_off
UPDATE notice_outbox SET attempts = attempts + 1, next_at = now() + LEAST(2 ^ attempts, 600) * interval '1 second'
WHERE event_id = $1;

-- name: add
INSERT INTO notice (event_id, case_id, rule, addressee, title, title_en, urgent, at, told_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING notice_id;

-- name: add_recipients
WITH added AS (
    INSERT INTO notice_recipient (login, notice_id) SELECT unnest($2::text[]), $1 RETURNING login
)
SELECT pg_notify('streetwarden_notices', login) FROM added;

-- name: accounts
-- Enabled accounts, as far as it matters for notices, and whether somebody is on duty at $1.
SELECT login, account.person, all_roles AS roles, districts, account.department,
       EXISTS (SELECT FROM duty WHERE duty.person = account.person AND starts_at <= $1 AND ends_at > $1) AS on_duty,
       addresses, quiet_from, quiet_to
FROM account LEFT JOIN notice_preference USING (login) WHERE enabled;

-- name: notices_of
-- A page of a login's notices, newest first: the id of the last that was seen; how many; only those that wait. A notice
-- waits until it is acknowledged, or its case ends after it.
SELECT notice_id, rule, addressee, notice.title, notice.title_en, urgent, notice.at, number,
       notice_acknowledgement.login AS acknowledged_by, notice_acknowledgement.at AS acknowledged_at
FROM notice_recipient JOIN notice USING (notice_id) JOIN case_file USING (case_id)
     LEFT JOIN notice_acknowledgement USING (notice_id)
WHERE notice_recipient.login = $1 AND notice_id < $2
  AND (NOT $4 OR (notice_acknowledgement.notice_id IS NULL AND (closed_at IS NULL OR closed_at <= notice.at)))
ORDER BY notice_id DESC LIMIT $3;

-- name: acknowledge
-- Those of $2 that went to the login $1 and that nobody has acknowledged; every recipient is notified.
WITH new AS (
    INSERT INTO notice_acknowledgement (notice_id, login, at)
    SELECT notice_id, $1, $3 FROM notice_recipient WHERE login = $1 AND notice_id = ANY ($2::bigint[])
    ON CONFLICT DO NOTHING RETURNING notice_id
), told AS (
    SELECT DISTINCT notice_recipient.login FROM notice_recipient JOIN new USING (notice_id)
)
SELECT (SELECT count(*) FROM new) AS acknowledged, count(pg_notify('streetwarden_notices', login)) FROM told;

-- name: drop_old
DELETE FROM notice WHERE notice_id IN (SELECT notice_id FROM notice WHERE told_at < $1 ORDER BY told_at LIMIT $2);

-- name: add_deliveries
INSERT INTO notice_delivery (notice_id, channel, address, wanted_at, next_at)
SELECT $1, channel, address, wanted_at, wanted_at
FROM unnest($2::text[], $3::text[], $4::timestamptz[]) AS wanted (channel, address, wanted_at)
ON CONFLICT DO NOTHING;

-- name: claim_deliveries
-- What is due for one address of channel $1, $2 at most. It is due again after a growing pause, unless it ends before: so
-- a killed worker loses none.
WITH first AS (
    SELECT address FROM notice_delivery WHERE channel = $1 AND ended_at IS NULL AND next_at <= now()
    ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE notice_delivery
    SET attempts = attempts + 1, next_at = now() + LEAST(30 * 2 ^ attempts, 3600) * interval '1 second'
    WHERE delivery_id IN (
        SELECT delivery_id FROM notice_delivery JOIN first USING (address)
        WHERE channel = $1 AND ended_at IS NULL AND next_at <= now() ORDER BY delivery_id LIMIT $2
    ) AND next_at <= now()
    RETURNING delivery_id, notice_id, address, attempts, wanted_at
)
SELECT delivery_id, address, attempts, wanted_at, notice.title, notice.at, number
FROM claimed JOIN notice USING (notice_id) JOIN case_file USING (case_id) ORDER BY delivery_id;

-- name: end_deliveries
UPDATE notice_delivery SET ended_at = now(), sent = $2 WHERE delivery_id = ANY ($1::bigint[]);

-- name: oldest_delivery
-- Seconds for which the oldest message of channel $1 has waited since it should have gone.
SELECT COALESCE(EXTRACT(epoch FROM now() - min(wanted_at)), 0)::float8
FROM notice_delivery WHERE channel = $1 AND ended_at IS NULL AND wanted_at <= now();

-- name: preference
SELECT addresses, quiet_from, quiet_to FROM notice_preference WHERE login = $1;

-- name: set_preference
INSERT INTO notice_preference (login, addresses, quiet_from, quiet_to, changed_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (login) DO UPDATE SET addresses = EXCLUDED.addresses, quiet_from = EXCLUDED.quiet_from,
    quiet_to = EXCLUDED.quiet_to, changed_at = EXCLUDED.changed_at;

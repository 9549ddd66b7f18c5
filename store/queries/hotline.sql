-- name: add_handover
INSERT INTO shift_handover (at, login, note, figures) VALUES ($1, $2, $3, $4) RETURNING handover_id;

-- name: handovers
-- The newest first, before an id (null: from the newest).
SELECT handover_id, at, login, note, figures, acknowledged_at, acknowledged_by,
       (SELECT display_name FROM account WHERE account.login = shift_handover.login) AS name,
       (SELECT display_name FROM account WHERE account.login = shift_handover.acknowledged_by) AS acknowledged_name
FROM shift_handover WHERE $1::bigint IS NULL OR handover_id < $1
ORDER BY handover_id DESC LIMIT $2;

-- name: handover
SELECT login, acknowledged_by FROM shift_handover WHERE handover_id = $1 FOR UPDATE;

-- name: acknowledge
UPDATE shift_handover SET acknowledged_at = $2, acknowledged_by = $3 WHERE handover_id = $1;

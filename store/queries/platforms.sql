-- name: add_platform
UPDATE webhook SET kind = 'platform', secret = COALESCE($2, secret) WHERE name = $1;

-- name: platform
SELECT webhook.*, now() AS now FROM webhook WHERE name = $1 AND kind = 'platform';

-- name: came_as
-- What a case here is called on the platform that it came from; several, if their reports joined it.
SELECT remote_number AS number, max(remote_sequence) AS sequence FROM platform_case
WHERE platform = $1 AND case_id = $2 GROUP BY remote_number ORDER BY remote_number LIMIT 50;

-- name: cases_of
SELECT case_file.number, closed_at FROM platform_case JOIN case_file USING (case_id)
WHERE platform = $1 AND remote_number = $2 ORDER BY received_at DESC, remote_sequence DESC LIMIT 1;

-- name: is_new_message
INSERT INTO platform_message (platform, message_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING true;

-- name: add_case
INSERT INTO platform_case (platform, remote_number, remote_sequence, case_id, document) VALUES ($1, $2, $3, $4, $5);

-- name: key_by_hash
SELECT name, per_minute, per_day FROM api_key WHERE key_hash = $1 AND revoked_at IS NULL;

-- name: add_key
INSERT INTO api_key (name, key_hash, contact, per_minute, per_day, issued_by) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (name) DO NOTHING RETURNING true;

-- name: revoke_key
UPDATE api_key SET revoked_at = now() WHERE name = $1 AND revoked_at IS NULL RETURNING true;

-- name: keys
SELECT name, contact, per_minute, per_day, issued_at, issued_by, revoked_at,
       (SELECT max(received_at) FROM service_request WHERE channel = 'open311/' || name) AS used_at
FROM api_key ORDER BY name;

-- name: sent_since
-- How many a channel has sent since a moment, as far as it needs counting.
SELECT count(*) FROM (SELECT FROM service_request WHERE channel = $1 AND received_at > $2 LIMIT $3) AS counted;

-- name: earlier
SELECT service_request_id, request FROM service_request WHERE channel = $1 AND request_key = $2;

-- name: add
INSERT INTO service_request (service_request_id, incident_id, channel, request_key, request, token_hash, service_code,
                             service_name, service_name_en, description, address, lon, lat, files, received_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14::text[], $15);

-- name: some
-- A page, the newest first: ids, or (null) service codes, from, to, and whether closed; each but the times null for any.
SELECT service_request.*, case_file.number, case_file.stage, case_file.ended_as, case_file.forced, case_file.opened_at,
       case_file.closed_at, case_file.changed_at, case_file.department, case_file.handling_deadline_at,
       case_file.suspended_until, case_file.handled_at, case_file.dispatched_at, case_file.code_set, case_file.category,
       case_file.code, case_file.condition, case_file.reported_at, case_file.street_name, case_file.street_name_en,
       department.name AS department_name, department.name_en AS department_name_en
FROM service_request JOIN case_incident USING (incident_id) JOIN case_file USING (case_id)
     LEFT JOIN department ON department.code = case_file.department OR department.name = case_file.department
WHERE ($1::text[] IS NULL OR service_request_id = ANY ($1)) AND ($2::text[] IS NULL OR service_code = ANY ($2))
      AND service_request.received_at >= $3 AND service_request.received_at < $4
      AND ($5::boolean IS NULL OR (case_file.closed_at IS NOT NULL) = $5)
ORDER BY service_request.received_at DESC, service_request_id DESC LIMIT $6 OFFSET $7;

-- name: by_token
SELECT service_request_id FROM service_request WHERE token_hash = $1;

-- name: of_case
SELECT service_request_id, channel, received_at, service_request.description, address, files, words_released_at IS NOT NULL AS words_released
FROM service_request JOIN case_incident USING (incident_id) JOIN case_file USING (case_id)
WHERE number = $1 ORDER BY received_at, service_request_id;

-- name: released_of_cases
-- Of each case: its released pictures, oldest first.
SELECT DISTINCT number, released_file.digest, public_name, released_at
FROM case_file JOIN case_evidence USING (case_id) JOIN released_file USING (digest)
WHERE number = ANY ($1::text[]) ORDER BY number, released_at, digest;

-- name: files_of_case
SELECT DISTINCT digest, media_type FROM case_evidence JOIN case_file USING (case_id) WHERE number = $1;

-- name: released
-- The picture of a public name, while a case with a public report has it.
SELECT digest, media_type FROM released_file JOIN case_evidence USING (digest)
WHERE public_name = $1
      AND EXISTS (SELECT FROM case_incident JOIN service_request USING (incident_id)
                  WHERE case_incident.case_id = case_evidence.case_id)
LIMIT 1;

-- name: release_file
INSERT INTO released_file (digest, public_name, released_at, released_by) VALUES ($1, $2, $3, $4) ON CONFLICT (digest) DO NOTHING;

-- name: withdraw_files
-- All of a case but those named.
DELETE FROM released_file WHERE digest <> ALL ($2::text[])
      AND digest IN (SELECT digest FROM case_evidence JOIN case_file USING (case_id) WHERE number = $1);

-- name: release_words
-- Of the reports of a case: of those named, and of no others.
UPDATE service_request SET
    words_released_at = CASE WHEN service_request_id = ANY ($2::text[]) THEN COALESCE(words_released_at, $3) END,
    words_released_by = CASE WHEN service_request_id = ANY ($2::text[]) THEN COALESCE(words_released_by, $4) END
WHERE incident_id IN (SELECT incident_id FROM case_incident JOIN case_file USING (case_id) WHERE number = $1);

-- name: add
INSERT INTO evidence (digest, case_id, role, media_type, size_bytes, taken_at, received_at, actor, shows)
VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8)
ON CONFLICT (case_id, digest, role) WHERE case_id IS NOT NULL DO NOTHING;

-- name: of_case
-- What detectors and people sent, oldest first; documents are listed by themselves.
SELECT digest, role, media_type, size_bytes, taken_at, incident_id, actor, shows
FROM case_evidence WHERE case_id = $1 AND role <> 'document' ORDER BY taken_at, digest, incident_id, role;

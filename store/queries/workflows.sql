-- name: digest
SELECT digest FROM workflow_version WHERE name = $1 AND version = $2;

-- name: version
SELECT digest, content FROM workflow_version WHERE name = $1 AND version = $2;

-- name: newest
SELECT content FROM workflow_version WHERE name = $1 ORDER BY version DESC LIMIT 1;

-- name: add
INSERT INTO workflow_version (name, version, digest, content) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING;

-- name: lock_request
-- Until the transaction ends, nobody else answers this actor's request with this key.
SELECT pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 9));

-- name: request
SELECT request, number, sequence FROM case_request WHERE actor = $1 AND key = $2;

-- name: add_request
INSERT INTO case_request (actor, key, request, number, sequence, answered_at) VALUES ($1, $2, $3, $4, $5, $6);

-- name: forget_requests
-- Some of the answers of before $1; each new one makes room.
DELETE FROM case_request WHERE (actor, key) IN (
    SELECT actor, key FROM case_request WHERE answered_at < $1 ORDER BY answered_at LIMIT 100 FOR UPDATE SKIP LOCKED
);

-- name: open_cases_of_others
-- Open cases that go by another workflow or version than $1 $2.
SELECT number, stage FROM case_file
WHERE closed_at IS NULL AND (workflow, workflow_version) IS DISTINCT FROM ($1::text, $2::integer) ORDER BY number;

-- name: assignee
-- An account, and whether it is of the department $2 (a code or a name) or of one below it; one without a department is of all.
SELECT all_roles, enabled, department IS NULL OR EXISTS (
    WITH RECURSIVE above AS (
        SELECT code, name, parent FROM department WHERE code = account.department
        UNION
        SELECT department.code, department.name, department.parent FROM department JOIN above ON department.code = above.parent
    )
    SELECT FROM above WHERE $2 IN (code, name)
) AS of_department
FROM account WHERE login = $1;

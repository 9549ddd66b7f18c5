-- name: person_of_account
INSERT INTO person (person, name, department) SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT FROM operator WHERE login = $1)
ON CONFLICT (person) DO NOTHING;

-- name: set_operator
-- True if the account is new; only a new one gets roles, districts and a person.
INSERT INTO operator (login, display_name, password_hash, roles, districts, person)
VALUES ($1, $2, $3, $4::text[], $5::text[], $6)
ON CONFLICT (login) DO UPDATE SET display_name = EXCLUDED.display_name, password_hash = EXCLUDED.password_hash
RETURNING xmax = 0;

-- name: add_operator
-- True if the account is new; nothing if there is one.
INSERT INTO operator (login, display_name, password_hash, roles, districts, person)
VALUES ($1, $2, $3, $4::text[], $5::text[], $6)
ON CONFLICT (login) DO NOTHING
RETURNING true;

-- name: change_account
-- What is null stays as it is; $7 is null, true to disable, or false to enable; $8 takes the person away.
UPDATE operator SET
    display_name = COALESCE($2, display_name), roles = COALESCE($3::text[], roles),
    districts = COALESCE($4::text[], districts), person = CASE WHEN $8::boolean THEN NULL ELSE COALESCE($5, person) END,
    password_hash = COALESCE($6, password_hash),
    disabled_at = CASE WHEN $7::boolean IS NULL THEN disabled_at WHEN $7 THEN COALESCE(disabled_at, now()) END
WHERE login = $1
RETURNING true;

-- name: accounts
SELECT login, display_name, person, roles, all_roles, districts, department, post, disabled_at, created_at, enabled,
       (SELECT max(used_at) FROM session WHERE session.login = account.login) AS used_at
FROM account ORDER BY login;

-- name: roles_of_accounts
SELECT login, all_roles, enabled FROM account ORDER BY login;

-- name: administrators
SELECT count(*) FROM account WHERE enabled AND 'administrator' = ANY (all_roles);

-- name: lock_accounts
-- One at a time changes who has which role, so that two cannot take the last two administrators away at once.
SELECT pg_advisory_xact_lock(1398210562);

-- name: set_password_hash
UPDATE operator SET password_hash = $2 WHERE login = $1;

-- name: find_operator
SELECT login, operator.display_name, password_hash, enabled FROM operator JOIN account USING (login) WHERE login = $1;

-- name: begin_session
INSERT INTO session (token_hash, login, csrf_token, created_at, used_at, expires_at) VALUES ($1, $2, $3, $4, $4, $5);

-- name: find_session
-- With what the account is now, and the version of the table of rights; departments by all that cases may call them.
SELECT token_hash, login, display_name, csrf_token, expires_at, used_at, person, all_roles AS roles, districts, department,
       ARRAY(
           WITH RECURSIVE below AS (
               SELECT code FROM department WHERE code = account.department
               UNION SELECT department.code FROM department JOIN below ON department.parent = below.code
           )
           SELECT word FROM below JOIN department_word USING (code)
       ) AS departments,
       (SELECT version FROM rights_version) AS rights_version
FROM session JOIN account USING (login)
WHERE token_hash = $1 AND expires_at > $2 AND enabled;

-- name: use_session
UPDATE session SET used_at = $2 WHERE token_hash = $1 AND used_at < $2;

-- name: living_sessions
-- As find_session: of those named in $1, not past their end at $2, and used since $3.
SELECT token_hash, login, display_name, csrf_token, expires_at, used_at, person, all_roles AS roles, districts, department,
       ARRAY(
           WITH RECURSIVE below AS (
               SELECT code FROM department WHERE code = account.department
               UNION SELECT department.code FROM department JOIN below ON department.parent = below.code
           )
           SELECT word FROM below JOIN department_word USING (code)
       ) AS departments,
       (SELECT version FROM rights_version) AS rights_version
FROM session JOIN account USING (login)
WHERE token_hash = ANY($1::bytea[]) AND expires_at > $2 AND used_at > $3 AND enabled;

-- name: end_session
DELETE FROM session WHERE token_hash = $1;

-- name: end_sessions_of
DELETE FROM session WHERE login = $1 RETURNING token_hash;

-- name: end_other_sessions
DELETE FROM session WHERE login = $1 AND token_hash <> $2 RETURNING token_hash;

-- name: forget_expired_sessions
DELETE FROM session WHERE expires_at <= $1;

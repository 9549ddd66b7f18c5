-- name: set_operator
-- True if the account is new.
INSERT INTO operator (login, display_name, password_hash) VALUES ($1, $2, $3)
ON CONFLICT (login) DO UPDATE SET display_name = EXCLUDED.display_name, password_hash = EXCLUDED.password_hash
RETURNING xmax = 0;

-- name: add_operator
-- True if the account is new; nothing if there is one.
INSERT INTO operator (login, display_name, password_hash) VALUES ($1, $2, $3)
ON CONFLICT (login) DO NOTHING
RETURNING true;

-- name: set_password_hash
UPDATE operator SET password_hash = $2 WHERE login = $1;

-- name: find_operator
SELECT login, display_name, password_hash FROM operator WHERE login = $1;

-- name: begin_session
INSERT INTO session (token_hash, login, csrf_token, created_at, used_at, expires_at) VALUES ($1, $2, $3, $4, $4, $5);

-- name: find_session
SELECT token_hash, login, display_name, csrf_token, expires_at, used_at
FROM session JOIN operator USING (login)
WHERE token_hash = $1 AND expires_at > $2;

-- name: use_session
UPDATE session SET used_at = $2 WHERE token_hash = $1 AND used_at < $2;

-- name: living_sessions
-- Of those named in $1: not past their end at $2, and used since $3.
SELECT token_hash FROM session WHERE token_hash = ANY($1::bytea[]) AND expires_at > $2 AND used_at > $3;

-- name: end_session
DELETE FROM session WHERE token_hash = $1;

-- name: end_sessions_of
DELETE FROM session WHERE login = $1;

-- name: end_other_sessions
DELETE FROM session WHERE login = $1 AND token_hash <> $2 RETURNING token_hash;

-- name: forget_expired_sessions
DELETE FROM session WHERE expires_at <= $1;

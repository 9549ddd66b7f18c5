-- name: take_turn
-- True if no other backup of this database is under way; until the session ends.
SELECT pg_try_advisory_lock(hashtext('streetwarden backup'));

-- name: hold_maintenance
-- Maintenance drops and reorders nothing until the session ends: it would wait for our dump, and others for it.
SELECT pg_advisory_lock(hashtext('streetwarden maintenance'));

-- name: facts
-- Of the server and the database, and a snapshot that pg_dump can share.
SELECT current_setting('server_version_num')::integer AS postgresql, pg_export_snapshot() AS snapshot,
       (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS timescaledb,
       (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'position'::regclass) AS owner;

-- name: tables
SELECT relname AS name FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
  AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
ORDER BY relname;

-- name: evidence_files
SELECT DISTINCT ON (digest, media_type) digest, media_type, size_bytes FROM evidence ORDER BY digest, media_type;

-- name: begin
-- Rows of a hundred runs are kept.
WITH gone AS (
    DELETE FROM backup WHERE backup_id IN (SELECT backup_id FROM backup ORDER BY began_at DESC OFFSET 100)
)
INSERT INTO backup (backup_id, destination, began_at) VALUES ($1, $2, clock_timestamp())
ON CONFLICT (backup_id) DO UPDATE SET destination = $2, began_at = clock_timestamp(), finished_at = NULL, failure = NULL;

-- name: succeed
UPDATE backup SET finished_at = clock_timestamp(), database_bytes = $2, evidence_files = $3, evidence_damaged = $4
WHERE backup_id = $1;

-- name: restored
-- The backup that this database was restored from: of the time when it was finished.
INSERT INTO backup (backup_id, destination, began_at, finished_at, database_bytes, evidence_files, evidence_damaged)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (backup_id) DO UPDATE SET finished_at = $4, database_bytes = $5, evidence_files = $6, evidence_damaged = $7;

-- name: fail
UPDATE backup SET finished_at = clock_timestamp(), failure = $2 WHERE backup_id = $1;

-- name: newest
-- When the newest success was finished and how long it took, and its damage; when the newest run began.
SELECT EXTRACT(epoch FROM finished_at)::double precision AS finished_s,
       EXTRACT(epoch FROM finished_at - began_at)::double precision AS took_s,
       database_bytes, evidence_damaged
FROM backup WHERE finished_at IS NOT NULL AND failure IS NULL ORDER BY finished_at DESC LIMIT 1;

-- name: drop_old_log
DELETE FROM pgqueuer_log WHERE created < now() - $1::interval;

-- name: drop_old_statistics
DELETE FROM pgqueuer_statistics WHERE created < now() - $1::interval;

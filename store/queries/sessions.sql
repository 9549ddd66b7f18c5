-- name: lock_session
-- True if nobody else has it, until the end of the connection.
SELECT pg_try_advisory_lock($1::bigint);

-- name: unlock_sessions
SELECT pg_advisory_unlock_all();

-- name: who_has_session
SELECT instance, since AT TIME ZONE 'UTC' AS since, districts FROM ingest_session WHERE client_id = $1;

-- name: filters_of_session
SELECT filters FROM ingest_session WHERE client_id = $1;

-- name: note_session
INSERT INTO ingest_session AS known (client_id, instance, since, districts, filters)
VALUES ($1, $2, now(), $3::text[], $4::text[])
ON CONFLICT (client_id) DO UPDATE SET
    instance = EXCLUDED.instance, districts = EXCLUDED.districts, filters = EXCLUDED.filters,
    since = CASE WHEN known.instance = EXCLUDED.instance THEN known.since ELSE EXCLUDED.since END;

-- Programs use roles that own nothing (store/grants.sql). Only the owner of a hypertable may drop its chunks, so that
-- maintenance asks this function, which drops nothing younger than a day.
CREATE FUNCTION drop_old_chunks(hypertable text, before timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF hypertable <> ALL (ARRAY['position', 'telemetry', 'event', 'presence', 'position_by_hour']) THEN
        RAISE EXCEPTION 'chunks of % are not dropped', hypertable USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF before IS NULL OR before > now() - INTERVAL '23 hours' THEN -- a day, and an hour for clocks that differ
        RAISE EXCEPTION 'chunks younger than a day are not dropped' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN (SELECT count(*) FROM drop_chunks(hypertable::regclass, older_than => before));
END
$$;
REVOKE ALL ON FUNCTION drop_old_chunks(text, timestamptz) FROM PUBLIC;
-- What it names is found in our schema; a temporary table of the caller never stands in for it.
DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION drop_old_chunks(text, timestamptz) SET search_path = %I, pg_temp', current_schema());
END $$;

-- One row a run of `streetwarden backup`; ingest shows the newest success on its /metrics.
CREATE TABLE backup (
    backup_id        text PRIMARY KEY,
    destination      text NOT NULL,         -- without a password
    began_at         timestamptz NOT NULL,
    finished_at      timestamptz,           -- null while it runs, and for ever if it was killed
    failure          text,                  -- one sentence; null if it succeeded
    database_bytes   bigint,
    evidence_files   bigint,
    evidence_damaged bigint                 -- missing, or not what their digest says
);
CREATE INDEX backup_began ON backup (began_at);

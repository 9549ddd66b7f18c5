-- What nobody needs any more goes by itself. As with chunks, maintenance owns nothing and asks functions that let go of
-- nothing young.

ALTER TABLE maintenance ADD COLUMN retention_since timestamptz; -- when a retention was first met; null: never yet

-- Evidence whose incident never came. How many pieces.
CREATE FUNCTION drop_orphan_evidence(before timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    dropped bigint;
BEGIN
    IF before IS NULL OR before > now() - INTERVAL '50 minutes' THEN
        RAISE EXCEPTION 'evidence younger than an hour is not dropped' USING ERRCODE = 'insufficient_privilege';
    END IF;
    DELETE FROM evidence WHERE received_at < before
        AND NOT EXISTS (SELECT FROM incident WHERE incident.incident_id = evidence.incident_id);
    GET DIAGNOSTICS dropped = ROW_COUNT;
    RETURN dropped;
END
$$;

-- Refused messages that have not come again. How many rows.
CREATE FUNCTION drop_old_quarantine(before timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    dropped bigint;
BEGIN
    IF before IS NULL OR before > now() - INTERVAL '23 hours' THEN
        RAISE EXCEPTION 'refused messages younger than a day are not dropped' USING ERRCODE = 'insufficient_privilege';
    END IF;
    DELETE FROM quarantine WHERE last_seen < before;
    GET DIAGNOSTICS dropped = ROW_COUNT;
    RETURN dropped;
END
$$;

REVOKE ALL ON FUNCTION drop_orphan_evidence(timestamptz), drop_old_quarantine(timestamptz) FROM PUBLIC;
DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION drop_orphan_evidence(timestamptz) SET search_path = %I, pg_temp', current_schema());
    EXECUTE format('ALTER FUNCTION drop_old_quarantine(timestamptz) SET search_path = %I, pg_temp', current_schema());
END $$;

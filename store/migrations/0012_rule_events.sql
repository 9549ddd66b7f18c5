-- What rules find are rule events: cases have events too, and 事件 is a category of cases.
ALTER TABLE event RENAME TO rule_event;
ALTER INDEX event_key RENAME TO rule_event_key;
ALTER INDEX event_time RENAME TO rule_event_time;
ALTER TABLE rule_event RENAME CONSTRAINT event_phase_check TO rule_event_phase_check;

-- The function of migration 0006, which names the tables whose chunks may be dropped.
CREATE OR REPLACE FUNCTION drop_old_chunks(hypertable text, before timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF hypertable <> ALL (ARRAY['position', 'telemetry', 'rule_event', 'presence', 'position_by_hour']) THEN
        RAISE EXCEPTION 'chunks of % are not dropped', hypertable USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF before IS NULL OR before > now() - INTERVAL '23 hours' THEN -- a day, and an hour for clocks that differ
        RAISE EXCEPTION 'chunks younger than a day are not dropped' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN (SELECT count(*) FROM drop_chunks(hypertable::regclass, older_than => before));
END
$$;
DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION drop_old_chunks(text, timestamptz) SET search_path = %I, pg_temp', current_schema());
END $$;

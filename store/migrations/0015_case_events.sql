-- A case is what its events add up to: each event says which fields it changes, is only ever appended, and carries
-- a hash over itself and the one before it. case_file is their summary and can be made anew from them.

DROP VIEW case_summary;

-- Events stand on their own; their summary refers to nothing and may be thrown away.
ALTER TABLE case_event DROP CONSTRAINT case_event_case_id_fkey;
ALTER TABLE case_incident DROP CONSTRAINT case_incident_case_id_fkey;
ALTER TABLE rule_event_case DROP CONSTRAINT rule_event_case_case_id_fkey;

-- The summary has a column for each field that events set (cases/state.py).
ALTER TABLE case_file
    DROP CONSTRAINT case_file_category_check,
    ADD CONSTRAINT case_file_category_check CHECK (category IN ('component', 'event', 'service')),
    ALTER COLUMN type DROP NOT NULL,            -- the incident type that opened it; null if a person named a code
    ALTER COLUMN opened_at DROP NOT NULL,       -- null while it waits to be opened
    ALTER COLUMN deadline_at DROP NOT NULL,     -- of the running clock that is due first; null while none runs
    ADD COLUMN lon double precision,
    ADD COLUMN lat double precision,
    ADD COLUMN condition text,
    ADD COLUMN problem_class text,
    ADD COLUMN source text,                     -- camera, sensor, rule, patrol, hotline, citizen …
    ADD COLUMN level text,
    ADD COLUMN title text,
    ADD COLUMN description text,
    ADD COLUMN workflow text,
    ADD COLUMN workflow_version integer,
    ADD COLUMN holder text NOT NULL DEFAULT 'none',
    ADD COLUMN assignee text,
    ADD COLUMN opener text,                     -- who reported it first: a login, or '{kind}/{id}'
    ADD COLUMN reported_at timestamptz,
    ADD COLUMN dispatched_at timestamptz,
    ADD COLUMN handled_at timestamptz,
    ADD COLUMN ended_as text,
    ADD COLUMN clocks jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN handling_deadline_at timestamptz,
    ADD COLUMN suspended_until timestamptz,
    ADD COLUMN seen_at timestamptz,             -- the moment of which detectors last spoke
    ADD COLUMN rework_count integer NOT NULL DEFAULT 0,
    ADD COLUMN return_count integer NOT NULL DEFAULT 0,
    ADD COLUMN deferral_count integer NOT NULL DEFAULT 0,
    ADD COLUMN reopen_count integer NOT NULL DEFAULT 0,
    ADD COLUMN urged_at timestamptz,
    ADD COLUMN urge_answered_at timestamptz,
    ADD COLUMN key_case boolean NOT NULL DEFAULT false,
    ADD COLUMN forced boolean NOT NULL DEFAULT false,
    ADD COLUMN closed_while_seen boolean NOT NULL DEFAULT false,
    ADD COLUMN merged_into text,
    ADD COLUMN split_from text,
    ADD COLUMN join_reason jsonb,
    ADD COLUMN proposed_department text,
    ADD COLUMN proposal_reason text;
UPDATE case_file SET lon = ST_X(place), lat = ST_Y(place);
ALTER TABLE case_file DROP COLUMN place, ALTER COLUMN lon SET NOT NULL, ALTER COLUMN lat SET NOT NULL;
ALTER TABLE case_file ADD COLUMN place geometry(Point, 4326) NOT NULL
    GENERATED ALWAYS AS (ST_SetSRID(ST_MakePoint(lon, lat), 4326)) STORED;
CREATE INDEX case_place ON case_file USING gist (place);

ALTER TABLE case_event
    ADD COLUMN event_id bigint GENERATED ALWAYS AS IDENTITY,
    ADD COLUMN sets jsonb,                      -- the fields of the case that it changes, with their new values
    ADD COLUMN hash bytea;                      -- SHA-256 over the hash of the event before it and this row

-- What was decided so far, as the release before decided it. Whoever folds events asks no rule.
DO $$
DECLARE
    file  case_file%ROWTYPE;
    event case_event%ROWTYPE;
    added jsonb;
    seen  timestamptz;
    reworked integer;
    returned integer;
BEGIN
    FOR file IN SELECT * FROM case_file LOOP
        seen := NULL; reworked := 0; returned := 0;
        FOR event IN SELECT * FROM case_event WHERE case_id = file.case_id ORDER BY sequence LOOP
            added := '{}';
            CASE event.action
                WHEN 'open' THEN added := jsonb_build_object(
                    'number', file.number, 'category', file.category, 'code_set', file.code_set, 'code', file.code,
                    'type', file.type, 'problem_class', file.type, 'component', file.component,
                    'camera', file.camera, 'zone', file.zone, 'district', file.district, 'grid_cell', file.grid_cell,
                    'lon', file.lon, 'lat', file.lat, 'flood_of', file.flood_of, 'opener', event.actor,
                    'source', CASE WHEN event.actor ~ '^(box|camera)/' THEN 'camera'
                                   WHEN event.actor ~ '^device/' THEN 'sensor' ELSE 'rule' END)
                    || jsonb_build_object(
                    'workflow', 'small', 'workflow_version', 1, 'stage', event.stage, 'holder', 'dispatchers',
                    'reported_at', file.opened_at, 'opened_at', file.opened_at,
                    'deadline_at', file.deadline_at, 'handling_deadline_at', file.deadline_at);
                WHEN 'dispatch' THEN added := jsonb_build_object('stage', event.stage,
                    'department', event.department, 'holder', 'department', 'dispatched_at', event.at);
                WHEN 'return' THEN
                    returned := returned + 1;
                    added := jsonb_build_object('stage', event.stage, 'department', NULL, 'holder', 'dispatchers',
                                                'return_count', returned);
                WHEN 'handle' THEN added := jsonb_build_object('stage', event.stage, 'holder', 'acceptors',
                                                               'handled_at', event.at);
                WHEN 'check' THEN added := jsonb_build_object('stage', event.stage);
                WHEN 'rework' THEN
                    reworked := reworked + 1;
                    added := jsonb_build_object('stage', event.stage, 'holder', 'department', 'handled_at', NULL,
                                                'rework_count', reworked);
                WHEN 'close', 'cancel' THEN added := jsonb_build_object('stage', event.stage, 'holder', 'none',
                    'closed_at', event.at,
                    'ended_as', CASE event.action WHEN 'close' THEN 'closed' ELSE 'cancelled' END);
                ELSE NULL;
            END CASE;
            IF event.action IN ('handle', 'check', 'rework', 'close', 'cancel') AND event.department IS NOT NULL THEN
                added := added || jsonb_build_object('department', event.department);
            END IF;
            -- The word about the latest moment counts; one noted while our clock was ahead gives way.
            IF event.observed_at IS NOT NULL
               AND (seen IS NULL OR event.observed_at >= seen OR seen > event.at + INTERVAL '5 minutes') THEN
                seen := event.observed_at;
                added := added || jsonb_build_object('seen_at', seen,
                    'restored_at', CASE WHEN event.action = 'restore' THEN seen END);
            END IF;
            UPDATE case_event SET sets = added WHERE case_id = event.case_id AND sequence = event.sequence;
        END LOOP;
    END LOOP;
END
$$;

ALTER TABLE case_event DROP COLUMN stage, DROP COLUMN department, ALTER COLUMN sets SET NOT NULL,
    ALTER COLUMN sets SET DEFAULT '{}';

-- The summaries are what the events add up to.
UPDATE case_file SET (
    problem_class, source, opener, workflow, workflow_version, holder, reported_at, dispatched_at, handled_at, ended_as,
    handling_deadline_at, seen_at, rework_count, return_count
) = (
    SELECT problem_class, source, opener, workflow, workflow_version, holder, reported_at, dispatched_at, handled_at,
           ended_as, handling_deadline_at, seen_at, COALESCE(rework_count, 0), COALESCE(return_count, 0)
    FROM jsonb_to_record((
        SELECT jsonb_object_agg(key, value ORDER BY sequence)
        FROM case_event, jsonb_each(sets) WHERE case_event.case_id = case_file.case_id
    )) AS folded (
        problem_class text, source text, opener text, workflow text, workflow_version integer, holder text,
        reported_at timestamptz, dispatched_at timestamptz, handled_at timestamptz, ended_as text,
        handling_deadline_at timestamptz, seen_at timestamptz, rework_count integer, return_count integer
    )
);
ALTER TABLE case_file ALTER COLUMN reported_at SET NOT NULL;

-- The hash of an event: SHA-256 over the hash of the one before it (nothing for the first) and the row's fields, each
-- as 'length:text' in bytes of UTF-8, or '-' for null, joined by commas. casework/chain.py computes it a second time.
CREATE FUNCTION case_event_hash(previous bytea, event case_event) RETURNS bytea LANGUAGE sql STABLE
RETURN (
    SELECT sha256(COALESCE(previous, '') || convert_to(
        string_agg(COALESCE(octet_length(convert_to(field, 'UTF8')) || ':' || field, '-'), ',' ORDER BY place), 'UTF8'))
    FROM unnest(ARRAY[
        (event).case_id::text, (event).sequence::text,
        to_char((event).at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
        (event).actor, (event).action, (event).sets::text, (event).note,
        to_char((event).observed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
        (event).incident_id::text, (event).revision::text, array_to_string((event).evidence, ',')
    ]) WITH ORDINALITY AS part (field, place)
);

DO $$
DECLARE
    event case_event%ROWTYPE;
    previous bytea;
BEGIN
    FOR event IN SELECT * FROM case_event ORDER BY case_id, sequence LOOP
        IF event.sequence = 1 THEN
            previous := NULL;
        END IF;
        previous := case_event_hash(previous, event);
        UPDATE case_event SET hash = previous WHERE case_id = event.case_id AND sequence = event.sequence;
    END LOOP;
END
$$;
ALTER TABLE case_event ALTER COLUMN hash SET NOT NULL;
CREATE UNIQUE INDEX case_event_id ON case_event (event_id);

-- An event is chained to the one before it, whoever writes it.
CREATE FUNCTION chain_case_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    previous bytea;
BEGIN
    IF NEW.sequence <> 1 THEN
        SELECT hash INTO previous FROM case_event WHERE case_id = NEW.case_id AND sequence = NEW.sequence - 1;
        IF previous IS NULL THEN
            RAISE EXCEPTION 'event % of case % has no event before it', NEW.sequence, NEW.case_id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    NEW.hash := case_event_hash(previous, NEW);
    RETURN NEW;
END
$$;
-- A temporary table of the writer never stands in for ours.
DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION chain_case_event() SET search_path = %I, public, pg_temp', current_schema());
END $$;
CREATE TRIGGER case_event_chained BEFORE INSERT ON case_event FOR EACH ROW EXECUTE FUNCTION chain_case_event();

-- What was written stays.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % is only ever appended to; write a further event instead', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER case_event_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON case_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- As before: with the nearest street that has a name, if it is within 200 m, and the newest picture of the finding.
CREATE VIEW case_summary AS
SELECT case_file.*, near.street, near.street_en,
       (SELECT count(*) FROM case_incident WHERE case_incident.case_id = case_file.case_id) AS reports,
       (SELECT digest FROM evidence JOIN case_incident USING (incident_id)
        WHERE case_incident.case_id = case_file.case_id AND role = 'finding' AND media_type LIKE 'image/%'
        ORDER BY LEAST(taken_at, received_at) DESC, digest LIMIT 1) AS picture
FROM case_file LEFT JOIN LATERAL (
    SELECT name AS street, name_en AS street_en
    FROM (
        SELECT name, name_en, ST_Distance(line::geography, place::geography, false) AS away_m
        FROM street
        -- 200 m in degrees: a box that the index knows, before anything is measured
        WHERE line && ST_Expand(place, 0.0018 / GREATEST(0.01, cos(radians(lat))), 0.0018) AND name IS NOT NULL
    ) AS candidate
    WHERE away_m <= 200 ORDER BY away_m LIMIT 1
) AS near ON true;

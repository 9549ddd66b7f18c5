-- What the rules found on the live stream, and where each of their conditions stands.

-- (entity, rule, area, phase, time) is the natural key: the same finding, worked out again, changes nothing.
CREATE TABLE event (
    entity_id   integer NOT NULL,
    time        timestamptz NOT NULL,       -- when it began, or ended
    decided_at  timestamptz NOT NULL,       -- the fix or reading that settled it
    received_at timestamptz NOT NULL,
    rule        text NOT NULL,
    watches     text NOT NULL,              -- fence, key_area, speed, stop, idling, offline, telemetry
    area        text NOT NULL DEFAULT '',
    phase       text NOT NULL CHECK (phase IN ('begun', 'ended')),
    lat         double precision,           -- where the entity was when it was settled; null if not known
    lon         double precision,
    value       double precision,           -- speed in m/s, or the reading
    incident_id uuid                        -- of the case that it opened or restored
);
CREATE UNIQUE INDEX event_key ON event (entity_id, rule, area, phase, time DESC);
CREATE INDEX event_time ON event (time DESC);
SELECT create_hypertable('event', 'time', chunk_time_interval => INTERVAL '30 days', create_default_indexes => false);

-- Conditions that are not plainly off; written in the transaction that stores the messages which moved them.
CREATE TABLE rule_state (
    entity_id integer NOT NULL,
    rule      text NOT NULL,
    area      text NOT NULL,
    stand     smallint NOT NULL,            -- ingest/rules/sustained.py: 1 rising, 2 on, 3 falling
    began_at  timestamptz NOT NULL,
    fell_at   timestamptz,
    seen_at   timestamptz NOT NULL,
    PRIMARY KEY (entity_id, rule, area)
) WITH (fillfactor = 50);

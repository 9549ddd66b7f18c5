-- The first schema: who speaks, where they are, what they measured, what was found, and the case it became.
-- Times are timestamptz, lengths metres, speeds metres per second, angles degrees, places WGS-84.

CREATE EXTENSION IF NOT EXISTS timescaledb;
CREATE EXTENSION IF NOT EXISTS postgis;

-- Who speaks ------------------------------------------------------------------------------------------------

CREATE TABLE entity (
    entity_id  integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text NOT NULL,
    id         text NOT NULL,
    district   text NOT NULL,
    first_seen timestamptz NOT NULL DEFAULT now(),
    UNIQUE (kind, id)
);

-- Where they are --------------------------------------------------------------------------------------------

-- The two integers stand together so that nothing is lost to alignment: 8 bytes a row, 100 M rows a month.
CREATE TABLE position (
    entity_id   integer NOT NULL,
    flags       integer NOT NULL DEFAULT 0, -- store/quality.py; 0 is a good fix
    time        timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    lat         double precision NOT NULL,
    lon         double precision NOT NULL,
    speed_mps   real,
    heading_deg real,
    altitude_m  real,
    accuracy_m  real,
    ignition    boolean
);
CREATE UNIQUE INDEX position_entity_time ON position (entity_id, time DESC);
SELECT create_hypertable('position', 'time', chunk_time_interval => INTERVAL '1 day', create_default_indexes => false);

-- One row an entity, moved forward only, in the transaction that stores the fix. Kept narrow and half empty so
-- that updates stay on their page (HOT).
CREATE TABLE latest_position (
    entity_id   integer PRIMARY KEY,
    flags       integer NOT NULL DEFAULT 0,
    time        timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    lat         double precision NOT NULL,
    lon         double precision NOT NULL,
    speed_mps   real,
    heading_deg real,
    altitude_m  real,
    accuracy_m  real,
    ignition    boolean
) WITH (fillfactor = 50);

CREATE TABLE telemetry (
    entity_id   integer NOT NULL,
    time        timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    values      jsonb NOT NULL
);
CREATE UNIQUE INDEX telemetry_entity_time ON telemetry (entity_id, time DESC);
SELECT create_hypertable('telemetry', 'time', chunk_time_interval => INTERVAL '7 days', create_default_indexes => false);

CREATE TABLE latest_telemetry (
    entity_id   integer PRIMARY KEY,
    time        timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    values      jsonb NOT NULL
) WITH (fillfactor = 50);

-- The last word of each device in the order of receipt, not of `time`: a last will carries the moment of connecting.
CREATE TABLE device_status (
    entity_id   integer PRIMARY KEY,
    time        timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    online      boolean NOT NULL,
    program     text,
    detail      jsonb NOT NULL DEFAULT '{}'
) WITH (fillfactor = 50);

-- The newest still of each camera; history of pictures is evidence's business.
CREATE TABLE camera_still (
    camera      text PRIMARY KEY,
    district    text NOT NULL,
    time        timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    jpeg        bytea NOT NULL
);

-- What was refused ------------------------------------------------------------------------------------------

CREATE TABLE quarantine (
    fingerprint bytea PRIMARY KEY,          -- SHA-256 of topic, reason and payload
    topic       text NOT NULL,
    payload     bytea NOT NULL,             -- its beginning: bounded by the writer
    payload_bytes integer NOT NULL,         -- its whole length
    reason      text NOT NULL,
    first_seen  timestamptz NOT NULL,
    last_seen   timestamptz NOT NULL,
    count       bigint NOT NULL DEFAULT 1
);
CREATE INDEX quarantine_last_seen ON quarantine (last_seen);

-- The city --------------------------------------------------------------------------------------------------

CREATE TABLE grid_cell (
    code     text PRIMARY KEY,              -- 15 digits (14 in older cities)
    district text NOT NULL,
    name     text,
    area     geometry(Polygon, 4326) NOT NULL
);
CREATE INDEX grid_cell_area ON grid_cell USING gist (area);

CREATE TABLE component (
    code     text PRIMARY KEY,              -- 16 digits
    code_set text NOT NULL,
    class    text NOT NULL,                 -- 2 digits class + 2 digits subclass
    name     text,
    name_en  text,
    place    geometry(Point, 4326) NOT NULL
);
CREATE INDEX component_place ON component USING gist (place);

CREATE TABLE camera (
    camera   text PRIMARY KEY,
    district text NOT NULL,
    name     text,
    name_en  text,
    place    geometry(Point, 4326) NOT NULL,
    heading_deg real
);

-- For the map alone; they have no codes, so that an import replaces them whole.
CREATE TABLE street (
    street_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name      text,
    name_en   text,
    class     text NOT NULL,
    width_m   real,
    line      geometry(LineString, 4326) NOT NULL
);
CREATE INDEX street_line ON street USING gist (line);

CREATE TABLE area (
    area_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    class   text NOT NULL,                  -- block, building, park, water, plaza
    name    text,
    name_en text,
    outline geometry(Polygon, 4326) NOT NULL
);

-- When each layer was last imported, so that a map knows whether to ask for it again.
CREATE TABLE city_layer (
    layer       text PRIMARY KEY,
    imported_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What was found --------------------------------------------------------------------------------------------

CREATE TABLE incident (
    incident_id uuid NOT NULL,
    revision    integer NOT NULL,
    phase       text NOT NULL CHECK (phase IN ('begun', 'changed', 'ended')),
    type        text NOT NULL,
    source      text NOT NULL,              -- '{kind}/{id}' that reported it
    district    text NOT NULL,
    observed_at timestamptz NOT NULL,
    began_at    timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    place       geometry(Point, 4326) NOT NULL,
    camera      text,
    zone        text,
    component   text,
    confidence  real NOT NULL,
    box_px      real[],
    cues        jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (incident_id, revision)
);
CREATE INDEX incident_received ON incident (received_at DESC, incident_id DESC);

CREATE TABLE evidence (
    digest      text NOT NULL,              -- SHA-256 of the file, hexadecimal; also its key in object storage
    incident_id uuid NOT NULL,
    revision    integer,                    -- the revision it came in; null for evidence sent on its own
    role        text NOT NULL CHECK (role IN ('before', 'finding', 'restored')),
    media_type  text NOT NULL,
    size_bytes  integer NOT NULL,
    taken_at    timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (incident_id, digest)
);
CREATE INDEX evidence_digest ON evidence (digest);

-- The case it became ----------------------------------------------------------------------------------------

CREATE TABLE case_number_counter (
    day  date PRIMARY KEY,
    last integer NOT NULL
);

CREATE TABLE case_file (
    case_id       uuid PRIMARY KEY,
    number        text NOT NULL UNIQUE,
    category      text NOT NULL CHECK (category IN ('component', 'event')),
    code_set      text NOT NULL,
    code          text NOT NULL,            -- 4 digits: class and subclass
    type          text NOT NULL,            -- the incident type that opened it
    component     text,
    camera        text,
    zone          text,
    district      text NOT NULL,
    grid_cell     text,
    place         geometry(Point, 4326) NOT NULL,
    stage         text NOT NULL,
    department    text,
    opened_at     timestamptz NOT NULL,
    deadline_at   timestamptz NOT NULL,
    restored_at   timestamptz,              -- when a detector last saw the place put right; null while it is not
    closed_at     timestamptz,
    last_sequence integer NOT NULL,         -- of its newest event; the optimistic lock
    changed_at    timestamptz NOT NULL
);
-- At most one open case for the same problem; a second report joins it.
CREATE UNIQUE INDEX case_open_component ON case_file (type, component)
    WHERE closed_at IS NULL AND component IS NOT NULL;
CREATE UNIQUE INDEX case_open_zone ON case_file (type, camera, (COALESCE(zone, '')))
    WHERE closed_at IS NULL AND component IS NULL AND camera IS NOT NULL;
CREATE INDEX case_changed ON case_file (changed_at);
CREATE INDEX case_opened ON case_file (opened_at DESC, number DESC);
CREATE INDEX case_still_open ON case_file (deadline_at) WHERE closed_at IS NULL;
CREATE INDEX case_place ON case_file USING gist (place);

CREATE TABLE case_event (
    case_id     uuid NOT NULL REFERENCES case_file,
    sequence    integer NOT NULL,
    at          timestamptz NOT NULL,
    actor       text NOT NULL,              -- a sign-on name, or the program or device that acted
    action      text NOT NULL,
    stage       text NOT NULL,              -- the stage after it
    department  text,                       -- who becomes responsible, where the action says so
    note        text,
    observed_at timestamptz,                -- when a detector saw what it reports; null for what people do
    incident_id uuid,
    revision    integer,
    evidence    text[] NOT NULL DEFAULT '{}',  -- digests
    PRIMARY KEY (case_id, sequence)
);
-- A revision of an incident is told once.
CREATE UNIQUE INDEX case_event_incident ON case_event (incident_id, revision) WHERE incident_id IS NOT NULL;

CREATE TABLE case_incident (
    incident_id uuid PRIMARY KEY,
    case_id     uuid NOT NULL REFERENCES case_file
);
CREATE INDEX case_incident_case ON case_incident (case_id);

-- A case as lists and maps show it: with the nearest street that has a name, if it is within 200 m, and the newest
-- picture of the finding.
CREATE VIEW case_summary AS
SELECT case_file.*, ST_Y(place) AS lat, ST_X(place) AS lon, near.street, near.street_en,
       (SELECT count(*) FROM case_incident WHERE case_incident.case_id = case_file.case_id) AS reports,
       (SELECT digest FROM evidence JOIN case_incident USING (incident_id)
        WHERE case_incident.case_id = case_file.case_id AND role = 'finding' AND media_type LIKE 'image/%'
        ORDER BY taken_at DESC, digest LIMIT 1) AS picture
FROM case_file LEFT JOIN LATERAL (
    SELECT name AS street, name_en AS street_en
    FROM (
        SELECT name, name_en, ST_Distance(line::geography, place::geography, false) AS away_m
        FROM street
        -- 200 m in degrees: a box that the index knows, before anything is measured
        WHERE line && ST_Expand(place, 0.0018 / GREATEST(0.01, cos(radians(ST_Y(place)))), 0.0018) AND name IS NOT NULL
    ) AS candidate
    WHERE away_m <= 200 ORDER BY away_m LIMIT 1
) AS near ON true;

-- Who may see it --------------------------------------------------------------------------------------------

CREATE TABLE operator (
    login         text PRIMARY KEY,
    display_name  text NOT NULL,
    password_hash text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE session (
    token_hash bytea PRIMARY KEY,
    login      text NOT NULL REFERENCES operator ON DELETE CASCADE,
    csrf_token text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);

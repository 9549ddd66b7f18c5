-- What is left of positions after years: one row an entity and hour. Kept by store/maintenance.py where TimescaleDB
-- has no continuous aggregates (its apache edition); `hourly_positions` is the view to ask, on both editions.

CREATE TABLE position_hour (
    entity_id integer NOT NULL,
    hour      timestamptz NOT NULL,
    fixes     integer NOT NULL,             -- all, doubtful ones too
    doubtful  integer NOT NULL,             -- those kept off the map; what follows leaves them out
    first_at  timestamptz,
    last_at   timestamptz,
    mean_mps  real,
    top_mps   real,
    south     double precision,
    west      double precision,
    north     double precision,
    east      double precision,
    PRIMARY KEY (hour, entity_id)
);
CREATE INDEX position_hour_entity ON position_hour (entity_id, hour DESC);

-- Hours that late fixes have come for; ingest marks those that may have been rolled up already.
CREATE TABLE position_hour_due (
    hour timestamptz PRIMARY KEY
);

-- How far things have come; one row.
CREATE TABLE maintenance (
    singleton     boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    rolled_until  timestamptz,              -- hours before this are in position_hour
    dropped_until timestamptz               -- fixes before this may be gone
);
INSERT INTO maintenance DEFAULT VALUES;

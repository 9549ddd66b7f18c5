-- The change feed: every event of a case has a position that it gets after its commit. An identity cannot order a feed,
-- because a transaction with a lower one may commit later; a reader would pass it by.

CREATE TABLE case_change (
    position bigint PRIMARY KEY,
    event_id bigint NOT NULL UNIQUE
);

-- Events that are committed and have no position yet.
CREATE TABLE case_change_pending (
    event_id bigint PRIMARY KEY
);

INSERT INTO case_change (position, event_id)
SELECT row_number() OVER (ORDER BY event_id), event_id FROM case_event;

CREATE FUNCTION announce_case_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO case_change_pending (event_id) SELECT event_id FROM added;
    RETURN NULL;
END
$$;
-- A temporary table of the writer never stands in for ours.
DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION announce_case_events() SET search_path = %I, public, pg_temp', current_schema());
END $$;
CREATE TRIGGER case_event_announced AFTER INSERT ON case_event REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION announce_case_events();

-- Subscriptions of other systems to the feed (Standard Webhooks).
CREATE TABLE webhook (
    name             text PRIMARY KEY,
    url              text NOT NULL,
    secret           bytea NOT NULL,
    old_secret       bytea,                      -- signs as well until old_secret_until
    old_secret_until timestamptz,
    actions          text[] NOT NULL DEFAULT '{}',   -- of events; empty: all
    districts        text[] NOT NULL DEFAULT '{}',   -- empty: all
    departments      text[] NOT NULL DEFAULT '{}',   -- with those below them; empty: all
    enabled          boolean NOT NULL DEFAULT true,
    disabled_reason  text,                       -- null if a person disabled it
    position         bigint NOT NULL,            -- up to this, changes are delivered, filtered out or dead letters
    attempts         integer NOT NULL DEFAULT 0, -- failed, for the next change
    failures         integer NOT NULL DEFAULT 0, -- since the last delivery
    next_at          timestamptz NOT NULL DEFAULT now(),
    last_error       text,
    delivered_at     timestamptz,
    created_by       text NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now()
);

-- Changes whose delivery was given up.
CREATE TABLE webhook_dead_letter (
    webhook   text NOT NULL REFERENCES webhook ON DELETE CASCADE,
    position  bigint NOT NULL REFERENCES case_change,
    died_at   timestamptz NOT NULL DEFAULT now(),
    attempts  integer NOT NULL,
    error     text NOT NULL,
    replay_at timestamptz,                       -- when a person asked for another attempt
    PRIMARY KEY (webhook, position)
);

-- What was refused can be taken again; several ingests, each for its districts, know of each other.

ALTER TABLE quarantine
    ADD COLUMN quarantine_id bigint GENERATED ALWAYS AS IDENTITY,  -- for people, who can't type a fingerprint
    ADD COLUMN requeued_at timestamptz;                            -- asked to be taken again; null while it rests
CREATE UNIQUE INDEX quarantine_number ON quarantine (quarantine_id);
CREATE INDEX quarantine_requeued ON quarantine (last_seen) WHERE requeued_at IS NOT NULL;

-- One row a session at the broker. The ingest that uses it holds an advisory lock beside (ingest/lease.py); this says
-- who that is, and what the broker may have subscribed under that name.
CREATE TABLE ingest_session (
    client_id text PRIMARY KEY,
    instance  text NOT NULL,                -- host and process
    since     timestamptz NOT NULL,
    districts text[] NOT NULL,              -- empty: all
    filters   text[] NOT NULL
);

-- So that of several ingests one does a round of maintenance.
ALTER TABLE maintenance ADD COLUMN begun_at timestamptz;

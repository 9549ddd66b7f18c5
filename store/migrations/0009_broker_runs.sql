-- What a broker said it dropped, for each of its runs: its own counter begins anew with each.

CREATE TABLE broker_run (
    broker text NOT NULL, -- host:port
    started_at timestamptz NOT NULL,
    dropped bigint NOT NULL, -- messages that it acknowledged and gave not to every session that they were for
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (broker, started_at)
);

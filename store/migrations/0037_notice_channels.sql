-- Messages about notices: where each person wants them, and what waits to be sent.

CREATE TABLE notice_preference (
    login      text PRIMARY KEY,
    addresses  jsonb NOT NULL,       -- the person's address on each channel
    quiet_from time,                 -- both null: the city's quiet hours
    quiet_to   time,
    changed_at timestamptz NOT NULL,
    CHECK ((quiet_from IS NULL) = (quiet_to IS NULL))
);

-- One row for each notice, channel and address, written with the notice.
CREATE TABLE notice_delivery (
    delivery_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    notice_id   bigint NOT NULL REFERENCES notice ON DELETE CASCADE,
    channel     text NOT NULL,       -- of notices.toml
    address     text NOT NULL,       -- empty for a channel of a group
    wanted_at   timestamptz NOT NULL, -- after quiet hours and the time of a digest
    next_at     timestamptz NOT NULL, -- the next attempt
    attempts    integer NOT NULL DEFAULT 0,
    ended_at    timestamptz,         -- sent, or given up
    sent        boolean NOT NULL DEFAULT false,
    UNIQUE (notice_id, channel, address)
);
CREATE INDEX notice_delivery_next ON notice_delivery (channel, next_at) WHERE ended_at IS NULL;

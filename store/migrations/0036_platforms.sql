-- Other platforms (of the city, its districts or streets) that cases are handed to and come from. A platform is a
-- subscription with messages of its own, in both directions, and one secret for both.

ALTER TABLE webhook ADD COLUMN kind text NOT NULL DEFAULT 'changes' CHECK (kind IN ('changes', 'platform'));

-- Cases that came from another platform. One is handed over anew if its result was not good enough.
CREATE TABLE platform_case (
    platform        text NOT NULL,               -- the name of the subscription
    remote_number   text NOT NULL,
    remote_sequence integer NOT NULL,            -- of the event there that handed it over
    case_id         uuid NOT NULL,               -- here
    document        jsonb NOT NULL,              -- as it came, with its history there
    received_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, remote_number, remote_sequence)
);
CREATE INDEX platform_case_here ON platform_case (case_id);

-- Messages that came, so that a repeated one does nothing.
CREATE TABLE platform_message (
    platform    text NOT NULL,
    message_id  text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, message_id)
);

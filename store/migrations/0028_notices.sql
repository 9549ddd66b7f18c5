-- Notices: who was told of what in a case, and who acknowledged it.

-- Events of which nobody has been told yet, written in the transaction of the event. The worker takes them out in the
-- transaction that writes the notices, so that each event is told once, whoever is killed.
CREATE TABLE notice_outbox (
    event_id bigint PRIMARY KEY,
    attempts integer NOT NULL DEFAULT 0,
    next_at  timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION queue_notices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO notice_outbox (event_id) VALUES (NEW.event_id);
    RETURN NULL;
END
$$;
DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION queue_notices() SET search_path = %I, public, pg_temp', current_schema());
END $$;
-- A detector's further reports come with every look of a camera; no rule can name them.
CREATE TRIGGER case_event_queues_notices AFTER INSERT ON case_event FOR EACH ROW
    WHEN (NEW.action <> 'update') EXECUTE FUNCTION queue_notices();

-- One row for each event, rule and addressee; never changed.
CREATE TABLE notice (
    notice_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id  bigint NOT NULL,
    case_id   uuid NOT NULL,
    rule      text NOT NULL,        -- of notices.toml
    addressee text NOT NULL,        -- person/LOGIN, desk/DEPARTMENT or role/ROLE
    title     text NOT NULL,        -- the words of the rule on that day
    title_en  text NOT NULL,
    urgent    boolean NOT NULL,
    at        timestamptz NOT NULL, -- of the event
    told_at   timestamptz NOT NULL,
    UNIQUE (event_id, rule, addressee)
);
CREATE INDEX notice_case ON notice (case_id);
CREATE INDEX notice_told_at ON notice (told_at);

-- The accounts that a notice went to.
CREATE TABLE notice_recipient (
    login     text NOT NULL,
    notice_id bigint NOT NULL REFERENCES notice ON DELETE CASCADE,
    PRIMARY KEY (login, notice_id)
);
CREATE INDEX notice_recipient_notice ON notice_recipient (notice_id);

-- The first acknowledgement counts, for all recipients; never changed.
CREATE TABLE notice_acknowledgement (
    notice_id bigint PRIMARY KEY REFERENCES notice ON DELETE CASCADE,
    login     text NOT NULL,
    at        timestamptz NOT NULL
);

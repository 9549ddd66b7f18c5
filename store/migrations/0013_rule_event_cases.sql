-- Which findings of rules people have opened a case from.

-- One row a finding, by its natural key, so that two people who open it at once get one case.
CREATE TABLE rule_event_case (
    entity_id integer NOT NULL,
    rule      text NOT NULL,
    area      text NOT NULL,
    phase     text NOT NULL,
    time      timestamptz NOT NULL,
    case_id   uuid NOT NULL REFERENCES case_file,
    actor     text NOT NULL,                -- the sign-on name of who opened it
    opened_at timestamptz NOT NULL,
    PRIMARY KEY (entity_id, rule, area, phase, time)
);

-- The newest that came in, for the live list. The table has had two names.
DO $$
BEGIN
    EXECUTE format('CREATE INDEX rule_event_received ON %I (received_at DESC)',
                   CASE WHEN to_regclass('rule_event') IS NULL THEN 'event' ELSE 'rule_event' END);
END
$$;

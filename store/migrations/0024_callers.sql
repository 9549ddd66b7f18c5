-- Who told a report to the person that made it. Apart from the history, which is kept for ever: a caller can be forgotten.
CREATE TABLE report_caller (
    incident_id uuid PRIMARY KEY,
    name        text,
    telephone   text,
    call_back   boolean NOT NULL,
    said_at     timestamptz NOT NULL
);

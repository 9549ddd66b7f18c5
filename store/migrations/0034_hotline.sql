-- The desk of the hotline: what a caller asks for, and the hand-over of a shift.

-- The pairs of a text take longer to compute than to look up: the planner should use the index for each word.
ALTER FUNCTION character_pairs(text) COST 5000;

ALTER TABLE report_caller
    ADD COLUMN public boolean NOT NULL DEFAULT false,   -- whether the caller may be named to whoever handles the case
    ADD COLUMN called_at timestamptz;                   -- null for reports of before
CREATE INDEX report_caller_waits ON report_caller (incident_id) WHERE call_back;
CREATE INDEX case_closed ON case_file (closed_at DESC, number DESC) WHERE closed_at IS NOT NULL;

-- What a shift leaves to the next. It is only ever added to; acknowledged once, by another account.
CREATE TABLE shift_handover (
    handover_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at              timestamptz NOT NULL,
    login           text NOT NULL,
    note            text NOT NULL,
    figures         jsonb NOT NULL,             -- open, overdue, urged, call-backs: how many, and the first numbers
    acknowledged_at timestamptz,
    acknowledged_by text,
    CONSTRAINT shift_handover_acknowledged_check CHECK (num_nonnulls(acknowledged_at, acknowledged_by) <> 1),
    CONSTRAINT shift_handover_other_check CHECK (acknowledged_by <> login)
);
CREATE INDEX shift_handover_newest ON shift_handover (at DESC, handover_id DESC);

-- A city with its own table of rights: shift leads hand over.
INSERT INTO rights_entry (role, action, stage, holder, whose, district)
SELECT 'shift_lead', 'shift.hand_over', '*', '*', 'any', 'any' WHERE EXISTS (SELECT FROM rights_entry)
ON CONFLICT DO NOTHING;
UPDATE rights_version SET version = version + 1 WHERE EXISTS (SELECT FROM rights_entry);

-- name: add
INSERT INTO report_caller (incident_id, name, telephone, call_back, said_at, email) VALUES ($1, $2, $3, $4, $5, $6);

-- name: of_case
-- Of the reports that belong to a case, the newest first.
SELECT name, telephone, email, call_back, said_at
FROM report_caller JOIN case_incident USING (incident_id) WHERE case_incident.case_id = $1
ORDER BY said_at DESC, incident_id;

-- name: newest_event
SELECT last_sequence FROM case_file WHERE case_id = $1;

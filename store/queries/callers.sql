-- name: add
INSERT INTO report_caller (incident_id, name, telephone, call_back, public, called_at, said_at, email)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: of_case
-- Of the reports that belong to a case, the newest first; without the contact.
SELECT name IS NOT NULL AS has_name, telephone IS NOT NULL AS has_telephone,
       email IS NOT NULL AS has_email, call_back, public,
       COALESCE(called_at, said_at) AS called_at
FROM report_caller JOIN case_incident USING (incident_id) WHERE case_incident.case_id = $1
ORDER BY said_at DESC, incident_id;

-- name: contacts
-- Name, telephone and address of the callers of a case by its number, the newest first.
SELECT name, telephone, email, call_back, public, COALESCE(called_at, said_at) AS called_at
FROM report_caller JOIN case_incident USING (incident_id) JOIN case_file USING (case_id)
WHERE case_file.number = $1
ORDER BY said_at DESC, incident_id;

-- name: newest_event
SELECT last_sequence FROM case_file WHERE case_id = $1;

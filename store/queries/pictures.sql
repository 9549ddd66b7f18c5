-- name: evidence_places
-- What a digest names, and whose it is: a row for each incident that has it, with its case, and for each case to which
-- a person sent it. An incident that has no case yet is of its own district.
SELECT DISTINCT media_type, COALESCE(case_file.district, incident.district) AS district, department, assignee, opener
FROM evidence LEFT JOIN case_incident ON case_incident.incident_id = evidence.incident_id
LEFT JOIN case_file ON case_file.case_id = COALESCE(case_incident.case_id, evidence.case_id)
LEFT JOIN incident ON incident.incident_id = evidence.incident_id
WHERE digest = $1;

-- name: still
SELECT jpeg, time, district FROM camera_still WHERE camera = $1;

-- name: still_times
-- Of the cameras named, or of all.
SELECT camera, district, time FROM camera_still WHERE $1::text[] IS NULL OR camera = ANY ($1);

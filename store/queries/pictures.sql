-- name: evidence_places
-- What a digest names, and whose it is: a row for each case that has it, and for each incident without a case the district.
SELECT media_type, COALESCE(case_file.district, incident.district) AS district, department, assignee, opener
FROM evidence LEFT JOIN case_incident USING (incident_id)
LEFT JOIN case_file ON case_file.case_id = COALESCE(evidence.case_id, case_incident.case_id)
LEFT JOIN incident USING (incident_id)
WHERE digest = $1;

-- name: still
SELECT jpeg, time, district FROM camera_still WHERE camera = $1;

-- name: still_times
-- Of the cameras named, or of all.
SELECT camera, district, time FROM camera_still WHERE $1::text[] IS NULL OR camera = ANY ($1);

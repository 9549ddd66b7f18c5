-- name: open_cases
SELECT * FROM case_summary WHERE closed_at IS NULL;

-- name: cases_by_number
SELECT * FROM case_summary WHERE number = ANY ($1::text[]);

-- name: incidents_of_case
-- Each as it was last reported, newest first.
SELECT incident.*, ST_Y(place) AS lat, ST_X(place) AS lon
FROM incident JOIN case_incident USING (incident_id)
WHERE case_id = $1 AND NOT EXISTS (
    SELECT FROM incident AS newer WHERE newer.incident_id = incident.incident_id AND newer.revision > incident.revision
)
ORDER BY received_at DESC, incident_id DESC;

-- name: incidents
-- A page of incidents as they were last reported, newest first: received and id of the last that was seen; how many; the
-- districts, null for all.
SELECT incident.*, ST_Y(place) AS lat, ST_X(place) AS lon,
       (SELECT number FROM case_incident JOIN case_file USING (case_id)
        WHERE case_incident.incident_id = incident.incident_id) AS case_number,
       (SELECT digest FROM evidence
        WHERE evidence.incident_id = incident.incident_id AND role = 'finding' AND media_type LIKE 'image/%'
        ORDER BY LEAST(taken_at, received_at) DESC, digest LIMIT 1) AS picture
FROM incident
WHERE (received_at, incident_id) < ($1::timestamptz, $2::uuid) AND ($4::text[] IS NULL OR district = ANY ($4)) AND NOT EXISTS (
    SELECT FROM incident AS newer WHERE newer.incident_id = incident.incident_id AND newer.revision > incident.revision
)
ORDER BY received_at DESC, incident_id DESC LIMIT $3;

-- name: whose
SELECT department, district, assignee, opener FROM case_file WHERE number = $1;

-- name: open_cases
SELECT * FROM case_summary WHERE closed_at IS NULL;

-- name: cases_by_number
SELECT * FROM case_summary WHERE number = ANY ($1::text[]);

-- name: incidents_of_case
-- Each as it was last reported, newest first.
SELECT incident.*, ST_Y(place) AS lat, ST_X(place) AS lon,
       (SELECT known.recognised FROM incident AS known
        WHERE known.incident_id = incident.incident_id AND known.recognised IS NOT NULL
        ORDER BY known.revision DESC LIMIT 1) AS last_recognised
FROM incident JOIN case_incident USING (incident_id)
WHERE case_id = $1 AND NOT EXISTS (
    SELECT FROM incident AS newer WHERE newer.incident_id = incident.incident_id AND newer.revision > incident.revision
)
ORDER BY received_at DESC, incident_id DESC;

-- name: incidents
-- A page of incidents as they were last reported, newest first: received and id of the last that was seen; how many; the
-- districts, null for all.
SELECT incident.*, ST_Y(place) AS lat, ST_X(place) AS lon,
       (SELECT known.recognised FROM incident AS known
        WHERE known.incident_id = incident.incident_id AND known.recognised IS NOT NULL
        ORDER BY known.revision DESC LIMIT 1) AS last_recognised,
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

-- name: siblings
-- Open cases of the class of problem of case $1 at its component, or within 100 m; the nearest first.
SELECT case_summary.*
FROM case_file AS this JOIN case_file AS other ON other.case_id <> this.case_id AND other.closed_at IS NULL
     AND (other.component = this.component
          OR ST_DWithin(other.place::geography, this.place::geography, 100, false))
     AND other.problem_class = this.problem_class
     JOIN case_summary ON case_summary.case_id = other.case_id
WHERE this.case_id = $1
ORDER BY ST_Distance(other.place::geography, this.place::geography, false), case_summary.number LIMIT 10;

-- name: assignees
-- Accounts with one of the roles $1, at a moment $2, for a case in the cell $3: those on duty for it first.
SELECT login, display_name AS name, all_roles AS roles, department_name AS department,
       COALESCE(on_duty, false) AS on_duty, COALESCE(responsible, false) AS responsible
FROM account LEFT JOIN LATERAL (
    SELECT true AS on_duty, bool_or($3 = ANY (grid_cells)) AS responsible
    FROM duty WHERE duty.person = account.person AND starts_at <= $2 AND ends_at > $2
    HAVING count(*) > 0
) AS now ON true
WHERE enabled AND all_roles && $1::text[]
ORDER BY responsible DESC, on_duty DESC, login LIMIT 500;

-- name: names
-- What people call those who have these logins.
SELECT login, display_name FROM account WHERE login = ANY ($1::text[]);

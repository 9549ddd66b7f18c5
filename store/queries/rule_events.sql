-- name: newest
-- The newest that came in, $1 at most, not received before $2; see `listed`.
SELECT kind, id, district, left(detail ->> 'name', 64) AS name, found.time, decided_at, found.received_at, rule, watches, area,
       phase, lat, lon, value, incident_id, COALESCE(reported.number, opened.number) AS case_number
FROM (SELECT * FROM rule_event WHERE received_at >= $2 ORDER BY received_at DESC LIMIT $1) AS found
JOIN entity USING (entity_id) LEFT JOIN device_status USING (entity_id)
LEFT JOIN LATERAL (
    SELECT number FROM case_incident JOIN case_file USING (case_id)
    WHERE case_incident.incident_id = found.incident_id LIMIT 1
) AS reported ON true
LEFT JOIN LATERAL (
    SELECT number FROM rule_event_case JOIN case_file USING (case_id)
    WHERE (rule_event_case.entity_id, rule_event_case.rule, rule_event_case.area, rule_event_case.phase,
           rule_event_case.time) = (found.entity_id, found.rule, found.area, found.phase, found.time)
) AS opened ON true
ORDER BY found.received_at, found.time;

-- name: listed
-- From $1 up to but not including $2, newest first, of rule $3, entity $4, kind $5, what is watched $6 and phase $7 (each
-- null: all); past $8 to $12; how many $13; only of the districts
-- $14, and of staff only of the districts $15 as well (null: all). With the case that the finding opened, by itself or by somebody's hand.
SELECT found.entity_id, kind, id, district, left(detail ->> 'name', 64) AS name, found.time, decided_at, found.received_at, rule,
       watches, area, phase, lat, lon, value, incident_id, COALESCE(reported.number, opened.number) AS case_number
FROM rule_event AS found JOIN entity USING (entity_id) LEFT JOIN device_status USING (entity_id)
LEFT JOIN LATERAL (
    SELECT number FROM case_incident JOIN case_file USING (case_id)
    WHERE case_incident.incident_id = found.incident_id LIMIT 1
) AS reported ON true
LEFT JOIN LATERAL (
    SELECT number FROM rule_event_case JOIN case_file USING (case_id)
    WHERE (rule_event_case.entity_id, rule_event_case.rule, rule_event_case.area, rule_event_case.phase,
           rule_event_case.time) = (found.entity_id, found.rule, found.area, found.phase, found.time)
) AS opened ON true
WHERE found.time >= $1 AND found.time < $2 AND ($3::text IS NULL OR rule = $3)
  AND ($4::integer IS NULL OR found.entity_id = $4) AND ($5::text IS NULL OR kind = $5)
  AND ($14::text[] IS NULL OR district = ANY ($14))
  AND (kind <> 'person' OR $15::text[] IS NULL OR district = ANY ($15))
  AND ($6::text IS NULL OR watches = $6) AND ($7::text IS NULL OR phase = $7)
  AND (found.time, found.entity_id, rule, area, phase) < ($8, $9::integer, $10::text, $11::text, $12::text)
ORDER BY found.time DESC, found.entity_id DESC, rule DESC, area DESC, phase DESC
LIMIT $13;

-- name: announce
-- Told to those who listen when the transaction commits.
SELECT pg_notify('streetwarden_rule_events', '');

-- name: lock
-- Until the transaction ends, nobody else opens a case from the finding that $1 names.
SELECT pg_advisory_xact_lock(hashtextextended($1, 8));

-- name: one
-- The finding of entity $1/$2 by rule $3 in area $4, phase $5, at $6: where it was, or where the entity is, or the component
-- that it sits on.
SELECT found.entity_id, district, watches, found.decided_at, value, component.code AS component,
       COALESCE(found.lat, ST_Y(component.place), fix.lat) AS lat, COALESCE(found.lon, ST_X(component.place), fix.lon) AS lon
FROM rule_event AS found JOIN entity USING (entity_id) LEFT JOIN latest_position AS fix USING (entity_id)
LEFT JOIN device_status USING (entity_id) LEFT JOIN component ON component.code = detail ->> 'component'
WHERE kind = $1 AND id = $2 AND rule = $3 AND area = $4 AND phase = $5 AND found.time = $6;

-- name: case_number
-- Of the case that was opened from a finding: entity, rule, area, phase, time.
SELECT COALESCE(
    (SELECT number FROM rule_event JOIN case_incident USING (incident_id) JOIN case_file USING (case_id)
     WHERE (entity_id, rule, area, phase, time) = ($1, $2, $3, $4, $5) LIMIT 1),
    (SELECT number FROM rule_event_case JOIN case_file USING (case_id)
     WHERE (entity_id, rule, area, phase, time) = ($1, $2, $3, $4, $5))
);

-- name: add_case
-- Entity, rule, area, phase, time; case, who, when.
INSERT INTO rule_event_case (entity_id, rule, area, phase, time, case_id, actor, opened_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

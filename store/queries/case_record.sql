-- Checking the record of cases.

-- name: chained
-- All events by case and sequence, each field as the text that its hash is over, with what the summary knows.
SELECT event.case_id::text AS case, event.sequence::text AS sequence,
       to_char(event.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS at, event.actor, event.action,
       event.sets::text AS sets, event.note,
       to_char(event.observed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS observed_at,
       event.incident_id::text AS incident, event.revision::text AS revision,
       array_to_string(event.evidence, ',') AS evidence, event.hash, case_file.number, case_file.last_sequence
FROM case_event AS event LEFT JOIN case_file USING (case_id) ORDER BY event.case_id, event.sequence;

-- name: case_without_events
SELECT number FROM case_file WHERE NOT EXISTS (SELECT FROM case_event WHERE case_event.case_id = case_file.case_id)
ORDER BY number LIMIT 1;

-- name: newest_event
SELECT max(event_id) FROM case_event;

-- name: hashes
SELECT event_id, hash FROM case_event WHERE event_id > $1 AND event_id <= $2 ORDER BY event_id LIMIT $3;

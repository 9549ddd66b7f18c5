-- name: add_rule_events
-- Arrays: entity, time, decided at, rule, watches, area, phase, lat, lon, value, incident; then when they were
-- received. Those that are new.
INSERT INTO rule_event (entity_id, time, decided_at, received_at, rule, watches, area, phase, lat, lon, value, incident_id)
SELECT entity_id, time, decided_at, $12, rule, watches, area, phase, lat, lon, value, incident_id
FROM unnest($1::integer[], $2::timestamptz[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::double precision[], $9::double precision[], $10::double precision[], $11::uuid[])
    AS found (entity_id, time, decided_at, rule, watches, area, phase, lat, lon, value, incident_id)
ON CONFLICT (entity_id, rule, area, phase, time) DO NOTHING
RETURNING entity_id, time, rule, area, phase;

-- name: set_rule_states
-- Arrays: entity, rule, area, stand, began at, fell at, seen at; in order of the first three.
INSERT INTO rule_state AS known (entity_id, rule, area, stand, began_at, fell_at, seen_at)
SELECT * FROM unnest($1::integer[], $2::text[], $3::text[], $4::smallint[],
                     $5::timestamptz[], $6::timestamptz[], $7::timestamptz[])
ON CONFLICT (entity_id, rule, area) DO UPDATE SET
    stand = EXCLUDED.stand, began_at = EXCLUDED.began_at, fell_at = EXCLUDED.fell_at, seen_at = EXCLUDED.seen_at;

-- name: clear_rule_states
-- Arrays: entity, rule, area.
DELETE FROM rule_state AS known USING unnest($1::integer[], $2::text[], $3::text[]) AS off (entity_id, rule, area)
WHERE known.entity_id = off.entity_id AND known.rule = off.rule AND known.area = off.area;

-- name: recall_rule_states
-- `unplaced`: of the rules $2, which open cases; it has begun, and was not reported since no place was known.
SELECT entity_id, rule, area, stand, began_at, fell_at, seen_at,
       rule = ANY($2::text[]) AND stand > 1 AND NOT EXISTS (
           SELECT FROM rule_event AS found JOIN incident USING (incident_id)
           WHERE found.entity_id = known.entity_id AND found.rule = known.rule AND found.area = known.area
             AND found.phase = 'begun' AND found.time = known.began_at
       ) AS unplaced
FROM rule_state AS known WHERE entity_id = ANY($1::integer[]);

-- name: recall_last
-- The newest fix and reading of each entity.
SELECT entity_id, place.time AS fixed_at, place.lat, place.lon, reading.time AS told_at
FROM unnest($1::integer[]) AS entity_id
LEFT JOIN latest_position AS place USING (entity_id)
LEFT JOIN latest_telemetry AS reading USING (entity_id);

-- name: component_of_device
-- What a sensor says of itself: the component it sits on.
SELECT detail ->> 'component' FROM device_status WHERE entity_id = $1;

-- name: place_of_entity
-- Where entity $1 is, if any fix or the component $2 (may be null) says so: the latest position, the component, or the
-- newest fix without the flags $3, which may be too old for the map.
(SELECT lat, lon FROM latest_position WHERE entity_id = $1)
UNION ALL
(SELECT ST_Y(place), ST_X(place) FROM component WHERE code = $2)
UNION ALL
(SELECT lat, lon FROM position WHERE entity_id = $1 AND flags & $3::integer = 0 ORDER BY time DESC LIMIT 1)
LIMIT 1;

-- name: fallen_silent
-- Entities of some kinds and districts ($4; empty: all) not heard of since $3 which rule $1 does not know to be silent yet.
SELECT entity_id, kind, id, district, heard_at, place.lat, place.lon
FROM entity
LEFT JOIN latest_position AS place USING (entity_id)
LEFT JOIN latest_telemetry AS reading USING (entity_id)
CROSS JOIN LATERAL (SELECT GREATEST(place.received_at, reading.received_at) AS heard_at) AS heard
WHERE (cardinality($4::text[]) = 0 OR district = ANY($4::text[])) AND kind = ANY($2::text[]) AND heard_at < $3
  AND NOT EXISTS (SELECT FROM rule_state WHERE rule_state.entity_id = entity.entity_id AND rule = $1)
ORDER BY entity_id;

-- name: heard_again
-- Entities of some districts ($2; empty: all) that rule $1 knows to be silent, and that were heard since.
SELECT entity_id, kind, id, district, began_at, heard_at, place.lat, place.lon
FROM rule_state AS silent
JOIN entity USING (entity_id)
LEFT JOIN latest_position AS place USING (entity_id)
LEFT JOIN latest_telemetry AS reading USING (entity_id)
CROSS JOIN LATERAL (SELECT GREATEST(place.received_at, reading.received_at) AS heard_at) AS heard
WHERE rule = $1 AND heard_at > began_at AND (cardinality($2::text[]) = 0 OR district = ANY($2::text[]))
ORDER BY entity_id;

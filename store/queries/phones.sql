-- Staff phones that report where they are.

-- name: device
SELECT person.device FROM account JOIN person USING (person) WHERE login = $1 AND enabled;

-- name: reporter
-- The phone of an account's person, and the district at lon, lat: that of the nearest grid cell, else the account's.
SELECT person.device,
       COALESCE((SELECT district FROM grid_cell ORDER BY area <-> ST_SetSRID(ST_MakePoint($2, $3), 4326) LIMIT 1),
                districts[1]) AS district
FROM account JOIN person USING (person) WHERE login = $1 AND enabled;

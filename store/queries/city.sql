-- name: lock_city
-- One import at a time; until the end of the transaction.
SELECT pg_advisory_xact_lock(hashtext('streetwarden city'));

-- name: layer_is_imported
INSERT INTO city_layer (layer) VALUES ($1)
ON CONFLICT (layer) DO UPDATE SET imported_at = clock_timestamp();

-- name: clear_streets
DELETE FROM street;

-- name: add_streets
-- Arrays; the last is the geometry as GeoJSON, here and below. A third coordinate is left out.
INSERT INTO street (name, name_en, class, width_m, line)
SELECT name, name_en, class, width_m, ST_Force2D(ST_SetSRID(ST_GeomFromGeoJSON(line), 4326))
FROM unnest($1::text[], $2::text[], $3::text[], $4::real[], $5::text[]) AS new (name, name_en, class, width_m, line);

-- name: clear_areas
DELETE FROM area;

-- name: add_areas
INSERT INTO area (name, name_en, class, outline)
SELECT name, name_en, class, ST_Force2D(ST_SetSRID(ST_GeomFromGeoJSON(outline), 4326))
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS new (name, name_en, class, outline);

-- name: clear_grid
DELETE FROM grid_cell;

-- name: add_grid
INSERT INTO grid_cell (code, district, name, area)
SELECT code, district, name, ST_Force2D(ST_SetSRID(ST_GeomFromGeoJSON(area), 4326))
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS new (code, district, name, area);

-- name: clear_components
DELETE FROM component;

-- name: add_components
INSERT INTO component (code, code_set, class, name, name_en, owner, place)
SELECT code, code_set, class, name, name_en, owner, ST_Force2D(ST_SetSRID(ST_GeomFromGeoJSON(place), 4326))
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
    AS new (code, code_set, class, name, name_en, owner, place);

-- name: clear_cameras
DELETE FROM camera;

-- name: add_cameras
INSERT INTO camera (camera, district, name, name_en, heading_deg, place)
SELECT camera, district, name, name_en, heading_deg, ST_Force2D(ST_SetSRID(ST_GeomFromGeoJSON(place), 4326))
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::real[], $6::text[])
    AS new (camera, district, name, name_en, heading_deg, place);

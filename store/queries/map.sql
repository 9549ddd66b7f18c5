-- name: cameras
-- With what its box, or the camera itself, last said.
SELECT camera, camera.district, name, name_en, ST_Y(place) AS lat, ST_X(place) AS lon, heading_deg,
       camera_still.time AS still_at, said.state
FROM camera LEFT JOIN camera_still USING (camera) LEFT JOIN LATERAL (
    SELECT CASE WHEN online THEN detail ->> ('camera.' || camera) ELSE 'offline' END AS state
    FROM device_status JOIN entity USING (entity_id)
    WHERE kind = 'box' AND detail ? ('camera.' || camera) OR kind = 'camera' AND id = camera
    ORDER BY device_status.received_at DESC LIMIT 1
) AS said ON true
ORDER BY camera;

-- name: layer_imported_at
SELECT imported_at FROM city_layer WHERE layer = $1;

-- name: layer_streets
-- Layers as GeoJSON; about a decimetre is fine enough.
SELECT json_build_object('type', 'FeatureCollection', 'features', COALESCE(json_agg(json_build_object(
    'type', 'Feature', 'geometry', ST_AsGeoJSON(line, 6)::json,
    'properties', json_build_object('name', name, 'name_en', name_en, 'class', class, 'width_m', width_m)
) ORDER BY street_id), '[]'))::text FROM street;

-- name: layer_areas
SELECT json_build_object('type', 'FeatureCollection', 'features', COALESCE(json_agg(json_build_object(
    'type', 'Feature', 'geometry', ST_AsGeoJSON(outline, 6)::json,
    'properties', json_build_object('class', class, 'name', name, 'name_en', name_en)
) ORDER BY area_id), '[]'))::text FROM area;

-- name: layer_grid
SELECT json_build_object('type', 'FeatureCollection', 'features', COALESCE(json_agg(json_build_object(
    'type', 'Feature', 'geometry', ST_AsGeoJSON(area, 6)::json,
    'properties', json_build_object('code', code, 'district', district, 'name', name)
) ORDER BY code), '[]'))::text FROM grid_cell;

-- name: layer_components
SELECT json_build_object('type', 'FeatureCollection', 'features', COALESCE(json_agg(json_build_object(
    'type', 'Feature', 'geometry', ST_AsGeoJSON(place, 6)::json,
    'properties', json_build_object('code', code, 'code_set', code_set, 'class', class, 'name', name, 'name_en', name_en)
) ORDER BY code), '[]'))::text FROM component;

-- name: layer_cameras
SELECT json_build_object('type', 'FeatureCollection', 'features', COALESCE(json_agg(json_build_object(
    'type', 'Feature', 'geometry', ST_AsGeoJSON(place, 6)::json,
    'properties', json_build_object('camera', camera, 'district', district, 'name', name, 'name_en', name_en,
                                    'heading_deg', heading_deg)
) ORDER BY camera), '[]'))::text FROM camera;

-- name: media_type_of
SELECT media_type FROM evidence WHERE digest = $1 LIMIT 1;

-- name: still
SELECT jpeg, time FROM camera_still WHERE camera = $1;

-- name: still_times
-- Of the cameras named, or of all.
SELECT camera, time FROM camera_still WHERE $1::text[] IS NULL OR camera = ANY ($1);

-- name: newest_still
SELECT time FROM camera_still WHERE camera = $1;

-- name: other_open_case
-- Whether a case but $1 is open for a problem of class $2 at component $3, or in zone $5 of camera $4.
SELECT EXISTS (
    SELECT FROM case_file
    WHERE closed_at IS NULL AND number <> $1 AND problem_class IS NOT DISTINCT FROM $2
      AND (component = $3 OR (camera = $4 AND zone IS NOT DISTINCT FROM $5))
);

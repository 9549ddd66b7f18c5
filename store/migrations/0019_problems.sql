-- Which reports are the same problem is decided in one place (cases/problems.py), under locks; the database finds the
-- open cases that it could be.
DROP INDEX case_open_component;
DROP INDEX case_open_zone;
CREATE INDEX case_open_component ON case_file (component, problem_class) WHERE closed_at IS NULL AND component IS NOT NULL;
CREATE INDEX case_open_camera ON case_file (camera, problem_class) WHERE closed_at IS NULL AND camera IS NOT NULL;
CREATE INDEX case_open_place ON case_file USING gist ((place::geography)) WHERE closed_at IS NULL;

-- name: departments
SELECT code, parent, name, name_en, closed_at FROM department ORDER BY code;

-- name: departments_with_former_names
SELECT code, parent, name, name_en, closed_at,
       ARRAY(SELECT former.name FROM department_former_name AS former WHERE former.code = department.code) AS former
FROM department ORDER BY code;

-- name: set_department
INSERT INTO department (code, parent, name, name_en, closed_at)
VALUES ($1, $2, $3, $4, CASE WHEN $5::boolean THEN now() END)
ON CONFLICT (code) DO UPDATE SET
    parent = EXCLUDED.parent, name = EXCLUDED.name, name_en = EXCLUDED.name_en,
    closed_at = CASE WHEN $5 THEN COALESCE(department.closed_at, now()) END;

-- name: is_below
-- Whether department $1 is $2, or below it.
WITH RECURSIVE below AS (
    SELECT code FROM department WHERE code = $2
    UNION SELECT department.code FROM department JOIN below ON department.parent = below.code
)
SELECT EXISTS (SELECT FROM below WHERE code = $1);

-- name: known_departments
SELECT code, name, name_en FROM department;

-- name: lock_departments
SELECT pg_advisory_xact_lock(1398210563);

-- name: posts
SELECT code, department, name, name_en, roles FROM post ORDER BY code;

-- name: set_post
INSERT INTO post (code, department, name, name_en, roles) VALUES ($1, $2, $3, $4, $5::text[])
ON CONFLICT (code) DO UPDATE SET
    department = EXCLUDED.department, name = EXCLUDED.name, name_en = EXCLUDED.name_en, roles = EXCLUDED.roles;

-- name: persons
SELECT person, name, department, post, telephone, device, left_at,
       ARRAY(SELECT login FROM operator WHERE operator.person = person.person ORDER BY login) AS accounts
FROM person ORDER BY person;

-- name: set_person
INSERT INTO person (person, name, department, post, telephone, device, left_at)
VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $7::boolean THEN now() END)
ON CONFLICT (person) DO UPDATE SET
    name = EXCLUDED.name, department = EXCLUDED.department, post = EXCLUDED.post, telephone = EXCLUDED.telephone,
    device = EXCLUDED.device, left_at = CASE WHEN $7 THEN COALESCE(person.left_at, now()) END;

-- name: put_in_department
UPDATE person SET department = $2 FROM operator WHERE operator.login = $1 AND operator.person = person.person RETURNING true;

-- name: duty
-- Of the persons on duty at some moment of a period.
SELECT duty_id, person, person.name, person.department, person.device, starts_at, ends_at, grid_cells, note
FROM duty JOIN person USING (person)
WHERE ends_at > $1 AND starts_at < $2 ORDER BY starts_at, duty_id;

-- name: add_duty
INSERT INTO duty (person, starts_at, ends_at, grid_cells, note) VALUES ($1, $2, $3, $4::text[], $5) RETURNING duty_id;

-- name: change_duty
UPDATE duty SET person = $2, starts_at = $3, ends_at = $4, grid_cells = $5::text[], note = $6 WHERE duty_id = $1 RETURNING true;

-- name: remove_duty
DELETE FROM duty WHERE duty_id = $1 RETURNING true;

-- name: on_duty
-- Enabled accounts of those on duty at $1, with a role of $2, those responsible for the cell $3 first.
SELECT login, account.display_name, account.person, account.department, person.device, grid_cells
FROM duty JOIN account USING (person) JOIN person USING (person)
WHERE starts_at <= $1 AND ends_at > $1 AND enabled AND all_roles && $2::text[]
ORDER BY COALESCE($3 = ANY (grid_cells), false) DESC, login;

-- name: rights
-- One row an entry; one row without an entry if the shipped table holds.
SELECT version, changed_at, changed_by, role, action, stage, holder, whose, district
FROM rights_version LEFT JOIN rights_entry ON true;

-- name: lock_rights
SELECT version FROM rights_version FOR UPDATE;

-- name: forget_rights
DELETE FROM rights_entry;

-- name: next_rights
UPDATE rights_version SET version = version + 1, changed_at = now(), changed_by = $1 RETURNING version;

-- name: note_audit
INSERT INTO audit_log (login, action, subject, detail, client) VALUES ($1, $2, $3, $4, $5);

-- name: audit
-- A page, newest first: login, action and subject (each null for all), a period; the last that was seen; how many.
SELECT audit_id, at, login, action, subject, detail, client FROM audit_log
WHERE ($1::text IS NULL OR login = $1) AND ($2::text IS NULL OR action = $2) AND ($3::text IS NULL OR subject = $3)
  AND at >= $4 AND at < $5 AND audit_id < $6
ORDER BY audit_id DESC LIMIT $7;

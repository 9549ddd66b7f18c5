-- People: departments, posts, persons, what their accounts may do, who is on duty, and what was looked at.

-- A tree. Codes are the city's and stay; a department that is closed keeps its row, since cases name it.
CREATE TABLE department (
    code      text PRIMARY KEY CHECK (code ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$'),
    parent    text REFERENCES department,
    name      text NOT NULL,
    name_en   text NOT NULL,
    closed_at timestamptz,
    CHECK (parent <> code)
);
CREATE INDEX department_name ON department (name);
-- The root. The center adds the departments of the case policy below it when it starts.
INSERT INTO department (code, name, name_en) VALUES ('CITY', '全市', 'Whole city');

-- A post (岗位) brings roles to whoever holds it.
CREATE TABLE post (
    code       text PRIMARY KEY CHECK (code ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$'),
    department text REFERENCES department,
    name       text NOT NULL,
    name_en    text NOT NULL,
    roles      text[] NOT NULL DEFAULT '{}' CHECK (roles <@ ARRAY['patrol', 'acceptor', 'shift_lead', 'dispatcher',
        'department_desk', 'handler', 'inspector', 'leader', 'administrator'])
);

-- Persons keep their row when they leave: cases and tracks name them.
CREATE TABLE person (
    person     text PRIMARY KEY,            -- the city's key for somebody, such as a staff number
    name       text NOT NULL,
    department text REFERENCES department,
    post       text REFERENCES post,
    telephone  text,
    device     text,                        -- the id of the phone that says where they are: entity `person/{device}`
    left_at    timestamptz
);
CREATE INDEX person_department ON person (department);
CREATE UNIQUE INDEX person_device ON person (device) WHERE device IS NOT NULL AND left_at IS NULL;

-- An account signs on. Its department is its person's; its roles are its own and those of the person's post.
ALTER TABLE operator
    ADD COLUMN person text REFERENCES person,
    ADD COLUMN roles text[] NOT NULL DEFAULT '{}' CHECK (roles <@ ARRAY['patrol', 'acceptor', 'shift_lead',
        'dispatcher', 'department_desk', 'handler', 'inspector', 'leader', 'administrator']),
    ADD COLUMN districts text[] NOT NULL DEFAULT '{}',  -- 6 digits each; none for all
    ADD COLUMN disabled_at timestamptz;
-- Accounts of the release before could do everything, and still can: they have all roles, and belong to all departments.
INSERT INTO person (person, name, department) SELECT login, display_name, 'CITY' FROM operator;
UPDATE operator SET person = login, roles = ARRAY['patrol', 'acceptor', 'shift_lead', 'dispatcher', 'department_desk',
    'handler', 'inspector', 'leader', 'administrator'];

-- An account as everybody but sign-on sees it.
CREATE VIEW account AS
SELECT login, display_name, operator.person, operator.roles, districts, disabled_at, created_at,
       person.department, person.post, department.name AS department_name, department.name_en AS department_name_en,
       ARRAY(SELECT DISTINCT role FROM unnest(operator.roles || COALESCE(post.roles, '{}')) AS held (role) ORDER BY role)
           AS all_roles,
       disabled_at IS NULL AND (person.left_at IS NULL OR person.left_at > now()) AS enabled
FROM operator LEFT JOIN person USING (person) LEFT JOIN post ON post.code = person.post
     LEFT JOIN department ON department.code = person.department;

-- Who is on duty, and for which cells of the unit grid; none for no cell in particular.
CREATE TABLE duty (
    duty_id    integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person     text NOT NULL REFERENCES person,
    starts_at  timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL CHECK (ends_at > starts_at),
    grid_cells text[] NOT NULL DEFAULT '{}',
    note       text
);
CREATE INDEX duty_period ON duty (ends_at, starts_at);

-- The city's own table of rights; without rows the shipped one holds (cases/data/rights.csv).
CREATE TABLE rights_entry (
    role     text NOT NULL,
    action   text NOT NULL,
    stage    text NOT NULL,
    holder   text NOT NULL,
    whose    text NOT NULL,
    district text NOT NULL,
    PRIMARY KEY (role, action, stage, holder, whose, district)
);
-- One row: which table of rights holds, so that every program notices a change with its next request.
CREATE TABLE rights_version (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    version    integer NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    changed_by text
);
INSERT INTO rights_version (version) VALUES (1);

-- Who looked at what is somebody's own business, and who changed accounts and rights. Append-only.
CREATE TABLE audit_log (
    audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    login    text NOT NULL,                 -- who; `system/…` for a command
    action   text NOT NULL,                 -- the right that was used, such as staff_track.read
    subject  text NOT NULL,                 -- what it was used on: person/p1, a digest, an account
    detail   jsonb NOT NULL DEFAULT '{}',
    client   text                           -- the address that it came from
);
CREATE INDEX audit_log_login ON audit_log (login, audit_id DESC);

CREATE TRIGGER audit_log_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

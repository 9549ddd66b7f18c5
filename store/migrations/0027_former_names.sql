-- A case from before departments had codes keeps the name of its department; its desk finds it after the department is renamed.
CREATE TABLE department_former_name (
    code text NOT NULL REFERENCES department,
    name text NOT NULL,
    PRIMARY KEY (code, name)
);

CREATE FUNCTION keep_former_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO department_former_name (code, name) VALUES (OLD.code, OLD.name) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

CREATE TRIGGER department_renamed AFTER UPDATE OF name ON department
    FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION keep_former_name();

-- All that cases may call a department: its code; its name while no other department has that name; a name that it had, if no
-- department has it now and no other one had it.
CREATE VIEW department_word AS
SELECT code, code AS word FROM department
UNION
SELECT min(code), name FROM department GROUP BY name HAVING count(*) = 1
UNION
SELECT min(code), name FROM department_former_name AS former
WHERE NOT EXISTS (SELECT FROM department WHERE department.name = former.name)
GROUP BY name HAVING count(*) = 1;

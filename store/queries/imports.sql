-- name: put_components
-- Empty names and owners of the file leave what is there.
WITH given AS (
    SELECT code, code_set, class, name, name_en, owner, ST_SetSRID(ST_MakePoint(lon, lat), 4326) AS place
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::float8[], $8::float8[])
        AS new (code, code_set, class, name, name_en, owner, lon, lat)
), put AS (
    INSERT INTO component AS old (code, code_set, class, name, name_en, owner, place)
    SELECT code, code_set, class, name, name_en, owner, place FROM given
    ON CONFLICT (code) DO UPDATE SET
        code_set = EXCLUDED.code_set, class = EXCLUDED.class, name = COALESCE(EXCLUDED.name, old.name),
        name_en = COALESCE(EXCLUDED.name_en, old.name_en), owner = COALESCE(EXCLUDED.owner, old.owner),
        place = EXCLUDED.place
    WHERE (old.code_set, old.class, old.name, old.name_en, old.owner, old.place) IS DISTINCT FROM
          (EXCLUDED.code_set, EXCLUDED.class, COALESCE(EXCLUDED.name, old.name),
           COALESCE(EXCLUDED.name_en, old.name_en), COALESCE(EXCLUDED.owner, old.owner), EXCLUDED.place)
    RETURNING xmax = 0 AS is_new
)
SELECT count(*) FILTER (WHERE is_new) AS added, count(*) FILTER (WHERE NOT is_new) AS changed FROM put;

-- name: known_components
SELECT code FROM component WHERE code = ANY ($1::text[]);

-- name: put_owners
WITH put AS (
    UPDATE component SET owner = given.owner
    FROM unnest($1::text[], $2::text[]) AS given (code, owner)
    WHERE component.code = given.code AND component.owner IS DISTINCT FROM given.owner
    RETURNING 1
)
SELECT count(*) FROM put;

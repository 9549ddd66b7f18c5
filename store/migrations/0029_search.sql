-- What the search needs (store/search.py, docs/search.md): pairs of characters of a case's words and its street, and of
-- components. All are indexes on expressions: a table that is made anew brings them along.

DROP INDEX case_words;
DROP FUNCTION case_pairs(text);

-- The pairs of neighbouring characters of a text, without spaces, in lower case: an index on them finds parts of words
-- in any language, in Chinese too, which has no spaces and whose words have two characters.
CREATE FUNCTION character_pairs(said text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT COALESCE(array_agg(DISTINCT first || second), '{}')
    FROM (
        SELECT letter AS first, lead(letter) OVER (ORDER BY place) AS second
        FROM string_to_table(lower(left(said, 4000)), NULL) WITH ORDINALITY AS letters (letter, place)
    ) AS pairs WHERE first <> ' ' AND second <> ' '
);

-- The words of a case that a search looks through: a person's, and its street.
CREATE FUNCTION case_words(title text, description text, street text, street_en text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lower(COALESCE(title, '') || ' ' || COALESCE(description, '') || ' ' || COALESCE(street, '') || ' '
             || COALESCE(street_en, ''));

CREATE INDEX case_words_pairs ON case_file
    USING gin (character_pairs(case_words(title, description, street_name, street_name_en)));

-- Likewise of a component: its names and its owner.
CREATE FUNCTION component_words(name text, name_en text, owner text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lower(COALESCE(name, '') || ' ' || COALESCE(name_en, '') || ' ' || COALESCE(owner, ''));

CREATE INDEX component_words_pairs ON component USING gin (character_pairs(component_words(name, name_en, owner)));
CREATE INDEX component_code_begins ON component (code text_pattern_ops);
CREATE INDEX component_code_ends ON component (reverse(code) text_pattern_ops);
CREATE INDEX component_of_class ON component (class, code);
CREATE INDEX case_of_component ON case_file (component, reported_at DESC) WHERE component IS NOT NULL;

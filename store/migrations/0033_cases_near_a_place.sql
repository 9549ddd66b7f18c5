-- Cases near a place, the ended ones too, are found in metres; nothing asks for the box of degrees that the index had before.
DROP INDEX case_place;
CREATE INDEX case_place ON case_file USING gist ((place::geography));

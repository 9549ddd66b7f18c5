-- Who reports how much: floods of reports are gathered in one case of their source.

ALTER TABLE case_file ADD COLUMN flood_of text; -- '{kind}/{id}' whose further reports this case gathers; else null
CREATE UNIQUE INDEX case_open_flood ON case_file (flood_of) WHERE closed_at IS NULL AND flood_of IS NOT NULL;
CREATE INDEX case_event_opened ON case_event (actor, at) WHERE sequence = 1;
CREATE INDEX incident_source_observed ON incident (source, observed_at);

-- From where a person's picture shows the problem: near, from afar, or with something that says where it is.
ALTER TABLE evidence ADD COLUMN shows text CHECK (shows IN ('near', 'far', 'reference'));

CREATE OR REPLACE VIEW case_evidence AS
SELECT case_incident.case_id, digest, incident_id, revision, role, media_type, size_bytes, taken_at, received_at, actor,
       shows
FROM evidence JOIN case_incident USING (incident_id)
UNION ALL
SELECT case_id, digest, NULL, NULL, role, media_type, size_bytes, taken_at, received_at, actor, shows
FROM evidence WHERE case_id IS NOT NULL;

-- Cameras that analyse by themselves say that a condition holds and that it no longer does, and name no incident.
-- One row a condition that holds: the incident that it began. Written with that incident, removed with its end.
CREATE TABLE open_condition (
    condition   uuid PRIMARY KEY,           -- made of camera, topic and source (ingest/adapters/camera_events.py)
    source      text NOT NULL,              -- {kind}/{id} of the camera
    incident_id uuid NOT NULL,
    began_at    timestamptz NOT NULL,
    lost_at     timestamptz NOT NULL        -- without an end until then, its end was lost
) WITH (fillfactor = 50);
CREATE INDEX open_condition_source ON open_condition (source, lost_at);

-- Faults of cameras that are under way: since when, and the incident by which their case knows of them.
CREATE TABLE camera_fault (
    camera      text PRIMARY KEY,
    state       text NOT NULL,
    since       timestamptz NOT NULL,       -- when it was first seen
    well_since  timestamptz,                -- since when it has not been seen; null while it is
    incident_id uuid,                       -- null while no case knows of it
    revision    integer NOT NULL DEFAULT 0
);
CREATE INDEX incident_camera_received ON incident (camera, received_at) WHERE camera IS NOT NULL;

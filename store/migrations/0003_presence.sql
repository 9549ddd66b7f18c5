-- Who was in which cell of the map in which two minutes (store/presence.py), so that "who was here" is a look at
-- an index and not at every fix of a day.

CREATE TABLE presence (
    cell      bigint NOT NULL,
    bucket    timestamptz NOT NULL,         -- the beginning of the two minutes
    entity_id integer NOT NULL
);
CREATE UNIQUE INDEX presence_key ON presence (cell, bucket, entity_id);
SELECT create_hypertable('presence', 'bucket', chunk_time_interval => INTERVAL '7 days', create_default_indexes => false);

INSERT INTO presence (cell, bucket, entity_id)
SELECT DISTINCT floor((lat + 90) * 200)::bigint * 72001 + floor((lon + 180) * 200)::bigint,
       time_bucket(INTERVAL '2 minutes', time), entity_id
FROM position
WHERE flags & 63 = 0;                       -- store/quality.py: HIDDEN

-- TimescaleDB's full edition: it rolls hours up itself, and turns chunks into columns after a week. May be run again.

CREATE MATERIALIZED VIEW IF NOT EXISTS position_by_hour
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT entity_id, time_bucket(INTERVAL '1 hour', time) AS hour,
       count(*)::integer AS fixes, (count(*) FILTER (WHERE flags & 63 <> 0))::integer AS doubtful,
       min(time) FILTER (WHERE flags & 63 = 0) AS first_at, max(time) FILTER (WHERE flags & 63 = 0) AS last_at,
       (avg(speed_mps) FILTER (WHERE flags & 63 = 0))::real AS mean_mps,
       max(speed_mps) FILTER (WHERE flags & 63 = 0) AS top_mps,
       min(lat) FILTER (WHERE flags & 63 = 0) AS south, min(lon) FILTER (WHERE flags & 63 = 0) AS west,
       max(lat) FILTER (WHERE flags & 63 = 0) AS north, max(lon) FILTER (WHERE flags & 63 = 0) AS east
FROM position
GROUP BY entity_id, time_bucket(INTERVAL '1 hour', time)
WITH NO DATA;

SELECT add_continuous_aggregate_policy('position_by_hour', start_offset => INTERVAL '32 days',
    end_offset => INTERVAL '1 hour', schedule_interval => INTERVAL '1 hour', if_not_exists => true);

CREATE OR REPLACE VIEW hourly_positions AS
SELECT entity_id, hour, fixes, doubtful, first_at, last_at, mean_mps, top_mps, south, west, north, east
FROM position_by_hour;

ALTER TABLE position SET (timescaledb.enable_columnstore = true, timescaledb.segmentby = 'entity_id',
                          timescaledb.orderby = 'time DESC');
CALL add_columnstore_policy('position', after => INTERVAL '7 days', if_not_exists => true);
ALTER TABLE telemetry SET (timescaledb.enable_columnstore = true, timescaledb.segmentby = 'entity_id',
                           timescaledb.orderby = 'time DESC');
CALL add_columnstore_policy('telemetry', after => INTERVAL '14 days', if_not_exists => true);

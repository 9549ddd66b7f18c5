-- TimescaleDB's apache edition: hours are rolled up by store/maintenance.py; those after them are worked out here.

CREATE OR REPLACE VIEW hourly_positions AS
SELECT entity_id, hour, fixes, doubtful, first_at, last_at, mean_mps, top_mps, south, west, north, east
FROM position_hour
UNION ALL
SELECT entity_id, time_bucket(INTERVAL '1 hour', time),
       count(*)::integer, (count(*) FILTER (WHERE flags & 63 <> 0))::integer,
       min(time) FILTER (WHERE flags & 63 = 0), max(time) FILTER (WHERE flags & 63 = 0),
       (avg(speed_mps) FILTER (WHERE flags & 63 = 0))::real, max(speed_mps) FILTER (WHERE flags & 63 = 0),
       min(lat) FILTER (WHERE flags & 63 = 0), min(lon) FILTER (WHERE flags & 63 = 0),
       max(lat) FILTER (WHERE flags & 63 = 0), max(lon) FILTER (WHERE flags & 63 = 0)
FROM position
WHERE time >= (SELECT COALESCE(rolled_until, '-infinity') FROM maintenance)
GROUP BY 1, 2;

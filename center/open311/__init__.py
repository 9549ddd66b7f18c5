"""GeoReport v2 (Open311): other systems send and read reports of citizens."""

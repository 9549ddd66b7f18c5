"""Places on the earth, pure: distances, the 180th meridian, GeoJSON files, tracks and journeys."""

"""The past: positions, trips, speed, visits, rule events."""

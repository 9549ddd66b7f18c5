"""The past: positions, trips, speed, visits, what rules found."""

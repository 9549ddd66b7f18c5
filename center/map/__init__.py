"""The city's own map and its cameras."""

"""The web server: connections, limits, parameters, answers."""

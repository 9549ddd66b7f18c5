"""How the center is asked: server, connections, limits, parameters, answers."""

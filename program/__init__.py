"""The parts that all our long-running programs share: settings, log, lifetime, TLS, `/metrics`.

Nothing here depends on the purpose of a program.
"""

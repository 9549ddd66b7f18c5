"""The common parts of every long-running program: settings, log, lifetime, `/metrics`.

Nothing here depends on what the program does.
"""

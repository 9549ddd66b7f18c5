"""What every long-running program of ours needs to be one: settings, a log, a lifetime, `/metrics`.

Nothing here knows what the program is for.
"""

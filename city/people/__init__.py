"""The people of the simulated city: who takes reports, dispatches, handles, checks and closes.

Each has habits: some are late, wrong or careless at times. They decide by the actions that a case offers, so
they can work with any workflow. Decisions are pure; `desk` calls the command centre's API.
"""

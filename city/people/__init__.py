"""The people of the simulated city: who takes reports, dispatches, handles, checks and closes.

Each has habits; now and then they are late, wrong or lazy. They decide by what a case offers them, so that
they can work by any workflow. Decisions are pure; `desk` asks the command centre and acts.
"""

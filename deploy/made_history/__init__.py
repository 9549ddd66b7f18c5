"""A made history of cases for the simulated city: what its cameras, sensors and people did before today.

It is written through the domain, by the functions that take in reports and act on cases with a clock that
is passed in; nothing is inserted beside it.
"""

from deploy.made_history.make import make_history

__all__ = ["make_history"]

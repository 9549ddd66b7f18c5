"""A simulated past of cases for the simulated city: reports and actions before today.

The normal functions for reports and actions write it, with a simulated clock; no rows are inserted directly.
"""

from deploy.made_history.make import make_history

__all__ = ["make_history"]

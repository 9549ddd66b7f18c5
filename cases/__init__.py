"""The case domain, pure: codes, policy, clocks, numbers, stages, and a case as what its events add up to.

It knows no database and no clock; times are handed in.
"""

from cases.codes import Category
from cases.stages import Action, Stage

__all__ = ["Action", "Category", "Stage"]

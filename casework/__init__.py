"""Working on cases in the caller's transaction: taking in reports, acting, looking after the record.

It stands between the database (`store`) and the programs. Decisions come from `cases`, which is pure; here
they are made of what the database holds and written as events. Whatever writes needs a transaction that is
READ COMMITTED (the default): after waiting for another's lock, its work is seen.
"""

from casework.actions import Acted, act
from casework.by_hand import open_by_hand
from casework.changes import CaseChange, Change
from casework.errors import NoSuchCaseError, ReusedKeyError, StaleCaseError
from casework.incidents import apply_incident
from casework.intake import LONGEST_HISTORY, NOT_COUNTED, take_in
from casework.report import Report

__all__ = [
    "LONGEST_HISTORY",
    "NOT_COUNTED",
    "Acted",
    "CaseChange",
    "Change",
    "NoSuchCaseError",
    "Report",
    "ReusedKeyError",
    "StaleCaseError",
    "act",
    "apply_incident",
    "open_by_hand",
    "take_in",
]

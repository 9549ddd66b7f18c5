"""Working on cases in the caller's transaction: taking in reports, acting, looking after the record.

It stands between the database (`store`) and the programs. Decisions come from `cases`, which is pure; here
they are made of what the database holds and written as events. Whatever writes needs a transaction that is
READ COMMITTED (the default): after waiting for another's lock, its work is seen.
"""

from casework.actions import Acted, act
from casework.by_hand import open_by_hand
from casework.by_person import About, Caller, NoDistrictError, PersonsReport, district_of, report_by_person
from casework.changes import CaseChange, Change
from casework.errors import NoSuchCaseError, ReusedKeyError, StaleCaseError
from casework.incidents import apply_incident
from casework.intake import LONGEST_HISTORY, NOT_COUNTED, take_in
from casework.report import Report

__all__ = [
    "LONGEST_HISTORY",
    "NOT_COUNTED",
    "About",
    "Acted",
    "Caller",
    "CaseChange",
    "Change",
    "NoDistrictError",
    "NoSuchCaseError",
    "PersonsReport",
    "Report",
    "ReusedKeyError",
    "StaleCaseError",
    "act",
    "apply_incident",
    "district_of",
    "open_by_hand",
    "report_by_person",
    "take_in",
]

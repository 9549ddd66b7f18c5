"""Work on cases in the caller's transaction: taking in reports, performing actions, verifying the record.

It is the layer between the database (`store`) and the programs. `cases`, which is pure, decides; this package
reads what the decision needs and writes its events. Writers need a READ COMMITTED transaction (the default),
so that after waiting for a lock they see the other transaction's work.
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

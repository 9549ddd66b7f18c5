"""The case domain, pure: codes, policy, clocks, numbers, workflow, and the state of a case from its events.

It uses no database and no clock; times are arguments. `CasePolicy.load` reads the files of a city's policy,
once, at the start.
"""

from cases.codes import Category, CodeTable, ComponentCode, GridCode, TypeName
from cases.errors import ActionRefusedError, CaseError, CodeError, PolicyError, RightsError
from cases.events import Action, CaseEvent, advance, fold, incidents, timeline
from cases.flood import FLOOD_TYPE, FloodLimits
from cases.policy import CasePolicy, IncidentRule
from cases.problems import (
    Candidate,
    Match,
    ProblemClass,
    ProblemClasses,
    Same,
    Sight,
    lock_keys,
    same_problem,
)
from cases.rights import PERSONS_ROLES, Actor, Rights, Role
from cases.scopes import EVERYTHING, Portion, Scope
from cases.state import CaseState
from cases.witness import sees_case, sighting

__all__ = [
    "EVERYTHING",
    "FLOOD_TYPE",
    "PERSONS_ROLES",
    "Action",
    "ActionRefusedError",
    "Actor",
    "Candidate",
    "CaseError",
    "CaseEvent",
    "CasePolicy",
    "CaseState",
    "Category",
    "CodeError",
    "CodeTable",
    "ComponentCode",
    "FloodLimits",
    "GridCode",
    "IncidentRule",
    "Match",
    "PolicyError",
    "Portion",
    "ProblemClass",
    "ProblemClasses",
    "Rights",
    "RightsError",
    "Role",
    "Same",
    "Scope",
    "Sight",
    "TypeName",
    "advance",
    "fold",
    "incidents",
    "lock_keys",
    "same_problem",
    "sees_case",
    "sighting",
    "timeline",
]

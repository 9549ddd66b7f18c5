"""The case domain, pure: codes, policy, clocks, numbers, stages, and a case as what its events add up to.

It knows no database and no clock; times are handed in. `CasePolicy.load` reads two files, once, at the start.
"""

from cases.codes import Category, CodeTable, ComponentCode, GridCode, TypeName
from cases.errors import ActionRefusedError, CaseError, CodeError, PolicyError, RightsError
from cases.events import CaseEvent, advance, fold, incidents, timeline
from cases.flood import FLOOD_TYPE, FloodLimits
from cases.policy import CasePolicy, IncidentRule
from cases.rights import PERSONS_ROLES, Actor, Rights, Role
from cases.scopes import EVERYTHING, Portion, Scope
from cases.stages import STEPS, Action, Stage, possible, step
from cases.state import CaseState
from cases.witness import sees_case, sighting

__all__ = [
    "EVERYTHING",
    "FLOOD_TYPE",
    "PERSONS_ROLES",
    "STEPS",
    "Action",
    "ActionRefusedError",
    "Actor",
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
    "PolicyError",
    "Portion",
    "Rights",
    "RightsError",
    "Role",
    "Scope",
    "Stage",
    "TypeName",
    "advance",
    "fold",
    "incidents",
    "possible",
    "sees_case",
    "sighting",
    "step",
    "timeline",
]

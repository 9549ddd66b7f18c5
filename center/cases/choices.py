"""What people choose from on a case: the department that rules propose, the conditions of its code."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from cases import CaseEvent, CasePolicy, CaseState
from center.cases.models import Condition, Limit, Proposal


def proposal(states: Sequence[tuple[CaseEvent, CaseState]], policy: CasePolicy) -> Proposal | None:
    """The department to dispatch to by rule: as it was when the case was opened, else by the rules of now.

    Args:
        states: the events of the case with its state after each.
        policy: the city's decisions.

    Returns:
        None if no rule says so, or if the department has returned the case.
    """
    case = states[-1][1]
    found: Proposal | None = None
    if case.proposed_department is None:
        ruled = policy.proposal_for(case)
        if ruled is not None:
            found = Proposal(department=ruled.department, reason=ruled.reason, reason_en=ruled.reason_en)
    elif case.proposed_department in policy.departments:
        reason = case.proposal_reason or ""
        found = Proposal(
            department=case.proposed_department,
            reason=reason,
            reason_en=case.proposal_reason_en or reason,
        )
    returned = {before.department for (_, before), (event, _) in pairwise(states) if event.action == "return"}
    return None if found is None or found.department in returned else found


def conditions(case: CaseState, policy: CasePolicy) -> list[Condition]:
    """The conditions that a case can have."""
    return [
        Condition(
            condition=each.condition,
            name=each.name,
            name_en=each.name_en,
            limit=Limit(amount=each.limit, clock=each.clock),
            closing=each.closing,
            closing_en=each.closing_en,
            supervising=each.supervising,
            responsible=each.responsible,
            legal_basis=each.legal_basis,
            report_needs=each.report_needs,
            report_needs_en=each.report_needs_en,
        )
        for each in policy.conditions_for(case)
    ]

"""What people can choose for a case: the proposed department, and the conditions of its code."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from cases import CaseEvent, CasePolicy, CaseState, Category
from cases import conditions as conditions_table
from cases.codes import CLASS_DIGITS
from center.cases.models import Code, Condition, Limit, Proposal
from store.departments import Departments


def proposal(
    states: Sequence[tuple[CaseEvent, CaseState]],
    policy: CasePolicy,
    departments: Departments,
    *,
    owner: str | None,
) -> Proposal | None:
    """The proposed department: as when the case was opened, else by the present rules.

    Args:
        states: the events of the case with its state after each.
        policy: the city's decisions.
        departments: the present ones.
        owner: of the case's component, if it is known.

    Returns:
        None if no rule fits, if the department has returned the case, or if it is closed.
    """
    case = states[-1][1]
    named, reason = case.proposed_department, case.proposal_reason or ""
    reason_en = case.proposal_reason_en or reason
    if named is None:
        ruled = policy.proposal_for(case, owner=owner, find=departments.finder(policy.departments.values()))
        if ruled is None:
            return None
        named, reason, reason_en = ruled.department, ruled.reason, ruled.reason_en
    returned = {
        departments.find(before.department)
        for (_, before), (event, _) in pairwise(states)
        if event.action == "return"
    }
    found = departments.find(named)
    if found is None or found.closed or found in returned:
        return None
    return Proposal(department=found.name, department_code=found.code, reason=reason, reason_en=reason_en)


def codes(
    policy: CasePolicy, now: datetime, *, code_set: str | None = None, category: Category | None = None
) -> list[Code]:
    """The codes that a case may be given now, without classes, with their conditions."""
    today = now.astimezone(policy.calendar.zone).date()
    found: list[Code] = []
    for row in policy.codes.rows:
        first, last = row.days
        if len(row.code) == CLASS_DIGITS or not first <= today <= last:
            continue
        if code_set not in {None, row.code_set} or category not in {None, row.category}:
            continue
        of_class = policy.codes.name(row.code_set, row.category, row.code[:CLASS_DIGITS])
        found.append(
            Code(
                code_set=row.code_set,
                category=row.category,
                code=row.code,
                name=row.name,
                name_en=row.name_en,
                class_name=of_class.name,
                class_name_en=of_class.name_en,
                conditions=_conditions(policy.conditions_of(row.code_set, row.category, row.code, now)),
            )
        )
    return found


def conditions(case: CaseState, policy: CasePolicy) -> list[Condition]:
    """The conditions that a case can have."""
    return _conditions(policy.conditions_for(case))


def _conditions(known: Sequence[conditions_table.Condition]) -> list[Condition]:
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
        for each in known
    ]

"""A case as a member of the staff sees it: what the center's API would show and offer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cases import Actor, CasePolicy, CaseState, Rights
from cases.workflow import Workflow, possible
from city.people.case import Offer, OfferedCase, hours_until
from city.people.staff import Member


def actor_of(member: Member) -> Actor:
    """The actor of a member's account."""
    names = {name for name in (member.department, member.department_name) if name is not None}
    return Actor(
        name=member.login,
        roles=frozenset({member.role}),
        department=member.department,
        departments=frozenset(names),
    )


def as_offered(
    case: CaseState,
    member: Member,
    *,
    told: Sequence[str],
    workflow: Workflow,
    policy: CasePolicy,
    rights: Rights,
    now: datetime,
) -> OfferedCase:
    """What a member sees of a case at a given time.

    Args:
        case: its state.
        member: of the staff.
        told: the actions of its history.
        workflow: of the case.
        policy: the case policy.
        rights: the table of rights.
        now: the time.
    """
    offers = possible(workflow, case, actor=actor_of(member), rights=rights, now=now)
    return OfferedCase(
        number=case.number,
        sequence=case.sequence,
        holder=case.holder,
        source=case.source,
        department=case.department,
        proposed=case.proposed_department,
        departments=tuple(policy.department_code(name) for name in policy.departments),
        condition=case.condition,
        still_seen=case.still_seen and case.source in {"camera", "sensor"},
        restored=case.restored_at is not None,
        hours_left=hours_until(case.deadline_at, now),
        reworks=case.rework_count,
        returns=case.return_count,
        told=frozenset(told),
        verified=case.verified,
        checked=case.checked,
        offers={
            each.action: Offer(
                needs=frozenset(map(str, each.needs)),
                reasons=tuple(each.reasons),
                answers=tuple(each.answers),
                primary=each.primary,
            )
            for each in offers
            if each.refusal is None
        },
    )

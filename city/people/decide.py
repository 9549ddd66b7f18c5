"""Decides what a member does with a case: by what it offers, the member's habits and chance. Pure."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from city.people.case import Move, Offer, OfferedCase
from city.people.staff import Member
from city.people.words import note_of

HOURS: Final[Mapping[str, float]] = {
    "accept": 0.1, "open": 0.1, "refuse": 0.1, "not_open": 0.2, "verify": 0.1, "verify_answer": 0.4,
    "dispatch": 0.3, "take": 0.5, "assign": 0.5, "handle": 5.0, "confirm": 0.5, "check": 0.6, "close": 0.3,
    "check_request": 0.1, "check_answer": 0.4, "rework": 0.2, "return": 0.4, "defer": 0.6,
}  # fmt: skip
"""Usual time until a member gets to an action, hours; other actions take `_OTHER_HOURS`."""
_OTHER_HOURS: Final = 0.3
_HURRIED: Final = 0.4
"""Share of the time that is left until the deadline."""
_AT_LEAST_HOURS: Final = 0.02
_FORGOTTEN: Final = (5.0, 30.0)
"""Factor by which a neglected case waits longer."""
_MAX_REWORKS: Final = 2
_MAX_RETURNS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleagues:
    """The people whom a member can send: handlers of the department, or patrol members.

    Attributes:
        handlers: logins.
        patrols: logins.
    """

    handlers: Sequence[str] = ()
    patrols: Sequence[str] = ()


def decide(
    case: OfferedCase, member: Member, *, colleagues: Colleagues, now: datetime, chance: random.Random
) -> Move | None:
    """A member's next action; None if there is nothing to do.

    Args:
        case: as the member sees it.
        member: the member.
        colleagues: the people whom the member can send.
        now: the time, for the end of a suspension.
        chance: the random source for what habits leave open.
    """
    if case.holder == "none" and not _after_the_end(case, chance):
        return None
    for wanted in _wishes(case, member, chance):
        offer = case.offers.get(wanted)
        move = (
            None
            if offer is None
            else _fill(wanted, offer, case=case, by=member, colleagues=colleagues, at=now, chance=chance)
        )
        if move is not None:
            return move
    return None


def takes(action: str, case: OfferedCase, member: Member, chance: random.Random) -> timedelta:
    """How long a member takes to get to an action, in the city's time; a near deadline makes it shorter."""
    usual = HOURS.get(action, _OTHER_HOURS)
    if case.hours_left is not None:
        usual = min(usual, max(_HURRIED * case.hours_left, _AT_LEAST_HOURS))
    hours = usual * member.habits.pace * chance.lognormvariate(0, 0.5)
    if chance.random() < member.habits.late:
        hours *= chance.uniform(*_FORGOTTEN)
    return timedelta(hours=hours)


def _after_the_end(case: OfferedCase, chance: random.Random) -> bool:
    if "call_back" in case.offers:
        return case.source in _CALLERS and "call_back" not in case.told and chance.random() < 0.6
    return bool(_ASKED & set(case.offers)) or (
        "appeal" in case.offers and case.is_overdue and chance.random() < 0.1
    )


_CALLERS: Final = frozenset({"hotline", "citizen"})
_ASKED: Final = frozenset(
    {"verify_answer", "check_answer", "answer_urge", "defer_grant", "suspend_grant", "appeal_grant"}
)


def _wishes(case: OfferedCase, member: Member, chance: random.Random) -> list[str]:
    """Actions in the order of this member's preference; actions that are not offered are skipped."""
    wishes = ["verify_answer", "check_answer", "answer_urge", "call_back"]
    wishes += [
        f"{asked}_grant" if chance.random() < 0.7 else f"{asked}_refuse"
        for asked in ("defer", "suspend", "appeal")
    ]
    wishes += _ways_back(case, member, chance)
    wishes += _marks(case, member, chance)
    if case.restored and chance.random() < 0.9:
        wishes.append("close")
    primary = [action for action, offer in case.offers.items() if offer.primary]
    return [*wishes, *primary, *(action for action in ("handle", "appeal") if action in case.offers)]


def _ways_back(case: OfferedCase, member: Member, chance: random.Random) -> list[str]:
    """Steps back or aside, if this member sees a reason for one."""
    habits = member.habits
    looks = chance.random() >= habits.lazy
    wishes = []
    if case.verified == "not_exists":
        wishes += ["refuse", "void", "cancel"]
    elif "verify" in case.offers and "verify" not in case.told and not _is_seen(case):
        wishes += ["verify"] if chance.random() < 0.25 else []
        wishes += ["refuse"] if chance.random() < 0.06 else []
        wishes += ["not_open"] if chance.random() < 0.04 else []
    undone = case.checked == "not_done" or (case.still_seen and looks and case.reworks < _MAX_REWORKS)
    unconvincing = looks and case.reworks == 0 and not case.restored and chance.random() < 0.05
    if undone or unconvincing:
        wishes.append("rework")
    if looks and "check_request" not in case.told and not case.restored and chance.random() < 0.25:
        wishes.append("check_request")
    if case.holder == "department" and case.returns < _MAX_RETURNS and _is_foreign(case):
        wishes.append("return")
    if "defer" not in case.told and chance.random() < 0.05:
        wishes.append("defer")
    if case.holder in {"department", "handler"} and "suspend_request" not in case.told:
        wishes += ["suspend_request"] if chance.random() < 0.01 else []
    return wishes


def _marks(case: OfferedCase, member: Member, chance: random.Random) -> list[str]:
    if member.role != "shift_lead" or not case.is_overdue or "urge" in case.told:
        return []
    return ["key", "urge"] if chance.random() < 0.1 else ["urge"]


def _is_seen(case: OfferedCase) -> bool:
    """Whether a detector confirms the problem, so nobody need be sent to look."""
    return case.still_seen or case.source in {"camera", "sensor"}


def _is_foreign(case: OfferedCase) -> bool:
    """Whether the department with the case can tell that it is not responsible."""
    return case.proposed is not None and case.department != case.proposed


def _fill(
    action: str,
    offer: Offer,
    *,
    case: OfferedCase,
    by: Member,
    colleagues: Colleagues,
    at: datetime,
    chance: random.Random,
) -> Move | None:
    """An action with everything that it needs; None if this member cannot give it."""
    needs = offer.needs
    reason = chance.choice(offer.reasons) if "reason" in needs and offer.reasons else None
    department = _department(case, by, chance) if "department" in needs else None
    assignee = _assignee(action, colleagues, chance) if "assignee" in needs else None
    condition = (case.condition or "1") if "condition" in needs else None
    answer = _answer(offer.answers, case, by, chance) if "answer" in needs else None
    until = at + timedelta(days=chance.randint(5, 30)) if "until" in needs else None
    wanted: Mapping[str, object] = {
        "department": department,
        "assignee": assignee,
        "answer": answer,
        "condition": condition,
        "until": until,
    }
    if any(need in needs and value is None for need, value in wanted.items()) or needs & _NEVER:
        return None
    is_said = "note" in needs or ("reason" in needs and reason is None) or action in _SAID
    return Move(
        action=action,
        note=note_of(action, chance) if is_said else None,
        reason=reason,
        department=department,
        assignee=assignee,
        condition=condition,
        until=until,
        answer=answer,
        pictures=1 if "pictures" in needs else 0,
        pretended=action == "handle" and chance.random() < by.habits.lazy,
    )


_NEVER: Final = frozenset({"into", "incidents"})
"""Actions that these members never take, such as merging and splitting."""
_SAID: Final = frozenset({"handle", "return", "rework", "check"})


def _department(case: OfferedCase, member: Member, chance: random.Random) -> str | None:
    others = [each for each in case.departments if each not in {case.proposed, case.department}]
    if others and (case.proposed in {None, case.department} or chance.random() < member.habits.wrong):
        return chance.choice(others)
    return case.proposed


def _assignee(action: str, colleagues: Colleagues, chance: random.Random) -> str | None:
    known = colleagues.handlers if action == "assign" else colleagues.patrols
    return chance.choice(known) if known else None


def _answer(answers: Sequence[str], case: OfferedCase, member: Member, chance: random.Random) -> str | None:
    """The answer of a member who looked, or of one who did not."""
    looks = chance.random() >= member.habits.lazy
    wrong = chance.random() < member.habits.wrong
    if "not_done" in answers:
        return "not_done" if (case.still_seen and looks) or wrong else "done"
    if "not_exists" in answers:
        return "not_exists" if wrong or (looks and chance.random() < 0.08) else "exists"
    if "content" in answers:
        return chance.choices(("very_content", "content", "not_content", "not_reached"), (3, 5, 1, 1))[0]
    return answers[0] if answers else None

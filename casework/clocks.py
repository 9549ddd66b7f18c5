"""What happens to a case when its time has passed: warnings and deadlines become events, once each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cases import CaseEvent, CasePolicy, fold
from cases.timing import Due, Timed, due, passed
from casework.errors import NoSuchCaseError
from store import cases as rows
from store.case_history import append, history
from store.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Something that became due, and how late it was recorded."""

    what: Due
    late: timedelta


async def pass_time(
    connection: Connection, number: str, *, policy: CasePolicy, actor: str, at: datetime
) -> list[Recorded]:
    """Record all that became due on a case.

    The case is locked, and its clocks say what was recorded already: of several that do this at once, or
    after another, each thing is recorded by one.

    Args:
        connection: in a transaction.
        number: the case.
        policy: the city's decisions.
        actor: the program that does it.
        at: now.

    Raises:
        NoSuchCaseError: there is no such case.
        CaseError: its history or its clocks cannot be read.
    """
    found = await rows.lock_case_by_number(connection, number)
    if found is None:
        raise NoSuchCaseError(f"there is no case {number}")
    case_id, _ = found
    case = fold(await history(connection, case_id))
    recorded: list[Recorded] = []
    while (what := _next(due(case, policy), at)) is not None:
        event = CaseEvent(
            sequence=case.sequence + 1,
            at=at,
            actor=actor,
            action=what.what,
            sets=passed(case, what, policy, at=at),
            note=what.clock,
        )
        case = await append(connection, case_id, case, [event])
        recorded.append(Recorded(what=what, late=at - what.at))
    return recorded


def _next(known: list[Due], at: datetime) -> Due | None:
    """What is to be recorded next; a deadline that has passed takes the place of its warning."""
    now = [each for each in known if each.at <= at]
    over = {each.clock for each in now if each.what is Timed.RUN_OUT}
    return next((each for each in now if each.what is not Timed.WARN or each.clock not in over), None)

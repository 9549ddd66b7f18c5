"""What time alone does to a case: warnings, deadlines, ends of suspensions, effects of sightings.

Each is recorded once: the case itself tells what is due, under its lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cases import Actor, CaseEvent, CasePolicy, CaseState, Rights, fold
from cases.errors import ActionRefusedError
from cases.timing import OF_CLOCKS, Due, Timed, due, passed
from cases.workflow import Given
from casework.actions import act
from casework.errors import NoSuchCaseError
from casework.witness import Witness
from casework.workflows import workflow_of
from store import cases as rows
from store.case_history import append, history
from store.connection import Connection

SUSPENSION_OVER: Final = "挂账到期 / the suspension is over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Something that became due and was recorded, and how late."""

    what: Due
    late: timedelta


async def pass_time(
    connection: Connection, number: str, *, policy: CasePolicy, actor: str, at: datetime
) -> list[Recorded]:
    """Record everything that has become due on a case.

    If several programs do this at once, or one after the other, each item is recorded once.

    Args:
        connection: in a transaction.
        number: the case.
        policy: the city's decisions.
        actor: the program; effects of a camera's sighting get the camera as actor.
        at: now.

    Raises:
        NoSuchCaseError: there is no such case.
        CaseError: its history, its clocks or its workflow cannot be read.
    """
    found = await rows.lock_case_by_number(connection, number)
    if found is None:
        raise NoSuchCaseError(f"there is no case {number}")
    case_id, _ = found
    recorded: list[Recorded] = []
    cannot: set[Timed] = set()
    while True:
        events = await history(connection, case_id)
        case = fold(events)
        workflow = await workflow_of(connection, case, policy)
        what = _next([each for each in due(case, policy, workflow) if each.what not in cannot], at)
        if what is None:
            return recorded
        if what.what in OF_CLOCKS:
            event = CaseEvent(
                sequence=case.sequence + 1,
                at=at,
                actor=actor,
                action=what.what,
                sets=passed(case, what, policy, at=at),
                note=what.clock,
            )
            await append(connection, case_id, case, [event])
        elif what.what is Timed.RESUME:
            if not await _resume(connection, case, policy=policy, actor=actor, at=at):
                cannot.add(what.what)
                continue
        else:
            witness = Witness(
                connection=connection, case=case, events=events, workflow=workflow, policy=policy, at=at
            )
            cannot.add(what.what)  # once for each pass: recording an item may make it due again
            if not await witness.act(what):
                continue
        recorded.append(Recorded(what=what, late=at - what.at))


async def _resume(
    connection: Connection, case: CaseState, *, policy: CasePolicy, actor: str, at: datetime
) -> bool:
    """End a suspension; returns whether the workflow allows it."""
    try:
        await act(
            connection,
            case.number,
            action="resume",
            given=Given(note=SUSPENSION_OVER),
            actor=Actor.system(actor),
            rights=Rights.shipped(),
            policy=policy,
            expected_sequence=None,
            at=at,
        )
    except ActionRefusedError:
        return False
    return True


def _next(known: list[Due], at: datetime) -> Due | None:
    """The next item to record; a deadline that has passed replaces its warning."""
    now = [each for each in known if each.at <= at]
    over = {each.clock for each in now if each.what is Timed.RUN_OUT}
    return next((each for each in now if each.what is not Timed.WARN or each.clock not in over), None)

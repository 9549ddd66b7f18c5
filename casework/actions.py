"""What people do with a case: decided by the table of steps, written as one more event."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cases import Action, CaseEvent, CaseState, Stage, fold, step
from casework.errors import NoSuchCaseError, StaleCaseError
from store import cases as rows
from store.case_history import append, history
from store.connection import Connection


async def act(
    connection: Connection,
    number: str,
    *,
    action: Action,
    actor: str,
    note: str | None,
    department: str | None,
    expected_sequence: int,
    at: datetime,
) -> CaseState:
    """Take a case one step further.

    Args:
        connection: in a transaction.
        number: the case.
        action: what somebody does.
        actor: their login.
        note: why; some actions need it.
        department: who becomes responsible; some actions need it.
        expected_sequence: of the newest event that they saw.
        at: now.

    Returns:
        Where the case stands after it.

    Raises:
        NoSuchCaseError: there is no such case.
        StaleCaseError: it has changed since they looked.
        ActionRefusedError: its stage doesn't allow it, or something is missing.
    """
    found = await rows.lock_case_by_number(connection, number)
    if found is None:
        raise NoSuchCaseError(f"there is no case {number}")
    case_id, last_sequence = found
    if last_sequence != expected_sequence:
        raise StaleCaseError(number, expected=expected_sequence, sequence=last_sequence)
    state = fold(await history(connection, case_id))
    event = CaseEvent(
        sequence=state.sequence + 1,
        at=at,
        actor=actor,
        action=action,
        sets=decide(state, action, department=department, note=note, at=at),
        note=note,
    )
    return await append(connection, case_id, state, [event])


def decide(
    state: CaseState, action: Action, *, department: str | None, note: str | None, at: datetime
) -> dict[str, Any]:
    """The fields of the case that an action changes.

    Raises:
        ActionRefusedError: the case's stage doesn't allow it, or something is missing.
    """
    stage = step(Stage(state.stage), action, department=department, note=note)
    sets: dict[str, Any] = {"stage": stage}
    match action:
        case Action.DISPATCH:
            sets |= {"department": department, "holder": "department", "dispatched_at": at}
        case Action.RETURN:  # the department says that it isn't theirs
            sets |= {"department": None, "holder": "dispatchers", "return_count": state.return_count + 1}
        case Action.HANDLE:
            sets |= {"holder": "acceptors", "handled_at": at}
        case Action.REWORK:
            sets |= {"holder": "department", "handled_at": None, "rework_count": state.rework_count + 1}
        case Action.CLOSE:
            sets |= {"holder": "none", "closed_at": at, "ended_as": "closed"}
        case Action.CANCEL:
            sets |= {"holder": "none", "closed_at": at, "ended_as": "cancelled"}
        case _:
            pass
    if department is not None and "department" not in sets:
        sets["department"] = department
    return sets

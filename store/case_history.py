"""The history of a case: append-only rows, and the case's own row, which is what they add up to."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from cases import Action, CaseEvent, CaseState, Stage, advance
from store.connection import Connection
from store.queries import load

_SQL = load("cases")


async def history(connection: Connection, case_id: UUID) -> list[CaseEvent]:
    """All events of a case, in order."""
    return [
        CaseEvent(
            sequence=row["sequence"],
            at=row["at"],
            actor=row["actor"],
            action=Action(row["action"]),
            stage=Stage(row["stage"]),
            department=row["department"],
            note=row["note"],
            observed_at=row["observed_at"],
            incident_id=row["incident_id"],
            revision=row["revision"],
            evidence=tuple(row["evidence"]),
        )
        for row in await connection.fetch(_SQL["events_of_case"], case_id)
    ]


async def append(
    connection: Connection, case_id: UUID, number: str, state: CaseState | None, added: Sequence[CaseEvent]
) -> CaseState:
    """Append to a history and keep the row what it adds up to.

    Args:
        connection: in a transaction that has locked the case.
        case_id: the case;
        number: its number, which those who listen are told.
        state: before it; None for a new case.
        added: what happens, one event or more.
    """
    for event in added:
        state = advance(state, event)
        await connection.execute(
            _SQL["add_event"],
            case_id,
            event.sequence,
            event.at,
            event.actor,
            str(event.action),
            str(event.stage),
            event.department,
            event.note,
            event.observed_at,
            event.incident_id,
            event.revision,
            list(event.evidence),
        )
    assert state is not None
    await connection.execute(
        _SQL["set_state"],
        case_id,
        str(state.stage),
        state.department,
        state.restored_at,
        state.closed_at,
        state.sequence,
        state.changed_at,
    )
    await connection.execute(_SQL["announce"], number)
    return state

"""The history of a case: append-only event rows, and the case's own row, which is their sum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from cases import CaseEvent, CaseState, advance
from cases.state import BY_EVENTS
from store.connection import Connection
from store.queries import load

_SQL = load("cases")

SUMMARY_COLUMNS: Final = (*BY_EVENTS, "last_sequence", "changed_at")
"""Columns of `case_file` that come from events."""

_OF_STATE: Final = (*BY_EVENTS, "changed_at")
_STATES: Final = f"SELECT {', '.join(SUMMARY_COLUMNS)} FROM case_file"  # noqa: S608 our own column names

_PUT_SUMMARIES: Final = f"""
INSERT INTO case_file (case_id, {", ".join(SUMMARY_COLUMNS)})
SELECT case_id, {", ".join(SUMMARY_COLUMNS)} FROM jsonb_populate_recordset(NULL::case_file, $1::jsonb)
ON CONFLICT (case_id) DO UPDATE SET {", ".join(f"{name} = EXCLUDED.{name}" for name in SUMMARY_COLUMNS)}
"""  # noqa: S608 our own column names


async def history(connection: Connection, case_id: UUID) -> list[CaseEvent]:
    """All events of a case, in order."""
    return [event_of(row) for row in await connection.fetch(_SQL["events_of_case"], case_id)]


async def watched_cases(connection: Connection) -> list[CaseState]:
    """All cases that are open, or whose problem is still seen."""
    of = (
        "WHERE closed_at IS NULL OR (closed_at > now() - interval '30 days' AND restored_at IS NULL "
        "AND seen_at IS NOT NULL)"
    )
    return [_state(row) for row in await connection.fetch(f"{_STATES} {of}")]


async def cases_changed_since(connection: Connection, event_id: int) -> list[CaseState]:
    """The cases with an event after the given one."""
    of = "WHERE case_id IN (SELECT case_id FROM case_event WHERE event_id > $1)"
    return [_state(row) for row in await connection.fetch(f"{_STATES} {of}", event_id)]


def _state(row: asyncpg.Record) -> CaseState:
    return CaseState(sequence=row["last_sequence"], **{name: row[name] for name in _OF_STATE})


async def locked_state(connection: Connection, case_id: UUID) -> CaseState:
    """The state of a case, from its row; the row is locked until the transaction ends."""
    row = await connection.fetchrow(f"{_STATES} WHERE case_id = $1 FOR UPDATE", case_id)
    assert row is not None
    return _state(row)


def event_of(row: asyncpg.Record) -> CaseEvent:
    """A row of `case_event`."""
    return CaseEvent(
        sequence=row["sequence"],
        at=row["at"],
        actor=row["actor"],
        action=row["action"],
        sets=row["sets"],
        note=row["note"],
        observed_at=row["observed_at"],
        incident_id=row["incident_id"],
        revision=row["revision"],
        evidence=tuple(row["evidence"]),
    )


async def append(
    connection: Connection, case_id: UUID, state: CaseState | None, added: Sequence[CaseEvent]
) -> CaseState:
    """Append events and update the case's row; listeners are notified of the case's number.

    Args:
        connection: in a transaction that has locked the case.
        case_id: the case.
        state: before the events; None for a new case.
        added: the events, at least one.
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
            event.sets,
            event.note,
            event.observed_at,
            event.incident_id,
            event.revision,
            list(event.evidence),
        )
    assert state is not None
    # Listeners are notified when the transaction commits.
    told = f"{_PUT_SUMMARIES} RETURNING pg_notify('streetwarden_cases', number)"
    await connection.execute(told, [_summary(case_id, state)])
    return state


async def put_summaries(connection: Connection, states: dict[UUID, CaseState]) -> None:
    """Write the rows of cases."""
    await connection.execute(_PUT_SUMMARIES, [_summary(case_id, state) for case_id, state in states.items()])


def _summary(case_id: UUID, state: CaseState) -> dict[str, Any]:
    row = {name: getattr(state, name) for name in BY_EVENTS}
    row |= {"case_id": case_id, "last_sequence": state.sequence, "changed_at": state.changed_at}
    found: dict[str, Any] = msgspec.to_builtins(row)
    return found

"""Rebuilds the summaries of cases (`case_file`, `case_incident`) from their events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import groupby
from typing import Final
from uuid import UUID

from cases import fold, incidents
from store.case_history import event_of, put_summaries
from store.connection import Connection
from store.queries import load

_SQL = load("cases")
_AT_ONCE: Final = 1000


async def rebuild(connection: Connection, *, at_once: int = _AT_ONCE) -> AsyncIterator[int]:
    """Rebuild all summaries, some cases in each transaction, while other programs go on.

    Args:
        connection: not in a transaction.
        at_once: cases in a transaction.

    Yields:
        The number of cases done so far.

    Raises:
        CaseError: the events of a case are incomplete.
    """
    done = 0
    last: UUID | None = None
    while True:
        async with connection.transaction():
            found = [row["case_id"] for row in await connection.fetch(_SQL["next_cases"], last, at_once)]
            if not found:
                break
            await connection.execute(_SQL["lock_summaries"], found)
            rows = await connection.fetch(_SQL["events_of_cases"], found)
            states = {}
            belongs: list[tuple[UUID, UUID]] = []
            for case_id, of_case in groupby(rows, key=lambda row: row["case_id"]):
                events = [event_of(row) for row in of_case]
                states[case_id] = fold(events)
                belongs += [(incident_id, case_id) for incident_id in sorted(incidents(events))]
            await put_summaries(connection, states)
            await connection.execute(
                _SQL["put_case_incidents"], [pair[0] for pair in belongs], [pair[1] for pair in belongs]
            )
        done += len(found)
        last = found[-1]
        yield done

"""The change feed: every event of every case once, in an order that never changes.

Events get their position in the feed after their commit, one transaction at a time. A reader who has read up
to a position has therefore missed nothing below it, even if transactions overlapped (ADR 0240).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any, Final
from uuid import UUID

import asyncpg

from cases import CaseEvent, CaseState, Scope
from cases.events import timeline
from store.case_history import event_of
from store.connection import Connection
from store.queries import load

_SQL = load("exchange")
_CASES = load("cases")
_AT_ONCE: Final = 5000


class Seen(StrEnum):
    """How a change concerns a reader who may see some of the cases."""

    IN = "in"
    """The reader may see the case, and could before."""
    ENTERED = "entered"
    """The reader may see the case since this change."""
    LEFT = "left"
    """The reader may not see the case any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedItem:
    """One change of a case.

    Attributes:
        position: in the feed.
        before: the case before the event; None for its first.
        after: the case after it.
    """

    position: int
    case_id: UUID
    event: CaseEvent
    before: CaseState | None
    after: CaseState

    @property
    def message_id(self) -> str:
        """The same whenever and to whomever the change is told."""
        return f"case_{self.case_id.hex}_{self.event.sequence}"

    def seen(self, scope: Scope) -> Seen | None:
        """How the change concerns a reader; None if not at all."""
        if _contains(scope, self.after):
            known = self.before is not None and _contains(scope, self.before)
            return Seen.IN if known else Seen.ENTERED
        if self.before is not None and _contains(scope, self.before):
            return Seen.LEFT
        return None


async def number_changes(connection: Connection) -> int:
    """Give positions to the events that were committed since the last call; returns their number.

    Args:
        connection: not in a transaction.
    """
    if not await connection.fetchval(_SQL["pending_changes"]):
        return 0
    done = 0
    while True:
        async with connection.transaction():
            await connection.execute(_SQL["lock_changes"])
            numbered: int = await connection.fetchval(_SQL["number_changes"], _AT_ONCE)
        done += numbered
        if numbered < _AT_ONCE:
            return done


async def changes_after(connection: Connection, position: int, *, limit: int) -> list[FeedItem]:
    """The changes after a position, in order.

    Args:
        connection: in any state.
        position: of the last change that was read; 0 for the beginning.
        limit: the largest number of changes.
    """
    return await _items(connection, await connection.fetch(_SQL["changes_after"], position, limit))


async def changes_at(connection: Connection, positions: Sequence[int]) -> list[FeedItem]:
    """The changes at given positions, in order."""
    return await _items(connection, await connection.fetch(_SQL["changes_at"], list(positions)))


async def newest_position(connection: Connection) -> int:
    """The position of the newest change; 0 if there is none."""
    found: int = await connection.fetchval(_SQL["newest_change"])
    return found


async def _items(connection: Connection, rows: Sequence[asyncpg.Record]) -> list[FeedItem]:
    wanted = {(row["case_id"], row["sequence"]): row["position"] for row in rows}
    if not wanted:
        return []
    events = await connection.fetch(_CASES["events_of_cases"], list({case_id for case_id, _ in wanted}))
    found = []
    for case_id, of_case in groupby(events, key=lambda row: row["case_id"]):
        before: CaseState | None = None
        for event, after in timeline(event_of(row) for row in of_case):
            position = wanted.get((case_id, event.sequence))
            if position is not None:
                found.append(
                    FeedItem(position=position, case_id=case_id, event=event, before=before, after=after)
                )
            before = after
    return sorted(found, key=lambda item: item.position)


def _contains(scope: Scope, case: CaseState) -> bool:
    return scope.contains(
        district=case.district, department=case.department, assignee=case.assignee, opener=case.opener
    )


TOLD: Final = (
    "number", "category", "code_set", "code", "condition", "type", "source", "level", "component", "camera",
    "district", "grid_cell", "street_name", "street_name_en", "lon", "lat", "title", "description", "stage",
    "holder", "department", "assignee", "reported_at", "opened_at", "dispatched_at", "handled_at",
    "closed_at", "ended_as", "deadline_at", "handling_deadline_at", "suspended_until", "restored_at",
    "rework_count", "return_count", "deferral_count", "reopen_count", "suspension_count", "reason",
    "satisfaction", "urged_at", "key_case", "merged_into", "split_from",
)  # fmt: skip
"""The fields of a case that other systems are told. A new field is told only once it is named here."""

_TOLD_SET: Final = frozenset(TOLD)


def told(case: CaseState) -> dict[str, Any]:
    """A case as other systems are told of it."""
    return {name: getattr(case, name) for name in TOLD}


def told_changes(event: CaseEvent) -> dict[str, Any]:
    """The fields that an event changes, as other systems are told of them."""
    return {name: value for name, value in event.sets.items() if name in _TOLD_SET}

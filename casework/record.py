"""Verifies the case record: by the hash chains of events, and by root hashes kept elsewhere.

Each event has a hash over itself and the event before it. The owner of the database can recompute all of
them, so a root hash over all events since the last one goes to a file that is kept out of the owner's reach.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from cases import CaseError
from cases.chain import NOTHING, link
from store.connection import Connection
from store.queries import load

log = logging.getLogger(__name__)

_SQL = load("case_record")
_AT_ONCE: Final = 5000
_FIELDS: Final = (
    "case", "sequence", "at", "actor", "action", "sets", "note", "observed_at", "incident", "revision",
    "evidence",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """The first place at which the record is wrong: a case, by its number if it has one, and the fault."""

    case: str
    sequence: int
    fault: str

    def __str__(self) -> str:
        return f"case {self.case}, event {self.sequence}: {self.fault}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chains:
    """The result of verifying all chains.

    Attributes:
        cases: number of cases that were read; `events` likewise.
        first_break: None if all are correct.
    """

    cases: int
    events: int
    first_break: Break | None


class Root(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A root hash over the events since the root before it, one line of the file.

    Attributes:
        at: when it was made.
        last_event: the greatest `event_id` that it covers.
        events: the number of events that it covers.
        root: SHA-256 over the root before it and the hashes of its events by `event_id`, in hexadecimal.
    """

    at: datetime
    last_event: int
    events: int
    root: str


async def check_chains(connection: Connection) -> Chains:
    """Recompute all chains and compare.

    This finds events that were changed, removed or inserted, and missing newest events that the case's
    summary still counts. Events that were removed together with their summary are found only by the roots.

    Args:
        connection: not in a transaction.
    """
    cases = events = 0
    chain: _Chain | None = None
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        async for row in connection.cursor(_SQL["chained"], prefetch=_AT_ONCE):
            if chain is None or chain.case_id != row["case"]:
                if chain is not None and chain.is_short:
                    break
                chain = _Chain(row)
                cases += 1
            fault = chain.fault(row)
            if fault is not None:
                return Chains(cases=cases, events=events, first_break=chain.broken(fault))
            events += 1
        first_break = chain.broken(_SHORT) if chain is not None and chain.is_short else None
        bare = await connection.fetchval(_SQL["case_without_events"])
        if first_break is None and bare is not None:
            first_break = Break(case=bare, sequence=1, fault="all its events are missing")
    return Chains(cases=cases, events=events, first_break=first_break)


_SHORT: Final = "it is missing, though the case's summary counts it"


class _Chain:
    """The chain of one case, while it is read."""

    def __init__(self, row: Any) -> None:
        self.case_id = row["case"]
        self._name = row["number"] or self.case_id
        self._known = row["last_sequence"] or 0
        self._previous = NOTHING
        self._expected = 1

    @property
    def is_short(self) -> bool:
        """Whether the summary counts more events than were read."""
        return self._expected <= self._known

    def fault(self, row: Any) -> str | None:
        """The fault of the next event, if any."""
        if int(row["sequence"]) != self._expected:
            return f"it is missing; event {row['sequence']} is in its place"
        if link(self._previous, [row[name] for name in _FIELDS]) != row["hash"]:
            return "its hash does not match its contents: it, or an event before it, was changed"
        self._previous = row["hash"]
        self._expected += 1
        return None

    def broken(self, fault: str) -> Break:
        """A break at the event that was expected next."""
        return Break(case=self._name, sequence=self._expected, fault=fault)


async def check_roots(connection: Connection, roots: Sequence[Root]) -> Root | None:
    """The first root that does not match the stored events; None if all match."""
    last, previous = 0, NOTHING
    for root in roots:
        found, events = await _root(connection, previous, last, root.last_event)
        if found.hex() != root.root or events != root.events:
            return root
        last, previous = root.last_event, found
    return None


async def next_root(
    connection: Connection, roots: Sequence[Root], *, at: datetime, patience_s: float = 60
) -> Root | None:
    """The root over the events since the newest of `roots`, which is also logged; None if there are none.

    Args:
        connection: not in a transaction.
        roots: earlier roots.
        at: now.
        patience_s: maximum wait for transactions that may still write an event with a smaller number,
            seconds.

    Raises:
        CaseError: such a transaction has not ended in that time.
    """
    last = roots[-1].last_event if roots else 0
    newest = await _settled(connection, patience_s)
    if newest <= last:
        return None
    previous = bytes.fromhex(roots[-1].root) if roots else NOTHING
    root, events = await _root(connection, previous, last, newest)
    made = Root(at=at, last_event=newest, events=events, root=root.hex())
    log.info("root of the case events up to %d (%d events): %s", newest, events, made.root)
    return made


async def _root(connection: Connection, previous: bytes, after: int, to: int) -> tuple[bytes, int]:
    digest = hashlib.sha256(previous)
    events = 0
    async for hashes in _hashes(connection, after, to):
        for each in hashes:
            digest.update(each)
        events += len(hashes)
    return digest.digest(), events


async def _hashes(connection: Connection, after: int, to: int) -> AsyncIterator[list[bytes]]:
    while True:
        rows = await connection.fetch(_SQL["hashes"], after, to, _AT_ONCE)
        if not rows:
            return
        yield [row["hash"] for row in rows]
        after = rows[-1]["event_id"]


async def _settled(connection: Connection, patience_s: float) -> int:
    """The newest event's number, once no transaction can write a smaller one any more."""
    newest: int = await connection.fetchval(_SQL["newest_event"]) or 0
    running = await connection.fetchval("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
    until = time.monotonic() + patience_s
    while await connection.fetchval("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint") < running:
        if time.monotonic() > until:
            raise CaseError(
                f"a transaction has been writing for more than {patience_s:g} s, so the events are not "
                "final; end it (pg_stat_activity shows it), or try again later"
            )
        await asyncio.sleep(0.2)
    return newest

"""Checking that nobody has changed the record of cases: the chains of events, and roots kept elsewhere.

Each event carries a hash over itself and the event before it. Who owns the database can compute all of them
anew; so a root over everything that was written since the last one goes to a file kept out of their reach.
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
    """Where the record does not hold: a case, by its number if it has one, and what is wrong."""

    case: str
    sequence: int
    fault: str

    def __str__(self) -> str:
        return f"case {self.case}, event {self.sequence}: {self.fault}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chains:
    """What a check of all chains found.

    Attributes:
        cases: that were read; `events`, too.
        first_break: None if all hold.
    """

    cases: int
    events: int
    first_break: Break | None


class Root(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A root over the events from the one before it on, as a line of the file.

    Attributes:
        at: when it was made.
        last_event: the greatest `event_id` that it covers.
        events: how many it covers.
        root: SHA-256 over the root before it and the hashes of its events by `event_id`, in hexadecimal.
    """

    at: datetime
    last_event: int
    events: int
    root: str


async def check_chains(connection: Connection) -> Chains:
    """Compute all chains anew and compare.

    It finds events that were changed, taken out or put in, and the newest ones missing that the case's
    summary still knows. What was removed together with its summary shows only by the roots.

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


_SHORT: Final = "it is missing, though the case's summary knows it"


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
        """Whether the summary knows of more events than were read."""
        return self._expected <= self._known

    def fault(self, row: Any) -> str | None:
        """What is wrong with the next event, if anything."""
        if int(row["sequence"]) != self._expected:
            return f"it is missing; event {row['sequence']} stands in its place"
        if link(self._previous, [row[name] for name in _FIELDS]) != row["hash"]:
            return "its hash is not that of what stands there: it, or an event before it, was changed"
        self._previous = row["hash"]
        self._expected += 1
        return None

    def broken(self, fault: str) -> Break:
        """A break at the event that was expected next."""
        return Break(case=self._name, sequence=self._expected, fault=fault)


async def check_roots(connection: Connection, roots: Sequence[Root]) -> Root | None:
    """The first root that is not that of the events which stand there; None if all hold."""
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
    """The root over what was written since the newest of `roots`, which is also logged; None if nothing was.

    Args:
        connection: not in a transaction.
        roots: those made so far.
        at: now.
        patience_s: how long to wait for transactions that may still write an event with an earlier number.

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
    """The newest event's number, once nobody can write one with a number below it any more."""
    newest: int = await connection.fetchval(_SQL["newest_event"]) or 0
    running = await connection.fetchval("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
    until = time.monotonic() + patience_s
    while await connection.fetchval("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint") < running:
        if time.monotonic() > until:
            raise CaseError(
                f"a transaction has been writing for more than {patience_s:g} s, so that the events are not "
                "settled; end it (pg_stat_activity names it), or try again later"
            )
        await asyncio.sleep(0.2)
    return newest

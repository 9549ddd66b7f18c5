"""A message's way from the socket to its acknowledgement.

    receive → decode → validate → flag → batch → COPY → commit → PUBACK in the order of receipt

Several batches may be committing at once; their acknowledgements leave in the order in which they came.
Nothing here drops a message: while the database is unavailable, the awaits below wait, the inbox fills up,
the socket is not read, and the broker holds the rest.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.batch import Batch
from ingest.commit_order import CommitOrder, CommitProgress
from ingest.defects import Defects
from ingest.entities import Entities
from ingest.errors import BadMessageError, Reason
from ingest.fix_quality import LastFixes, flag_fixes
from ingest.inbox import Arrival, Inbox
from ingest.incidents import Incidents
from ingest.interpret import BatchReader
from ingest.ledger import Fate, Ledger
from ingest.metrics import Metrics
from ingest.quotas import Quotas
from ingest.routes import Routes
from ingest.rules.engine import RuleEngine
from ingest.settings import Batches, Limits
from ingest.writer import Writer
from ingest.written import Written
from store.quality import HIDDEN, Quality
from wire.topics import Stream

_NO_NEWS: Final = int(HIDDEN | Quality.RETAINED)
"""Fixes with these flags are left out of the lag, because their age is not our delay."""
_UNKNOWN_STREAM: Final = "unknown"


class Pipeline:
    """Takes the messages of one session from its inbox to their fates."""

    def __init__(
        self,
        *,
        inbox: Inbox,
        routes: Routes,
        last_fixes: LastFixes,
        engine: RuleEngine,
        entities: Entities,
        writer: Writer,
        incidents: Incidents,
        ledger: Ledger,
        metrics: Metrics,
        defects: Defects,
        quotas: Quotas,
        batches: Batches,
        limits: Limits,
        order: CommitOrder,
        clock: Callable[[], float],
    ) -> None:
        self._inbox = inbox
        self._routes = routes
        self._last_fixes = last_fixes
        self._engine = engine
        self._entities = entities
        self._writer = writer
        self._incidents = incidents
        self._ledger = ledger
        self._metrics = metrics
        self._defects = defects
        self._quotas = quotas
        self._batches = batches
        self._limits = limits
        self._clock = clock
        self._committing: asyncio.Queue[tuple[Batch, NDArray[np.bool_], asyncio.Task[Written]]] = (
            asyncio.Queue(maxsize=batches.in_flight)
        )
        self._slots = asyncio.Semaphore(batches.in_flight)
        self._order = order
        self._settled = asyncio.Event()

    async def store(self) -> None:
        """Receive, decode, validate, flag, and start the commit of one batch after the other."""
        while True:
            await self._slots.acquire()
            arrival = await self._inbox.take(
                self._batches.messages,
                max_size=self._batches.kib * 1024,
                linger_s=self._batches.linger_ms / 1000,
            )
            batch = await self._read(arrival)
            await self._stop_if_too_many_fail(batch)
            self._quotas.enforce(batch, now=self._clock())
            await self._entities.assign_numbers(batch)
            live = self._newer_than_known(batch)
            now = self._clock()
            flag_fixes(batch.fixes, self._last_fixes, now=now, limits=self._limits)
            await asyncio.sleep(0)
            batch.transitions = self._engine.follow(
                batch.fixes,
                batch.telemetry,
                self._routes.senders,
                statuses=batch.statuses,
                after_s=now + self._limits.future_s,
            )
            progress = CommitProgress()
            commit = asyncio.create_task(self._commit(batch, progress, self._order.last), name="commit")
            if batch.transitions:
                self._order.last = progress
            await self._committing.put((batch, live, commit))

    async def acknowledge(self) -> None:
        """In the order of receipt, after each commit: make cases, count the fates, acknowledge."""
        while True:
            batch, live, commit = await self._committing.get()
            written = await commit
            for refusal in batch.refusals:
                if refusal.item is not None:
                    continue
                self._incidents.refuse_unread(batch.routes[refusal.ordinal], refusal.payload, refusal.error)
            for item in batch.incidents:
                try:
                    fate = await self._incidents.store(item, batch.received_at)
                    if (
                        written.fates[item.ordinal] != Fate.STORED
                    ):  # a foreign message may have several incidents
                        written.fates[item.ordinal] = fate
                except BadMessageError as error:
                    if error.reason is Reason.DEFECT:
                        self._defects.note(error, batch.arrival.deliveries[item.ordinal][0])
                        await self._defects.stop_if_too_many()
                    batch.refuse(item.ordinal, error)
                    await self._writer.quarantine(batch.between(item.ordinal, item.ordinal + 1))
                    written.fates[item.ordinal] = Fate.QUARANTINED
                    self._incidents.refuse(item.route, item.message, error)
            self._ledger.settle(_count(batch, written.fates))
            self._observe(batch, written, live)
            batch.arrival.link.acknowledge(batch.arrival.deliveries)
            self._settled.set()

    async def drain(self) -> None:
        """Wait until each received message has its fate."""
        while self._ledger.balance().in_flight:
            self._settled.clear()
            await self._settled.wait()

    async def _read(self, arrival: Arrival) -> Batch:
        """Decode and check, and let commits in progress take their next steps between portions.

        Otherwise the database would wait, at each step of a commit, until a whole batch is read.
        """
        reader = BatchReader(arrival, self._routes, now=self._clock(), limits=self._limits)
        for _ in reader.portions():
            await asyncio.sleep(0)
        return reader.batch()

    async def _stop_if_too_many_fail(self, batch: Batch) -> None:
        """Count messages that a defect made unreadable; never returns if there are too many."""
        self._defects.take(len(batch.arrival.deliveries))
        for refusal in batch.refusals:
            if refusal.error.reason is Reason.DEFECT:
                self._defects.note(refusal.error, refusal.topic)
        await self._defects.stop_if_too_many()

    async def _commit(
        self, batch: Batch, progress: CommitProgress, turning: CommitProgress | None
    ) -> Written:
        """Store a batch, after the last earlier batch in which a condition changed."""
        try:
            with self._metrics.commit.time():
                return await self._writer.store(batch, progress, after=turning)
        finally:
            self._slots.release()

    def _newer_than_known(self, batch: Batch) -> NDArray[np.bool_]:
        """Which fixes are newer than the last known fix of their sender."""
        known_s = self._last_fixes.good[batch.fixes.sender, 0]
        late: NDArray[np.bool_] = known_s * 1e6 >= batch.fixes.time_us
        return ~late

    def _observe(self, batch: Batch, written: Written, live: NDArray[np.bool_]) -> None:
        self._metrics.batch.observe(len(batch.arrival.deliveries))
        for outcome, rows in (("stored", written.rows), ("duplicate", written.known_rows)):
            for table, count in rows.items():
                self._metrics.rows.labels(table, outcome).inc(count)
        for refusal in (*batch.refusals, *written.refused):
            counter = self._metrics.quarantined if refusal.item is None else self._metrics.quarantined_items
            counter.labels(refusal.error.reason).inc()
        for name, count in batch.left_out.items():
            self._metrics.left_out.labels(name).inc(count)
        flags = batch.fixes.flags
        for flag in Quality:
            if count := int(np.count_nonzero(flags & int(flag))):
                self._metrics.doubtful.labels(str(flag.name).lower()).inc(count)
        if len(live) == len(flags):
            good = (
                live
                & ((flags & int(HIDDEN | Quality.RETAINED)) == 0)
                & (written.fates[batch.fixes.message] == Fate.STORED)
            )
            newest = _last_of_each(batch.fixes.sender, np.flatnonzero(good))
            lag = self._clock() - batch.fixes.time_us[newest] / 1e6
            self._metrics.observe_lag(np.maximum(lag, 0))


def _last_of_each(sender: NDArray[np.int64], rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """The last row of each sender; the lag of earlier ones is time that they waited on the device."""
    last = np.zeros(int(sender.max(initial=-1)) + 1, dtype=np.intp)
    last[sender[rows]] = rows  # of several rows, the last assignment stays
    ends: NDArray[np.bool_] = last[sender[rows]] == rows
    return rows[ends]


def _count(batch: Batch, fates: NDArray[np.int8]) -> Counter[tuple[Fate, str]]:
    counts: Counter[tuple[Fate, str]] = Counter()
    if batch.only_fixes:
        for fate, count in enumerate(np.bincount(fates).tolist()):
            if count:
                counts[Fate(fate), Stream.POSITION] = count
        return counts
    for fate, route in zip(fates.tolist(), batch.routes, strict=True):
        counts[Fate(fate), route.stream if route is not None else _UNKNOWN_STREAM] += 1
    return counts

"""Stores one batch: the steps of its transaction, and the fate of each message."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import asyncpg
import numpy as np

from ingest.batch import Batch, Refusal
from ingest.commit_order import CommitProgress, EarlierRestartedError
from ingest.database import Database, is_datas_fault
from ingest.defects import Defects
from ingest.device_rows import DeviceRows
from ingest.errors import BadMessageError, Reason, defect
from ingest.ledger import Fate
from ingest.moments import TakenError, no_free_time
from ingest.position_rows import Copied, PositionRows
from ingest.quarantine import Quarantine
from ingest.routes import Routes
from ingest.rule_events import RuleEventWriter
from ingest.settings import Limits
from ingest.telemetry_rows import TelemetryRows
from ingest.written import Written
from program.errors import ProgramError
from store.connection import Connection

log = logging.getLogger(__name__)

_ATTEMPTS: Final = 20
"""Attempts for one batch, each because another transaction took a time that was free before. More attempts
mean a defect."""


class Writer:
    """Stores batches.

    Args:
        database: runs the transactions.
        routes: the senders.
        quarantine: keeps refused messages.
        defects: counts failures by a defect in ingest, and stops ingest if there are too many.
        rule_events: writes the results of rules.
        limits: how far ahead of our clock a time may be.
        clock: our clock, epoch seconds.
    """

    def __init__(
        self,
        *,
        database: Database,
        routes: Routes,
        quarantine: Quarantine,
        defects: Defects,
        rule_events: RuleEventWriter,
        limits: Limits = Limits(),  # noqa: B008 frozen
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._routes = routes
        self._quarantine = quarantine
        self._defects = defects
        self._rule_events = rule_events
        self._limits = limits
        self._clock = clock
        self._positions = PositionRows(routes)
        self._telemetry = TelemetryRows(routes)
        self._devices = DeviceRows(routes)

    async def store(self, batch: Batch, progress: CommitProgress, *, after: CommitProgress | None) -> Written:
        """Store a batch; waits for the database as long as necessary.

        If the server rejects a value, the batch is halved until the bad message is found and quarantined.

        Args:
            batch: the messages.
            progress: the milestones of this batch, reported here.
            after: the milestones of an earlier batch that must be committed first; None if there is none.
        """
        try:
            written = await self._commit(batch, progress, after)
        except ProgramError:
            raise
        except Exception as error:  # noqa: BLE001 the values' fault, or ours: one message's, not all
            progress.begin()
            if after is not None:
                await after.stored()
            written = await self._store_halves(batch, 0, len(batch.arrival.deliveries), error)
        progress.commit()
        return written

    async def quarantine(self, batch: Batch) -> None:
        """Write the refusals of a batch, in a transaction of its own."""
        await self._database.transact(
            lambda connection: self._quarantine.write(connection, batch, batch.refusals)
        )

    async def _store_part(self, batch: Batch, start: int, end: int) -> Written:
        try:
            return await self._commit(batch, CommitProgress(), None)
        except ProgramError:
            raise
        except Exception as error:  # noqa: BLE001 as above
            return await self._store_halves(batch, start, end, error)

    async def _store_halves(self, batch: Batch, start: int, end: int, error: Exception) -> Written:
        if end - start == 1:
            batch = batch.between(
                start, end
            )  # a progress of its own, because the caller's covers the whole batch
            if is_datas_fault(error):
                log.warning("quarantined what the database refuses: %s", error)
                refusal = BadMessageError(Reason.STORE, f"the database refuses it: {error}")
            else:
                refusal = defect(error)
                self._defects.note(refusal, batch.arrival.deliveries[start][0])
                await self._defects.stop_if_too_many()
            batch.refuse(start, refusal)
            written = await self._commit(batch, CommitProgress(), None)
            return replace(written, refused=(*written.refused, batch.refusals[-1]))
        middle = (start + end) // 2
        first = await self._store_part(batch.between(start, middle), start, middle)
        second = await self._store_part(batch.between(middle, end), middle, end)
        return Written(
            fates=np.maximum(first.fates, second.fates),
            rows=first.rows + second.rows,
            known_rows=first.known_rows + second.known_rows,
            refused=first.refused + second.refused,
        )

    async def _commit(self, batch: Batch, progress: CommitProgress, after: CommitProgress | None) -> Written:
        attempt = 0
        while True:
            write = functools.partial(
                self._write, batch=batch, progress=progress, after=after, repeat=attempt > 0
            )
            try:
                written = await self._database.transact(write)
            except (
                asyncpg.UniqueViolationError,
                TakenError,
            ):  # some rows are stored already: compare each one
                attempt += 1
                if attempt == _ATTEMPTS:
                    raise
            except EarlierRestartedError:
                continue
            else:
                self._positions.remember(batch.fixes)
                return written

    async def _write(
        self,
        connection: Connection,
        batch: Batch,
        progress: CommitProgress,
        after: CommitProgress | None,
        *,
        repeat: bool,
    ) -> Written:
        written = Written.of(batch)
        latest_right = self._latest_right()
        progress.begin()
        attempt = 0 if after is None else await after.copied()
        copied: Copied | None = None
        if len(batch.fixes):
            copied = await self._positions.copy(connection, batch.fixes, batch.received_at, repeat=repeat)
        progress.copy()
        if after is not None:
            await after.committed(attempt)
        without_time: frozenset[int] = frozenset()
        if copied is not None:
            without_time |= copied.without_time
            await self._positions.follow(
                connection, copied, written, received_at=batch.received_at, latest_right=latest_right
            )
        if batch.telemetry:
            without_time |= await self._telemetry.write(connection, batch, written, latest_right=latest_right)
        if batch.statuses:
            await self._devices.write_statuses(connection, batch, written, latest_right=latest_right)
        if batch.stills:
            await self._devices.write_stills(connection, batch, written, latest_right=latest_right)
        written.fates[batch.ignored] = Fate.IGNORED
        if batch.transitions:
            numbers = self._routes.entity_ids
            transitions = [
                (int(numbers[transition.sender.index]), transition) for transition in batch.transitions
            ]
            written.rows["event"] += await self._rule_events.write(connection, transitions, batch.received_at)
        written.refused = tuple(_refusal_without_time(batch, written, each) for each in sorted(without_time))
        refusals = [*batch.refusals, *written.refused]
        if refusals:
            await self._quarantine.write(connection, batch, refusals)
            whole = [refusal.ordinal for refusal in refusals if refusal.item is None]
            written.fates[whole] = Fate.QUARANTINED
        return written

    def _latest_right(self) -> datetime:
        """The latest time that is not ahead of our clock; rows with a later one give way (`ingest.times`)."""
        return datetime.fromtimestamp(self._clock() + self._limits.future_s, UTC)


def _refusal_without_time(batch: Batch, written: Written, ordinal: int) -> Refusal:
    """The refusal of a message without a free time, or of the items without one."""
    topic, payload, _ = batch.arrival.deliveries[ordinal]
    has_other_parts = written.fates[ordinal] != Fate.UNDECIDED
    return Refusal(
        ordinal=ordinal,
        topic=topic,
        payload=payload,
        error=no_free_time(),
        item="items without a free time" if has_other_parts else None,
    )

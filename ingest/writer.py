"""One batch into the database: what runs inside its transaction, and what it makes of each message."""

from __future__ import annotations

import functools
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import asyncpg
import numpy as np
from numpy.typing import NDArray

from ingest.batch import Batch, Item, Refusal
from ingest.database import Database, is_datas_fault
from ingest.defects import Defects
from ingest.errors import BadMessageError, Reason, defect
from ingest.events import Events
from ingest.fixes import Fixes
from ingest.presence import Presence
from ingest.progress import BegunAnewError, Progress
from ingest.quarantine import Quarantine
from ingest.routes import Routes
from ingest.settings import Limits
from program.errors import ProgramError
from store.connection import Connection
from store.copy_rows import EPOCH_2000_US, RowFormat
from store.maintenance import LATE
from store.quality import HIDDEN, Quality
from store.queries import load
from wire.messages import Telemetry, as_datetime

log = logging.getLogger(__name__)

UNDECIDED, STORED, DUPLICATE, QUARANTINED, IGNORED = range(5)
"""A message's fate, as a number in an array."""

_POSITION: Final = RowFormat(
    columns=(
        ("entity_id", ">i4"),
        ("flags", ">i4"),
        ("time", ">i8"),
        ("received_at", ">i8"),
        ("lat", ">f8"),
        ("lon", ">f8"),
        ("speed_mps", ">f4"),
        ("heading_deg", ">f4"),
        ("altitude_m", ">f4"),
        ("accuracy_m", ">f4"),
        ("ignition", "u1"),
    )
)
_LATEST_COLUMNS: Final = (
    "flags", "time_us", "lat", "lon", "speed_mps", "heading_deg", "altitude_m", "accuracy_m", "ignition",
)  # fmt: skip
_HOUR_US: Final = 3_600_000_000
_NEVER: Final = datetime.fromtimestamp(0, UTC)


@dataclass(slots=True, kw_only=True)
class Written:
    """What a commit made of a batch.

    Attributes:
        fates: one number a message of the whole batch; `UNDECIDED` for those not in this part of it.
        rows: rows that are new, by table.
        known_rows: rows that were there already, by table.
        refused: messages that the database would not take, quarantined instead.
    """

    fates: NDArray[np.int8]
    rows: Counter[str]
    known_rows: Counter[str]
    refused: tuple[Refusal, ...] = ()


class Writer:
    """Stores batches.

    Args:
        database: where.
        routes: who has spoken.
        quarantine: keeps what is refused.
        defects: counts what we fail at, and stops us when it is too much.
        events: what writes down what the rules found.
        limits: how far ahead of our clock a time may be;
        clock: which is this, in epoch seconds.
    """

    def __init__(
        self,
        *,
        database: Database,
        routes: Routes,
        quarantine: Quarantine,
        defects: Defects,
        events: Events,
        limits: Limits = Limits(),  # noqa: B008 frozen
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._routes = routes
        self._quarantine = quarantine
        self._defects = defects
        self._events = events
        self._limits = limits
        self._clock = clock
        self._presence = Presence()
        self._sql = load("ingest")

    async def store(self, batch: Batch, progress: Progress, *, after: Progress | None) -> Written:
        """Store a batch; waits for the database as long as it takes.

        What the server refuses is searched for by halving, and quarantined.

        Args:
            batch: what to store.
            progress: its own milestones, reported here.
            after: those of an earlier batch that must be committed first.
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
        """Write the refusals of a batch, in a transaction of their own."""
        await self._database.transact(lambda connection: self._quarantine.write(connection, batch))

    async def _store_part(self, batch: Batch, start: int, end: int) -> Written:
        try:
            return await self._commit(batch, Progress(), None)
        except ProgramError:
            raise
        except Exception as error:  # noqa: BLE001 as above
            return await self._store_halves(batch, start, end, error)

    async def _store_halves(self, batch: Batch, start: int, end: int, error: Exception) -> Written:
        if end - start == 1:
            batch = batch.between(start, end)  # its own: the caller's has more to it
            if is_datas_fault(error):
                log.warning("quarantined what the database refuses: %s", error)
                refusal = BadMessageError(Reason.STORE, f"the database refuses it: {error}")
            else:
                refusal = defect(error)
                self._defects.note(refusal, batch.arrival.deliveries[start][0])
                await self._defects.hold()
            batch.refuse(start, refusal)
            return replace(await self._commit(batch, Progress(), None), refused=(batch.refusals[-1],))
        middle = (start + end) // 2
        first = await self._store_part(batch.between(start, middle), start, middle)
        second = await self._store_part(batch.between(middle, end), middle, end)
        return Written(
            fates=np.maximum(first.fates, second.fates),
            rows=first.rows + second.rows,
            known_rows=first.known_rows + second.known_rows,
            refused=first.refused + second.refused,
        )

    async def _commit(self, batch: Batch, progress: Progress, after: Progress | None) -> Written:
        repeat = False
        while True:
            write = functools.partial(self._write, batch=batch, progress=progress, after=after, repeat=repeat)
            try:
                written = await self._database.transact(write)
            except asyncpg.UniqueViolationError:  # something is here already: the path that sorts it out
                if repeat:
                    raise
                repeat = True
            except BegunAnewError:
                continue
            else:
                self._presence.remember(batch.fixes)
                return written

    async def _write(
        self,
        connection: Connection,
        batch: Batch,
        progress: Progress,
        after: Progress | None,
        *,
        repeat: bool,
    ) -> Written:
        written = Written(
            fates=np.zeros(len(batch.arrival.deliveries), dtype=np.int8), rows=Counter(), known_rows=Counter()
        )
        progress.begin()
        attempt = 0 if after is None else await after.copied()
        new = await self._copy_fixes(connection, batch, repeat=repeat) if len(batch.fixes) else None
        progress.copy()
        if after is not None:
            await after.committed(attempt)
        if new is not None:
            await self._follow_fixes(connection, batch, written, new)
        news = written.fates == STORED  # a foreign message has parts in several tables: news in one is news
        if batch.telemetry:
            await self._write_telemetry(connection, batch, written)
            written.fates[news] = STORED
            news = written.fates == STORED
        if batch.statuses:
            await self._write_statuses(connection, batch, written)
            written.fates[news] = STORED
        if batch.stills:
            await self._write_stills(connection, batch, written)
        written.fates[batch.ignored] = IGNORED
        if batch.turns:
            numbers = self._routes.entity_ids
            turns = [(int(numbers[turn.speaker.index]), turn) for turn in batch.turns]
            written.rows["event"] += await self._events.write(connection, turns, batch.received_at)
        if batch.refusals:
            await self._quarantine.write(connection, batch)
            whole = [refusal.ordinal for refusal in batch.refusals if refusal.item is None]
            written.fates[whole] = QUARANTINED
        return written

    async def _copy_fixes(self, connection: Connection, batch: Batch, *, repeat: bool) -> NDArray[np.bool_]:
        """Put the fixes into their table; answer which were not there yet."""
        fixes = batch.fixes
        entities = self._routes.entity_ids[fixes.speaker]
        if repeat:
            await connection.execute(self._sql["make_incoming_position"])
        await connection.copy_to_table(
            "incoming_position" if repeat else "position",
            source=_at_once(_encode(fixes, entities, batch.received_at)),
            columns=_POSITION.names,
            format="binary",
        )
        if not repeat:
            return np.ones(len(fixes), dtype=np.bool_)
        taken = await connection.fetch(self._sql["take_incoming_position"])
        return _first_of_each(entities, fixes.time_us, {(row[0], row[1]) for row in taken})

    async def _follow_fixes(
        self, connection: Connection, batch: Batch, written: Written, new: NDArray[np.bool_]
    ) -> None:
        """What else fixes change: latest positions, hours to roll up again, presence; and their fates."""
        fixes = batch.fixes
        entities = self._routes.entity_ids[fixes.speaker]
        await self._advance_latest(connection, fixes, entities, batch.received_at)
        await self._mark_late_hours(connection, fixes, batch.received_at)
        cells, buckets, rows = self._presence.wanted(fixes)
        if len(rows):
            await connection.execute(
                self._sql["mark_presence"], cells.tolist(), buckets.tolist(), entities[rows].tolist()
            )
        written.fates[fixes.message[~new]] = DUPLICATE
        written.fates[fixes.message[new]] = STORED
        written.rows["position"] += int(new.sum())
        written.known_rows["position"] += int((~new).sum())

    async def _mark_late_hours(self, connection: Connection, fixes: Fixes, received_at: datetime) -> None:
        """Hours that may have been rolled up already must be rolled up again."""
        before_us = round((received_at - LATE).timestamp() * 1e6)
        if fixes.time_us.min() < before_us:
            hours = np.unique(fixes.time_us[fixes.time_us < before_us] // _HOUR_US)
            await connection.execute(self._sql["mark_late_hours"], hours.tolist())

    async def _advance_latest(
        self, connection: Connection, fixes: Fixes, entities: NDArray[np.int64], received_at: datetime
    ) -> None:
        """Move each entity's latest position to its newest good fix of the batch, never back."""
        good = np.flatnonzero((fixes.flags & int(HIDDEN)) == 0)
        order = good[np.lexsort((fixes.time_us[good], entities[good]))]
        last = np.ones(len(order), dtype=np.bool_)
        last[:-1] = entities[order[1:]] != entities[order[:-1]]
        newest = order[last]
        if not len(newest):
            return
        chosen = fixes.rows(newest)
        await connection.execute(
            self._sql["advance_latest_position"],
            entities[newest].tolist(),
            *(getattr(chosen, name).tolist() for name in _LATEST_COLUMNS),
            received_at,
            self._latest_right(),
        )

    async def _write_telemetry(self, connection: Connection, batch: Batch, written: Written) -> None:
        numbers = self._routes.entity_ids
        samples: dict[tuple[int, datetime], Item[Telemetry]] = {}
        for item in batch.telemetry:
            key = (int(numbers[item.route.speaker.index]), as_datetime(item.message.time))
            samples.setdefault(key, item)
            written.fates[item.ordinal] = max(written.fates[item.ordinal], DUPLICATE)
        keys = sorted(samples)
        new = await connection.fetch(
            self._sql["add_telemetry"],
            [entity for entity, _ in keys],
            [moment for _, moment in keys],
            [samples[key].message.values for key in keys],
            [_flags(samples[key]) for key in keys],
            batch.received_at,
        )
        latest: dict[int, tuple[datetime, datetime, dict[str, Any]]] = {}
        for entity, moment in sorted((row[0], row[1]) for row in new):
            sample = samples[entity, moment]
            written.fates[sample.ordinal] = STORED
            if not sample.ahead:
                _, heard_at, before = latest.get(entity, (moment, _NEVER, {}))
                heard_at = max(heard_at, _heard_at(sample, batch.received_at))
                latest[entity] = (moment, heard_at, {**before, **sample.message.values})
        written.rows["telemetry"] += len(new)
        written.known_rows["telemetry"] += len(batch.telemetry) - len(new)
        await connection.execute(
            self._sql["advance_latest_telemetry"],
            list(latest),
            [moment for moment, _, _ in latest.values()],
            [values for _, _, values in latest.values()],
            [heard_at for _, heard_at, _ in latest.values()],
            self._latest_right(),
        )

    async def _write_statuses(self, connection: Connection, batch: Batch, written: Written) -> None:
        numbers = self._routes.entity_ids
        last = {int(numbers[item.route.speaker.index]): item for item in batch.statuses}
        items = [last[entity] for entity in sorted(last)]
        changed = await connection.fetch(
            self._sql["change_status"],
            [int(numbers[item.route.speaker.index]) for item in items],
            [as_datetime(item.message.time) for item in items],
            [_heard_at(item, batch.received_at) for item in items],
            [item.message.online for item in items],
            [item.message.program for item in items],
            [item.message.detail for item in items],
            [_flags(item) for item in items],
            self._latest_right(),
        )
        written.fates[[item.ordinal for item in batch.statuses]] = STORED  # said, and overruled at once
        moved = {row[0] for row in changed}
        written.fates[[item.ordinal for entity, item in last.items() if entity not in moved]] = DUPLICATE

    async def _write_stills(self, connection: Connection, batch: Batch, written: Written) -> None:
        newest = {}
        for item in sorted(batch.stills, key=lambda item: as_datetime(item.message.time)):
            written.fates[item.ordinal] = DUPLICATE
            newest[item.message.camera or item.route.speaker.id] = item
        cameras = sorted(newest)
        changed = await connection.fetch(
            self._sql["change_stills"],
            cameras,
            [newest[camera].route.topic.district for camera in cameras],
            [as_datetime(newest[camera].message.time) for camera in cameras],
            [newest[camera].message.jpeg for camera in cameras],
            [_heard_at(newest[camera], batch.received_at) for camera in cameras],
            self._latest_right(),
        )
        written.fates[[newest[row[0]].ordinal for row in changed]] = STORED

    def _latest_right(self) -> datetime:
        """The latest time that can be right; what is known of later was told while our clock was ahead."""
        return datetime.fromtimestamp(self._clock() + self._limits.future_s, UTC)


def _flags(item: Item[Any]) -> int:
    """The bits of `store.quality.Quality` of what is no fix."""
    return int((Quality.FUTURE if item.ahead else 0) | (Quality.RETAINED if item.retained else 0))


def _heard_at(item: Item[Any], received_at: datetime) -> datetime:
    """When its sender was heard: of what the broker had kept, when it was said."""
    return min(as_datetime(item.message.time), received_at) if item.retained else received_at


async def _at_once(data: bytes) -> AsyncIterator[bytes]:
    """A source for COPY; asyncpg would read a file object in a thread."""
    yield data


def _encode(fixes: Fixes, entities: NDArray[np.int64], received_at: datetime) -> bytes:
    values: dict[str, Any] = {name: getattr(fixes, name) for name in _POSITION.names if hasattr(fixes, name)}
    values["entity_id"] = entities
    values["time"] = fixes.time_us - EPOCH_2000_US
    values["received_at"] = round(received_at.timestamp() * 1e6) - EPOCH_2000_US
    optional = ("speed_mps", "heading_deg", "altitude_m", "accuracy_m")
    missing = {name: np.isnan(values[name]) for name in optional}
    return _POSITION.encode(values, {**missing, "ignition": fixes.ignition < 0}, len(fixes))


def _first_of_each(
    entities: NDArray[np.int64], time_us: NDArray[np.int64], new: set[tuple[int, int]]
) -> NDArray[np.bool_]:
    """Which rows are the new ones: of several with the same key the first."""
    chosen = np.zeros(len(entities), dtype=np.bool_)
    for row, key in enumerate(zip(entities.tolist(), time_us.tolist(), strict=True)):
        if key in new:
            new.remove(key)
            chosen[row] = True
    return chosen

"""Writes readings into their tables: every sample, and the latest of each reading."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import msgspec
import numpy as np

from ingest.batch import Batch, Item, heard_at_of
from ingest.ledger import Fate
from ingest.moments import TakenError, days, free_times
from ingest.routes import Routes
from ingest.written import Written
from store.connection import Connection
from store.quality import quality_of
from store.queries import load
from wire.messages import Telemetry, as_datetime

_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_AT_ONCE: Final = 5000
"""Samples that one query compares with stored ones."""

_content: Final = msgspec.json.Encoder(order="sorted").encode


class _Row:
    """One sample, and the time at which it is stored."""

    __slots__ = ("entity", "item", "moment")

    def __init__(self, entity: int, moment: datetime, item: Item[Telemetry]) -> None:
        self.entity = entity
        self.moment = moment
        self.item = item

    @property
    def key(self) -> tuple[int, datetime]:
        return self.entity, self.moment


class TelemetryRows:
    """Writes samples in the transaction of the caller.

    Args:
        routes: holds the numbers of the entities.
    """

    def __init__(self, routes: Routes) -> None:
        self._routes = routes
        self._sql = load("ingest")

    async def write(
        self, connection: Connection, batch: Batch, written: Written, *, latest_right: datetime
    ) -> frozenset[int]:
        """Write the samples of a batch.

        Returns:
            Indexes in the batch of messages with a sample for which no time is free.

        Raises:
            TakenError: another transaction has stored a row of the same time meanwhile.
        """
        numbers = self._routes.entity_ids
        rows = [
            _Row(int(numbers[item.route.sender.index]), as_datetime(item.message.time), item)
            for item in batch.telemetry
        ]
        rows.sort(key=lambda row: row.key)  # a stable sort: samples of one time stay in the order of receipt
        firsts: dict[tuple[int, datetime], _Row] = {}
        others = [row for row in rows if firsts.setdefault(row.key, row) is not row]
        new = await self._add(connection, list(firsts.values()), batch.received_at)
        stored = [row for key, row in firsts.items() if key in new]
        others = [*(row for key, row in firsts.items() if key not in new), *others]
        without_time: list[_Row] = []
        if others:
            others.sort(key=lambda row: row.key)
            moved, without_time = await self._add_at_free_times(connection, others, batch.received_at)
            stored += moved
            stored.sort(key=lambda row: row.key)
        full = {id(row) for row in without_time}
        for row in rows:
            if id(row) not in full:
                written.set_fate(row.item.ordinal, Fate.DUPLICATE)
        for row in stored:
            written.set_fate(row.item.ordinal, Fate.STORED)
        written.rows["telemetry"] += len(stored)
        written.known_rows["telemetry"] += len(rows) - len(stored) - len(without_time)
        await self._advance_latest(connection, stored, batch.received_at, latest_right)
        return frozenset(row.item.ordinal for row in without_time)

    async def _add(
        self, connection: Connection, rows: Sequence[_Row], received_at: datetime
    ) -> set[tuple[int, datetime]]:
        """Add rows whose time is free; returns the keys of those that were added."""
        added = await connection.fetch(
            self._sql["add_telemetry"],
            [row.entity for row in rows],
            [row.moment for row in rows],
            [row.item.message.values for row in rows],
            [quality_of(ahead=row.item.ahead, retained=row.item.retained) for row in rows],
            received_at,
        )
        return {(each[0], each[1]) for each in added}

    async def _add_at_free_times(
        self, connection: Connection, rows: Sequence[_Row], received_at: datetime
    ) -> tuple[list[_Row], list[_Row]]:
        """Store samples that differ from all stored samples of the same time, at the next free times.

        Returns:
            The stored samples, and those without a free time.
        """
        known: set[int] = set()
        for here, *span in days(np.array([_microseconds(row.moment) for row in rows])):
            for start in range(0, len(here), _AT_ONCE):
                places = here[start : start + _AT_ONCE].tolist()
                part = [rows[place] for place in places]
                same = await connection.fetchval(
                    self._sql["known_telemetry"],
                    [row.entity for row in part],
                    [row.moment for row in part],
                    [row.item.message.values for row in part],
                    *span,
                )
                known |= {places[number - 1] for number in same}
        rest = [row for place, row in enumerate(rows) if place not in known]
        if not rest:
            return [], []
        wanted = sorted({row.key for row in rest})
        taken: set[tuple[int, int]] = set()
        for here, *span in days(np.array([_microseconds(moment) for _, moment in wanted])):
            some = [wanted[place] for place in here.tolist()]
            stored = await connection.fetch(
                self._sql["taken_telemetry"],
                [entity for entity, _ in some],
                [moment for _, moment in some],
                *span,
            )
            taken |= {(each[0], _microseconds(each[1])) for each in stored}
        keys = ((row.entity, _microseconds(row.moment), _content(row.item.message.values)) for row in rest)
        found = free_times(keys, taken)
        moved = [
            _Row(rest[place].entity, _EPOCH + timedelta(microseconds=moment), rest[place].item)
            for place, moment in found.moved.items()
        ]
        if len(await self._add(connection, moved, received_at)) != len(moved):
            raise TakenError
        return moved, [rest[place] for place in found.without_time]

    async def _advance_latest(
        self, connection: Connection, stored: Sequence[_Row], received_at: datetime, latest_right: datetime
    ) -> None:
        """Move each entity's latest readings forward; a late sample adds only readings that are missing.

        Args:
            connection: in the same transaction.
            stored: new samples, in order of entity and time.
            received_at: when they came.
            latest_right: the latest time that is not ahead of our clock.
        """
        rows = [row for row in stored if not row.item.ahead]
        entities = [row.entity for row in rows]
        last = {}
        if any(one == other for one, other in pairwise(entities)):  # some of several samples may be late
            known = await connection.fetch(
                self._sql["latest_telemetry_times"], sorted(set(entities)), latest_right
            )
            last = {each[0]: each[1] for each in known}
        late = [row for row in rows if row.entity in last and row.moment <= last[row.entity]]
        news = [row for row in rows if row.entity not in last or row.moment > last[row.entity]]
        for part in (late, news):
            latest: dict[int, tuple[datetime, dict[str, Any], datetime]] = {}
            for row in part:
                _, values, heard_at = latest.get(row.entity, (row.moment, {}, _EPOCH))
                heard_at = max(heard_at, heard_at_of(row.item, received_at))
                latest[row.entity] = (row.moment, {**values, **row.item.message.values}, heard_at)
            if latest:
                await connection.execute(
                    self._sql["advance_latest_telemetry"],
                    list(latest),
                    *map(list, zip(*latest.values(), strict=True)),
                    latest_right,
                )


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)

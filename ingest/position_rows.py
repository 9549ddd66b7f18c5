"""Writes fixes: every fix, the latest of each entity, its presence, and hours to roll up again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ingest.fixes import Fixes
from ingest.ledger import Fate
from ingest.moments import days, free_times
from ingest.presence import Presence
from ingest.routes import Routes
from ingest.written import Written
from store.connection import Connection
from store.copy_rows import EPOCH_2000_US, RowFormat
from store.maintenance import LATE
from store.quality import HIDDEN
from store.queries import load

_COLUMNS: Final = (
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
_POSITION: Final = RowFormat(columns=_COLUMNS)
_INCOMING: Final = RowFormat(columns=(*_COLUMNS, ("number", ">i4")))
_OPTIONAL: Final = ("speed_mps", "heading_deg", "altitude_m", "accuracy_m")
_CONTENT: Final = ("lat", "lon", *_OPTIONAL, "ignition", "no_fix")
_LATEST_COLUMNS: Final = ("flags", "time_us", "lat", "lon", *_OPTIONAL, "ignition")
_HOUR_US: Final = 3_600_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """The result for some fixes.

    Attributes:
        fixes: at the times at which they are stored.
        new: which of them were not stored before.
        without_time: indexes in the batch of messages with a fix for which no time is free.
    """

    fixes: Fixes
    new: NDArray[np.bool_]
    without_time: frozenset[int] = frozenset()


class PositionRows:
    """Writes fixes in the transaction of the caller.

    Args:
        routes: holds the numbers of the entities.
    """

    def __init__(self, routes: Routes) -> None:
        self._routes = routes
        self._presence = Presence()
        self._sql = load("ingest")

    async def copy(
        self, connection: Connection, fixes: Fixes, received_at: datetime, *, repeat: bool
    ) -> Copied:
        """Copy fixes into their table.

        Args:
            connection: in a transaction.
            fixes: all fixes of a batch.
            received_at: when it came.
            repeat: whether some may be stored already; if False, a stored (entity, time) is an error.

        Raises:
            asyncpg.UniqueViolationError: an (entity, time) is stored already.
        """
        if not repeat:
            await self._copy(connection, fixes, received_at)
            return Copied(fixes=fixes, new=np.ones(len(fixes), dtype=np.bool_))
        entities = self._routes.entity_ids[fixes.sender]
        await connection.execute(self._sql["make_incoming_position"])
        values, missing = _values(fixes, entities, received_at)
        values["number"] = np.arange(len(fixes))
        await connection.copy_to_table(
            "incoming_position",
            source=_at_once(_INCOMING.encode(values, missing, len(fixes))),
            columns=_INCOMING.names,
            format="binary",
        )
        taken = await connection.fetch(self._sql["take_incoming_position"])
        new = _first_of_each(entities, fixes.time_us, {(row[0], row[1]) for row in taken})
        if new.all():
            return Copied(fixes=fixes, new=new)
        return await self._store_at_free_times(connection, fixes, received_at, new)

    async def _store_at_free_times(
        self, connection: Connection, fixes: Fixes, received_at: datetime, new: NDArray[np.bool_]
    ) -> Copied:
        """Store fixes that differ from all stored fixes of the same time, at the next free times."""
        others = ~new
        here = np.flatnonzero(others)
        for rows, *span in days(fixes.time_us[here]):
            known = await connection.fetchval(self._sql["known_positions"], here[rows].tolist(), *span)
            others[known] = False
        rows = np.flatnonzero(others)
        if not len(rows):
            return Copied(fixes=fixes, new=new)
        some = fixes.rows(rows)
        entities = self._routes.entity_ids[some.sender]
        wanted = np.unique(np.column_stack((entities, some.time_us)), axis=0)
        taken: set[tuple[int, int]] = set()
        for part, *span in days(wanted[:, 1]):
            found = await connection.fetch(self._sql["taken_positions"], *wanted[part].T.tolist(), *span)
            taken |= {(row[0], row[1]) for row in found}
        content = np.column_stack([getattr(some, name).astype(np.float64) for name in _CONTENT])
        keys = zip(entities.tolist(), some.time_us.tolist(), map(bytes, content), strict=True)
        free = free_times(keys, taken)
        moved = rows[list(free.moved)]
        times = fixes.time_us.copy()
        times[moved] = list(free.moved.values())
        placed = replace(fixes, time_us=times)
        if len(moved):
            await self._copy(connection, placed.rows(moved), received_at)
        new = new.copy()
        new[moved] = True
        kept = np.ones(len(fixes), dtype=np.bool_)
        kept[rows[free.without_time]] = False
        return Copied(
            fixes=placed.rows(kept),
            new=new[kept],
            without_time=frozenset(fixes.message[~kept].tolist()),
        )

    async def _copy(self, connection: Connection, fixes: Fixes, received_at: datetime) -> None:
        values, missing = _values(fixes, self._routes.entity_ids[fixes.sender], received_at)
        await connection.copy_to_table(
            "position",
            source=_at_once(_POSITION.encode(values, missing, len(fixes))),
            columns=_POSITION.names,
            format="binary",
        )

    async def follow(
        self,
        connection: Connection,
        copied: Copied,
        written: Written,
        *,
        received_at: datetime,
        latest_right: datetime,
    ) -> None:
        """Update the tables that follow from fixes, and set the fates of their messages.

        Args:
            connection: in the same transaction.
            copied: the fixes.
            written: takes the fates.
            received_at: when they came.
            latest_right: the latest time that is not ahead of our clock.
        """
        fixes, new = copied.fixes, copied.new
        if len(fixes):
            entities = self._routes.entity_ids[fixes.sender]
            await self._advance_latest(connection, fixes, entities, received_at, latest_right)
            await self._mark_late_hours(connection, fixes, received_at)
            cells, buckets, rows = self._presence.wanted(fixes)
            if len(rows):
                await connection.execute(
                    self._sql["mark_presence"], cells.tolist(), buckets.tolist(), entities[rows].tolist()
                )
        written.fates[fixes.message[~new]] = Fate.DUPLICATE
        written.fates[fixes.message[new]] = Fate.STORED
        written.rows["position"] += int(new.sum())
        written.known_rows["position"] += int((~new).sum())

    def remember(self, fixes: Fixes) -> None:
        """Note that the batch with these fixes is committed."""
        self._presence.remember(fixes)

    async def _mark_late_hours(self, connection: Connection, fixes: Fixes, received_at: datetime) -> None:
        """Mark past hours that got new fixes, to be rolled up again."""
        before_us = round((received_at - LATE).timestamp() * 1e6)
        if fixes.time_us.min() < before_us:
            hours = np.unique(fixes.time_us[fixes.time_us < before_us] // _HOUR_US)
            await connection.execute(self._sql["mark_late_hours"], hours.tolist())

    async def _advance_latest(
        self,
        connection: Connection,
        fixes: Fixes,
        entities: NDArray[np.int64],
        received_at: datetime,
        latest_right: datetime,
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
            latest_right,
        )


async def _at_once(data: bytes) -> AsyncIterator[bytes]:
    """A source for COPY as an async iterator; asyncpg would read a file object in a thread."""
    yield data


def _values(
    fixes: Fixes, entities: NDArray[np.int64], received_at: datetime
) -> tuple[dict[str, Any], dict[str, NDArray[np.bool_]]]:
    """The columns of `position`, and the masks of NULLs."""
    values: dict[str, Any] = {name: getattr(fixes, name) for name in _POSITION.names if hasattr(fixes, name)}
    values["entity_id"] = entities
    values["time"] = fixes.time_us - EPOCH_2000_US
    values["received_at"] = round(received_at.timestamp() * 1e6) - EPOCH_2000_US
    missing = {name: np.isnan(values[name]) for name in _OPTIONAL}
    return values, {**missing, "ignition": fixes.ignition < 0}


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

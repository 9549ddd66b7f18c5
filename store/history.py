"""The past: the fixes of entities in a period, and who was near a place. In pages, by the natural key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np

from geo.distance import METRES_PER_DEGREE, distance_m
from geo.track import Track, moment
from store.connection import Connection
from store.presence import cells_within, reach_degrees
from store.quality import MISPLACED
from store.queries import load
from store.track import read_track

PAGE: Final = 10_000
"""Fixes in one page: one query, and the number that is in memory at once."""

Reading: TypeAlias = Callable[[], AbstractAsyncContextManager[Connection]]
"""Provides a connection for one query; between pages it is returned to the pool."""

_SQL = load("history")
_ONE = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityRef:
    """One entity."""

    entity_id: int
    kind: str
    id: str
    district: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A visit near a place: from the first to the last fix there, without a long absence in between.

    Attributes:
        entity: the visitor.
        first_at, last_at: times of the first and the last fix.
        fixes: the number of fixes.
        nearest_m: the shortest distance, metres.
    """

    entity: EntityRef
    first_at: datetime
    last_at: datetime
    fixes: int
    nearest_m: float


async def find(reading: Reading, entities: Sequence[tuple[str, str]]) -> list[EntityRef]:
    """Those of some entities (kind, id) that have sent anything."""
    async with reading() as connection:
        rows = await connection.fetch(
            _SQL["find_entities"], [kind for kind, _ in entities], [identity for _, identity in entities]
        )
    return [EntityRef(**row) for row in rows]


async def pages(
    reading: Reading,
    entity: EntityRef,
    begin: datetime,
    end: datetime,
    *,
    doubtful: bool = False,
    size: int = PAGE,
) -> AsyncIterator[Track]:
    """One entity's fixes from `begin` up to, but not including, `end`, oldest first, in pages.

    Args:
        reading: provides a connection for each page.
        entity: the entity.
        begin: beginning of the period.
        end: end of the period.
        doubtful: whether to include doubtful fixes that the map does not show.
        size: fixes in a page.
    """
    while True:
        page = await read(reading, entity, begin, end, doubtful=doubtful, maximum=size)
        if len(page):
            yield page
        if len(page) < size:
            return
        begin = moment(int(page.time_us[-1])) + _ONE


async def read(
    reading: Reading,
    entity: EntityRef,
    begin: datetime,
    end: datetime,
    *,
    doubtful: bool = False,
    maximum: int = PAGE,
) -> Track:
    """One entity's fixes at once, at most `most`."""
    async with reading() as connection:
        return await read_track(
            connection,
            _SQL["fixes"],
            entity.entity_id,
            begin,
            end,
            0 if doubtful else int(MISPLACED),
            maximum,
        )


async def visits(
    reading: Reading,
    *,
    lat: float,
    lon: float,
    radius_m: float,
    begin: datetime,
    end: datetime,
    absence_s: float = 600.0,
) -> list[Visit]:
    """Visits within a distance of a place, from `begin` up to, but not including, `end`; earliest first."""
    north, east = reach_degrees(lat, radius_m)
    async with reading() as connection:
        near = await read_track(
            connection, _SQL["fixes_near"], cells_within(lat, lon, radius_m), begin, end, lat, lon, radius_m,
            int(MISPLACED), north, east, METRES_PER_DEGREE,
        )  # fmt: skip
        ids = np.unique(near.entity_id).tolist()
        names = {
            row["entity_id"]: EntityRef(**row) for row in await connection.fetch(_SQL["name_entities"], ids)
        }
    if not len(near):
        return []
    away = distance_m(near.lat, near.lon, lat, lon)
    apart = (near.entity_id[1:] != near.entity_id[:-1]) | (np.diff(near.time_us) > absence_s * 1e6)
    edges = [0, *(np.flatnonzero(apart) + 1).tolist(), len(near)]
    found = [
        Visit(
            entity=names[int(near.entity_id[start])],
            first_at=moment(int(near.time_us[start])),
            last_at=moment(int(near.time_us[stop - 1])),
            fixes=stop - start,
            nearest_m=float(away[start:stop].min()),
        )
        for start, stop in pairwise(edges)
    ]
    return sorted(found, key=lambda visit: (visit.first_at, visit.entity.kind, visit.entity.id))

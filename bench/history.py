"""Measures queries about the past: `python -m bench history`. The last line is one JSON object.

A city's fixes are copied into the database as ingest would store them, in order of time, all vehicles mixed.
Then vehicles' days are read and places queried, a different one each time, so that no query is cached.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import click
import msgspec
import numpy as np
from numpy.typing import NDArray

from bench.stand import stand
from center.history.queries import fixes_of
from geo.journeys import journeys
from store.connection import Connection, open_connection
from store.copy_rows import EPOCH_2000_US, RowFormat
from store.history import EntityRef, read, visits
from store.maintenance import Keep, maintain
from store.presence import buckets, cells

_EVERY_S: Final = 10
_DAY_S: Final = 86_400
_START: Final = datetime(2026, 11, 2, tzinfo=UTC)
_BLOCK_S: Final = 600
_CITY: Final = (24.9, 118.6)
_POSITION: Final = RowFormat(
    columns=(
        ("entity_id", ">i4"), ("flags", ">i4"), ("time", ">i8"), ("received_at", ">i8"), ("lat", ">f8"),
        ("lon", ">f8"), ("speed_mps", ">f4"),
    )
)  # fmt: skip
_PRESENCE: Final = RowFormat(columns=(("cell", ">i8"), ("bucket", ">i8"), ("entity_id", ">i4")))


@click.command(name="history")
@click.option("--rows", default=2_000_000, help="Fixes in the table; the goal is stated for 20,000,000.")
@click.option("--days", default=3, help="Days over which they are spread, one every ten seconds.")
@click.option("--questions", default=20, help="How often each query is run.")
@click.option("--json", "as_json", is_flag=True, help="Print only the last line, the JSON object.")
def command(rows: int, days: int, questions: int, as_json: bool) -> None:  # noqa: FBT001 click's way
    """Measure a vehicle's day, its trips, and who was near a place."""
    say: Callable[[str], None] = (lambda _: None) if as_json else print
    with stand() as servers:
        found = asyncio.run(
            _measure(servers.database_url, rows=rows, days=days, questions=questions, say=say)
        )
    print(json.dumps(found))


async def _measure(
    url: str, *, rows: int, days: int, questions: int, say: Callable[[str], None]
) -> dict[str, Any]:
    vehicles = max(1, rows // (days * _DAY_S // _EVERY_S))
    fleet = _Fleet(vehicles)
    connection = await open_connection(url, application="streetwarden bench")
    try:
        began = time.perf_counter()
        await connection.execute(
            "INSERT INTO entity (kind, id, district) "
            "SELECT 'vehicle', 'v' || number, '350582' FROM generate_series(1, $1) AS number",
            vehicles,
        )
        stored = await _fill(connection, fleet, days=days)
        await connection.execute("VACUUM ANALYZE position, presence")
        say(
            f"{stored:,} fixes of {vehicles} vehicles over {days} days in {time.perf_counter() - began:.0f} s"
        )
        sizes = await connection.fetchrow(
            "SELECT hypertable_size('position'), hypertable_size('presence'), "
            "(SELECT count(*) FROM presence) AS marks"
        )
        assert sizes is not None
        figures = await _ask(connection, fleet, days=days, questions=questions)
        say(f"as it came in: {figures}")
        began = time.perf_counter()
        await maintain(url, keep=Keep(unpacked=0), now=_START + timedelta(days=days + 1))
        packing_s = time.perf_counter() - began
        await connection.execute("VACUUM ANALYZE position, presence")
        packed = await _ask(connection, fleet, days=days, questions=questions)
    finally:
        await connection.close()
    return {
        "rows": stored,
        "vehicles": vehicles,
        "days": days,
        "position_bytes_per_row": round(sizes[0] / stored, 1),
        "presence_bytes_per_fix": round(sizes[1] / stored, 1),
        "presence_marks_per_fix": round(sizes[2] / stored, 3),
        "maintenance_s": round(packing_s, 1),
        "as_it_came_in": figures,
        "put_in_order": packed,
    }


async def _ask(connection: Connection, fleet: _Fleet, *, days: int, questions: int) -> dict[str, Any]:
    generator = np.random.default_rng(2)

    @asynccontextmanager
    async def reading() -> AsyncIterator[Connection]:
        yield connection

    rows: list[int] = []
    there: list[int] = []
    took: dict[str, list[float]] = {name: [] for name in ("day", "day_as_json", "trips", "visits")}
    vehicles = generator.permutation(fleet.vehicles)[:questions].tolist()
    for vehicle in vehicles:
        begin = _START + timedelta(days=int(generator.integers(days)))
        end = begin + timedelta(days=1)
        named = EntityRef(entity_id=vehicle + 1, kind="vehicle", id=f"v{vehicle + 1}", district="350582")
        track = await _timed(took["day"], partial(read, reading, named, begin, end))
        rows.append(len(track))
        began = time.perf_counter()
        msgspec.json.encode(fixes_of(named, track))
        took["day_as_json"].append(took["day"][-1] + (time.perf_counter() - began) * 1000)
        began = time.perf_counter()
        journeys(track)
        took["trips"].append(took["day"][-1] + (time.perf_counter() - began) * 1000)
        lat, lon, _ = fleet.at(np.array([float(generator.uniform(0, days * _DAY_S))]), np.array([vehicle]))
        ask = partial(visits, reading, lat=float(lat[0]), lon=float(lon[0]), radius_m=100)
        found = await _timed(took["visits"], partial(ask, begin=begin, end=end))
        there.append(len(found))
    return {
        "fixes_in_a_day": int(statistics.median(rows)),
        "visits_found": int(statistics.median(there)),
        **{
            f"{name}_ms": {"median": round(statistics.median(each), 1), "greatest": round(max(each), 1)}
            for name, each in took.items()
        },
    }


async def _timed(took: list[float], work: Callable[[], Awaitable[Any]]) -> Any:
    began = time.perf_counter()
    found = await work()
    took.append((time.perf_counter() - began) * 1000)
    return found


class _Fleet:
    """Vehicles that drive in a city of 20 km, seldom faster than 20 m/s."""

    def __init__(self, vehicles: int) -> None:
        generator = np.random.default_rng(1)
        self.vehicles = vehicles
        self._period = generator.uniform(900, 9000, (vehicles, 2, 3))
        self._phase = generator.uniform(0, 2 * np.pi, (vehicles, 2, 3))
        self._reach = np.minimum(0.03, 8e-5 * self._period / (2 * np.pi))

    def at(
        self, seconds: NDArray[np.float64], vehicles: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Latitude, longitude and speed of vehicles at given times."""
        turn = 2 * np.pi / self._period[vehicles]
        angle = seconds[:, None, None] * turn + self._phase[vehicles]
        offset = (self._reach[vehicles] * np.sin(angle)).sum(axis=2)
        pace = (self._reach[vehicles] * turn * np.cos(angle)).sum(axis=2)
        return _CITY[0] + offset[:, 0], _CITY[1] + offset[:, 1], np.hypot(*pace.T) * 111_320

    def blocks(self, days: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
        """Vehicles and times, in order of time, ten minutes at once."""
        offsets = np.random.default_rng(3).uniform(0, _EVERY_S, self.vehicles)
        everyone = np.arange(self.vehicles)
        for begin in range(0, days * _DAY_S, _BLOCK_S):
            steps = np.arange(begin, begin + _BLOCK_S, _EVERY_S)
            moments = (steps[:, None] + offsets[None, :]).ravel()
            yield np.tile(everyone, len(steps)), moments


async def _fill(connection: Connection, fleet: _Fleet, *, days: int) -> int:
    start_us = round(_START.timestamp() * 1e6)
    stored = 0
    for vehicles, moments in fleet.blocks(days):
        lat, lon, speed = fleet.at(moments, vehicles)
        time_us = start_us + np.rint(moments * 1e6).astype(np.int64)
        values = {
            "entity_id": vehicles + 1,
            "flags": 0,
            "time": time_us - EPOCH_2000_US,
            "received_at": time_us - EPOCH_2000_US,
            "lat": lat,
            "lon": lon,
            "speed_mps": speed,
        }
        await _copy(connection, "position", _POSITION, values, len(vehicles))
        marks = np.unique(np.column_stack((cells(lat, lon), buckets(time_us), vehicles + 1)), axis=0)
        columns = {"cell": marks[:, 0], "bucket": marks[:, 1] - EPOCH_2000_US, "entity_id": marks[:, 2]}
        await _copy(connection, "incoming_presence", _PRESENCE, columns, len(marks))
        stored += len(vehicles)
    await connection.execute(
        "INSERT INTO presence SELECT DISTINCT cell, bucket, entity_id FROM incoming_presence "
        "ORDER BY bucket, cell, entity_id"
    )
    return stored


async def _copy(
    connection: Connection, table: str, form: RowFormat, values: dict[str, Any], rows: int
) -> None:
    if table == "incoming_presence":
        await connection.execute(
            "CREATE TEMPORARY TABLE IF NOT EXISTS incoming_presence "
            "(cell bigint, bucket timestamptz, entity_id integer)"
        )

    async def source() -> AsyncIterator[bytes]:
        yield form.encode(values, {}, rows)

    await connection.copy_to_table(table, source=source(), columns=form.names, format="binary")

"""History: fixes in pages, trips and stops, and who was near a place."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import asyncpg
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.distance import METRES_PER_DEGREE
from geo.journeys import Journey, JourneyThresholds, gaps, journeys, profile
from geo.track import Track, moment
from store.connection import Connection
from store.history import find, pages, visits
from store.presence import cells, cells_within

START = datetime(2026, 11, 18, 4, tzinfo=UTC)
TRIP_FILE = Path(__file__).parents[3] / "shared" / "data" / "gps" / "telematics_trip.js"


def track(*rows: tuple[float, float, float | None], ignition: int = -1) -> Track:
    """Rows of seconds, metres to the north, speed in m/s."""
    count = len(rows)
    start = int(START.timestamp() * 1e6)
    unknown = np.full(count, np.nan)
    return Track(
        entity_id=np.ones(count, dtype=np.int64),
        time_us=np.array([start + round(at * 1e6) for at, _, _ in rows], dtype=np.int64),
        lat=np.array([24.9 + north / METRES_PER_DEGREE for _, north, _ in rows]),
        lon=np.full(count, 118.6),
        speed_mps=np.array([np.nan if speed is None else speed for _, _, speed in rows]),
        heading_deg=unknown,
        altitude_m=unknown,
        accuracy_m=unknown,
        ignition=np.full(count, ignition, dtype=np.int64),
        flags=np.zeros(count, dtype=np.int64),
    )


def shape(found: list[Journey]) -> list[tuple[str, float, float]]:
    zero = START.timestamp()
    return [
        ("trip" if each.moving else "stop", each.begin_us / 1e6 - zero, each.end_us / 1e6 - zero)
        for each in found
    ]


def drive(begin: float, end: float, metres: float, speed: float = 10.0) -> list[tuple[float, float, float]]:
    return [(at, metres + speed * (at - begin), speed) for at in np.arange(begin, end, 10.0)]


def test_trips_and_stops_take_turns_and_short_standing_is_part_of_a_trip() -> None:
    rows = [*drive(0, 300, 0), *((float(at), 3000, 0.0) for at in range(300, 360, 10))]  # a traffic light
    rows += drive(360, 600, 3000)
    rows += [(float(at), 5400, 0.1) for at in range(600, 1200, 10)]
    rows += drive(1200, 1300, 5400)
    found = journeys(track(*rows))
    assert shape(found) == [("trip", 0, 600), ("stop", 600, 1200), ("trip", 1200, 1290)]
    assert found[0].distance_m == pytest.approx(5400, rel=1e-6)
    assert (found[0].top_mps, found[1].distance_m) == (10.0, 0.0)


def test_jitter_is_no_trip_and_silence_in_place_is_a_stop() -> None:
    rows = [(0, 0, 0.0), (100, 5, 0.0), (200, 20, 2.0), (205, 10, 0.0), (400, 5, 0.0)]
    assert shape(journeys(track(*rows))) == [("stop", 0, 400)]
    away = [*drive(0, 100, 0), (90.0 + 3600, 920.0, 10.0), *drive(3700, 3800, 1000)]
    assert [each[0] for each in shape(journeys(track(*away)))] == ["trip", "stop", "trip"]
    tunnel = [*drive(0, 100, 0), *drive(3700, 3800, 30_000)]
    assert [each[0] for each in shape(journeys(track(*tunnel)))] == ["trip"]


def test_a_long_silence_on_the_way_is_a_gap_and_one_in_place_is_none() -> None:
    tunnel = [*drive(0, 100, 0), *drive(400, 500, 3000)]
    assert gaps(track(*tunnel)).tolist() == [9]
    parked = [*drive(0, 100, 0), *drive(400, 500, 900)]
    assert gaps(track(*parked)).tolist() == []
    short = [*drive(0, 100, 0), *drive(270, 500, 3000)]
    assert gaps(track(*short)).tolist() == []
    assert gaps(track(*short), JourneyThresholds(gap_s=60)).tolist() == [9]
    assert gaps(track()).tolist() == []


def test_without_speeds_the_way_tells() -> None:
    rows = [(at, north, None) for at, north, _ in drive(0, 300, 0)]
    rows += [(float(at), 2900.0, None) for at in range(300, 900, 10)]
    assert [each[0] for each in shape(journeys(track(*rows)))] == ["trip", "stop"]


def test_a_stop_with_the_ignition_on_is_idling() -> None:
    (stop,) = journeys(track(*((float(at), 0.0, 0.0) for at in range(0, 400, 10)), ignition=1))
    assert stop.ignition_s == 390
    assert journeys(track()) == []
    assert journeys(track((0, 0, 0))) == []


@given(
    st.lists(st.tuples(st.floats(1, 900), st.floats(-500, 500), st.floats(0, 40)), min_size=2, max_size=60)
)
def test_journeys_cover_the_track_without_gaps_and_alternate(steps: list[tuple[float, float, float]]) -> None:
    times = np.cumsum([step for step, _, _ in steps]).tolist()
    places = np.cumsum([way for _, way, _ in steps]).tolist()
    made = track(*zip(times, places, [speed for _, _, speed in steps], strict=True))
    found = journeys(made)
    assert [found[0].begin_us, found[-1].end_us] == [made.time_us[0], made.time_us[-1]]
    for before, after in pairwise(found):
        assert (before.end_us, before.moving) == (after.begin_us, not after.moving)
    assert all(
        each.end_us - each.begin_us >= JourneyThresholds().stop_s * 1e6
        for each in found[1:-1]
        if not each.moving
    )


def test_a_profile_has_equal_buckets_and_the_whole_distance() -> None:
    made = track(*drive(0, 1000, 0), *drive(1000, 2000, 10_000, speed=20))
    found = profile(made, 10)
    assert len(found.begin_us) == 10
    assert len(set(np.diff(found.begin_us).tolist())) == 1
    assert (found.mean_mps[0], found.top_mps[-1]) == (10.0, 20.0)
    assert found.distance_m[-1] == pytest.approx(made.steps_m().sum())
    assert len(profile(track(), 10).begin_us) == 0


@given(
    st.lists(st.tuples(st.floats(-500, 500), st.floats(1, 60)), min_size=3, max_size=80), st.floats(1, 200)
)
def test_a_simplified_line_stays_near_every_fix(steps: list[tuple[float, float]], tolerance_m: float) -> None:
    times = np.cumsum([step for _, step in steps]).tolist()
    made = track(*((at, north, None) for at, (north, _) in zip(times, steps, strict=True)))
    found = made.simplified(tolerance_m)
    assert [found.time_us[0], found.time_us[-1]] == [made.time_us[0], made.time_us[-1]]
    assert set(found.time_us.tolist()) <= set(made.time_us.tolist())
    low, high = found.lat.min(), found.lat.max()
    beyond = np.maximum(low - made.lat, made.lat - high).max() * METRES_PER_DEGREE
    assert beyond <= tolerance_m + 0.01


@given(st.floats(-89, 89), st.floats(-180, 180), st.floats(1, 4000), st.floats(0, 6.283))
def test_every_place_in_a_circle_is_in_one_of_its_cells(
    lat: float, lon: float, radius_m: float, angle: float
) -> None:
    reach = radius_m * 0.99 / METRES_PER_DEGREE
    there_lat = lat + reach * np.sin(angle)
    there_lon = (lon + reach * np.cos(angle) / np.cos(np.radians(lat)) + 180) % 360 - 180
    (cell,) = cells(np.array([there_lat]), np.array([there_lon])).tolist()
    assert cell in cells_within(lat, lon, radius_m)


class Database:
    """Connections as the center gives them, and a writer of fixes."""

    def __init__(self, url: str) -> None:
        self.url = url

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        connection = await asyncpg.connect(self.url)
        try:
            yield connection
        finally:
            await connection.close()

    async def add(self, identity: str, *fixes: tuple[float, float, float, int]) -> None:
        """Rows of seconds, metres to the north and east, flags."""
        async with self.reading() as connection:
            number = await connection.fetchval(
                "INSERT INTO entity (kind, id, district) VALUES ('vehicle', $1, '350582') "
                "RETURNING entity_id",
                identity,
            )
            rows = []
            for at, north, east, flags in fixes:
                lat = 24.9 + north / METRES_PER_DEGREE
                lon = 118.6 + east / METRES_PER_DEGREE / np.cos(np.radians(24.9))
                rows.append((number, flags, START + timedelta(seconds=at), START, lat, lon))
            await connection.copy_records_to_table(
                "position", records=rows, columns=["entity_id", "flags", "time", "received_at", "lat", "lon"]
            )
            await connection.execute(
                """
                INSERT INTO presence SELECT DISTINCT floor((lat + 90) * 200)::bigint * 72001
                    + floor((lon + 180) * 200)::bigint, time_bucket('2 minutes', time), entity_id
                FROM position WHERE flags & 55 = 0 ON CONFLICT DO NOTHING
                """
            )


@pytest.mark.servers
async def test_fixes_come_in_pages_each_once_and_in_order(database_url: str) -> None:
    database = Database(database_url)
    await database.add("v1", *((at * 10_000, 0, 0, 64 if at % 2 else 0) for at in range(50)), (77, 0, 0, 16))
    await database.add("v2", (5, 0, 0, 0))
    (entity,) = await find(database.reading, [("vehicle", "v1"), ("vehicle", "nobody")])
    assert (entity.kind, entity.id) == ("vehicle", "v1")

    async def read(size: int, **more: Any) -> list[datetime]:
        begin, end = START, START + timedelta(seconds=480_000)
        return [
            moment(at)
            async for page in pages(database.reading, entity, begin, end, size=size, **more)
            for at in page.time_us.tolist()
        ]

    expected = [START + timedelta(seconds=at * 10_000) for at in range(48)]
    for size in (1, 7, 48, 100):
        assert await read(size) == expected
    assert len(await read(7, doubtful=True)) == 49


@pytest.mark.servers
async def test_who_was_here(database_url: str) -> None:
    database = Database(database_url)
    await database.add(
        "passer", (0, -500, 0, 0), (30, -60, 0, 0), (40, 20, 0, 0), (50, 90, 10, 0), (60, 500, 0, 0),
        (4000, 0, 50, 0),
    )  # fmt: skip
    await database.add("nearby", (40, 0, 150, 8))  # came in a day late; it was there all the same
    await database.add("doubtful", (40, 0, 0, 16))
    await database.add("late", (90_000, 0, 0, 0))

    async def ask(hours: float, radius_m: float) -> list[tuple[str, float, float, int, int]]:
        found = await visits(
            database.reading, lat=24.9, lon=118.6, radius_m=radius_m,
            begin=START, end=START + timedelta(hours=hours),
        )  # fmt: skip
        return [
            (
                each.entity.id,
                (each.first_at - START).total_seconds(),
                (each.last_at - START).total_seconds(),
                each.fixes,
                round(each.nearest_m),
            )
            for each in found
        ]

    assert await ask(24, 100) == [("passer", 30, 50, 3, 20), ("passer", 4000, 4000, 1, 50)]
    assert [each[0] for each in await ask(1, 200)] == ["passer", "nearby"]
    assert [each[0] for each in await ask(48, 10)] == ["late"]
    assert await visits(
        database.reading, lat=0, lon=180, radius_m=100, begin=START, end=START + timedelta(1)
    ) == []  # fmt: skip


@pytest.mark.real_data
@pytest.mark.skipif(not TRIP_FILE.exists(), reason="the recorded trip is not here")
def test_a_recorded_trip_begins_and_ends_where_its_own_device_says() -> None:
    """The device told ignition and movement itself; nobody here wrote those events."""
    text = TRIP_FILE.read_text(encoding="utf-8")
    text = re.sub(r"(?m)^\s*//.*$", "", text[text.index("[") :])
    messages, _ = json.JSONDecoder().raw_decode(re.sub(r",(\s*[\]}])", r"\1", text))

    def at(message: dict[str, Any]) -> float:
        return datetime.fromisoformat(message["ev"]["ts"]).timestamp()

    told = {each["type"]: at(each) for each in messages}
    fixes = {at(each): each["ev"]["pos"] for each in messages if "pos" in each["ev"]}
    zero = START.timestamp()
    made = track(*((time - zero, 0.0, fixes[time]["speed"] / 3.6) for time in sorted(fixes)))
    made = Track(
        **{
            **{name: getattr(made, name) for name in made.__slots__},
            "lat": np.array([fixes[time]["latlon"]["lat"] for time in sorted(fixes)]),
            "lon": np.array([fixes[time]["latlon"]["lng"] for time in sorted(fixes)]),
        }
    )
    found = [each for each in journeys(made) if each.moving]
    assert len(found) == 1
    (trip,) = found
    began, ended = trip.begin_us / 1e6, trip.end_us / 1e6
    first_key = min(at(each) for each in messages if each["type"] == "vehicle-ign-on")
    assert first_key <= began <= told["vehicle-started-moving"]
    assert abs(ended - told["vehicle-ign-off"]) < 180
    assert 10_000 < trip.distance_m < 30_000


@pytest.mark.parametrize("lon", [179.999, 180.0, -180.0, -179.999])
def test_a_circle_at_the_180th_meridian_has_the_cells_of_both_its_names(lon: float) -> None:
    there = cells(np.zeros(4), np.array([180.0, -180.0, 179.999, -179.999])).tolist()
    assert set(there) <= set(cells_within(0.0, lon, 500.0))

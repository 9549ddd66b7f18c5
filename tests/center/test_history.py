"""The past over HTTP: pages, files, trips, visits, events; nothing without a session."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from center.history.exports import ExportFormat, export
from geo.track import Track
from store.connection import Pool
from store.history import EntityRef
from tests.center.running import Browser, Center
from tests.store.test_history import track

pytestmark = pytest.mark.servers
START = datetime(2026, 11, 18, 4, tzinfo=UTC)
PERIOD = {"begin": "2026-11-18T04:00:00Z", "end": "2026-11-19T12:00:00+08:00"}


async def add(pool: Pool, identity: str, count: int, *, every_s: float = 10, kind: str = "vehicle") -> int:
    """Fixes on the way to the north at 10 m/s, the last third standing."""
    async with pool.acquire() as connection:
        number: int = await connection.fetchval(
            "INSERT INTO entity (kind, id, district) VALUES ($1, $2, '350582') RETURNING entity_id",
            kind,
            identity,
        )
        rows = []
        for index in range(count):
            going = min(index, count * 2 // 3)
            lat = 24.9 + going * every_s * 10 / 111_320
            speed = 10.0 if index < count * 2 // 3 else 0.0
            at = START + timedelta(seconds=index * every_s)
            rows.append((number, 0, at, START, lat, 118.6, speed, None if index % 2 else 12.5))
        await connection.copy_records_to_table(
            "position",
            records=rows,
            columns=["entity_id", "flags", "time", "received_at", "lat", "lon", "speed_mps", "altitude_m"],
        )
        await connection.execute(
            """
            INSERT INTO presence SELECT DISTINCT floor((lat + 90) * 200)::bigint * 72001
                + floor((lon + 180) * 200)::bigint, time_bucket('2 minutes', time), entity_id
            FROM position ON CONFLICT DO NOTHING
            """
        )
    return number


async def test_positions_come_in_pages_over_several_entities(browser: Browser, pool: Pool) -> None:
    await add(pool, "v1", 25)
    await add(pool, "v2", 12)
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    sizes = []
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = await browser.fetch(
            "/history/positions", entity=["vehicle/v1", "vehicle/v2"], limit=10, **PERIOD, **more
        )
        found += page["fixes"]
        sizes.append(len(page["fixes"]))
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sizes == [10, 10, 10, 7]
    assert [fix["id"] for fix in found] == ["v1"] * 25 + ["v2"] * 12
    assert all(before["time"] < after["time"] for before, after in pairwise(found[:25]))
    assert (found[0]["speed_mps"], found[0]["altitude_m"], found[1]["altitude_m"]) == (10.0, 12.5, None)


@pytest.mark.parametrize("form", ["json", "geojson", "gpx", "csv"])
async def test_an_export_holds_every_fix_in_its_format(browser: Browser, pool: Pool, form: str) -> None:
    await add(pool, "v1", 300, every_s=1)
    answer = await browser.get("/history/export", params={"entity": "vehicle/v1", "format": form, **PERIOD})
    assert answer.status_code == 200, answer.text
    assert f'filename="vehicle-v1-20261118.{form}"' in answer.headers["Content-Disposition"]
    assert len(places(form, answer.text)) == 300
    simple = await browser.get(
        "/history/export",
        params={"entity": "vehicle/v1", "format": form, "tolerance_m": 5, **PERIOD},
    )
    kept = places(form, simple.text)
    assert kept[0] == places(form, answer.text)[0]
    assert 2 <= len(kept) < 10


def places(form: str, text: str) -> list[tuple[float, float]]:
    if form == "json":
        return [(fix["lat"], fix["lon"]) for fix in json.loads(text)["fixes"]]
    if form == "geojson":
        whole = json.loads(text)
        assert whole["type"] == "FeatureCollection"
        lines = [feature["geometry"]["coordinates"] for feature in whole["features"]]
        assert [len(line) for line in lines] == [len(f["properties"]["times"]) for f in whole["features"]]
        return [(lat, lon) for line in lines for lon, lat in line]
    if form == "gpx":
        space = {"g": "http://www.topografix.com/GPX/1/1"}
        points = ET.fromstring(text).findall("g:trk/g:trkseg/g:trkpt", space)
        assert all(point.find("g:time", space) is not None for point in points)
        return [(float(point.attrib["lat"]), float(point.attrib["lon"])) for point in points]
    return [(float(row["lat"]), float(row["lon"])) for row in csv.DictReader(io.StringIO(text))]


@pytest.mark.parametrize("form", ["json", "geojson", "gpx", "csv"])
async def test_an_export_of_nothing_is_well_formed(browser: Browser, pool: Pool, form: str) -> None:
    await add(pool, "v1", 3)
    nothing = {"begin": "2020-01-01T00:00:00Z", "end": "2020-01-02T00:00:00Z"}
    answer = await browser.get("/history/export", params={"entity": "vehicle/v1", "format": form, **nothing})
    assert places(form, answer.text) == []


@pytest.mark.parametrize("form", list(ExportFormat))
async def test_the_first_page_leaves_before_the_second_is_asked_for(form: ExportFormat) -> None:
    asked = []

    async def tracks(_: EntityRef) -> AsyncIterator[Track]:
        for number in range(3):
            asked.append(number)
            yield track(*((number * 100 + at, at * 10.0, 10.0) for at in range(10)))

    parts = export(
        form, [EntityRef(entity_id=1, kind="vehicle", id="v1", district="350582")], tracks, tolerance_m=0
    )
    sent = b""
    while b"24.9" not in sent:
        sent += await anext(parts)
    assert asked == [0]
    async for part in parts:
        sent += part
    assert (asked, len(places(form, sent.decode()))) == ([0, 1, 2], 30)


async def exported(form: ExportFormat, *lon: float, tolerance_m: float = 0) -> bytes:
    """The export of a track along a parallel, a fix each ten seconds at 10 m/s."""
    made = track(*((at * 10.0, 0.0, 10.0) for at in range(len(lon))))

    async def tracks(_: EntityRef) -> AsyncIterator[Track]:
        yield replace(made, lon=np.array(lon))

    entity = EntityRef(entity_id=1, kind="vehicle", id="v1", district="350582")
    return b"".join([part async for part in export(form, [entity], tracks, tolerance_m=tolerance_m)])


async def test_a_track_over_the_180th_meridian_is_cut_there_with_its_times() -> None:
    whole = json.loads(await exported(ExportFormat.GEOJSON, 179.998, 179.999, -179.999, -180.0, -179.998))
    (feature,) = whole["features"]
    assert feature["geometry"]["type"] == "MultiLineString"
    first, second = feature["geometry"]["coordinates"]
    assert [lon for lon, _ in first] == pytest.approx([179.998, 179.999, 180])
    assert [lon for lon, _ in second] == pytest.approx([-180, -179.999, -180, -179.998])
    times = [[datetime.fromisoformat(at) - START for at in part] for part in feature["properties"]["times"]]
    assert [[at.total_seconds() for at in part] for part in times] == [[0, 10, 15], [15, 20, 30, 40]]
    assert feature["properties"]["speeds_mps"] == [[10, 10, None], [None, 10, 10, 10]]


async def test_a_track_on_the_180th_meridian_is_one_line_and_one_fix_a_point() -> None:
    (feature,) = json.loads(await exported(ExportFormat.GEOJSON, 179.999, -180.0))["features"]
    assert feature["geometry"]["type"] == "LineString"
    assert [lon for lon, _ in feature["geometry"]["coordinates"]] == [179.999, 180]
    (feature,) = json.loads(await exported(ExportFormat.GEOJSON, -180.0))["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [-180, 24.9]}


async def test_a_straight_track_over_the_180th_meridian_is_simplified_to_its_ends() -> None:
    lon = [179.9, 179.95, 180.0, -179.95, -179.9]
    text = (await exported(ExportFormat.CSV, *lon, tolerance_m=5)).decode()
    assert [place[1] for place in places("csv", text)] == [179.9, -179.9]


async def test_trips_stops_and_speed(browser: Browser, pool: Pool) -> None:
    await add(pool, "v1", 300)
    found = await browser.fetch("/history/vehicle/v1/journeys", **PERIOD)
    assert [leg["what"] for leg in found["legs"]] == ["trip", "stop"]
    assert found["distance_m"] == pytest.approx(20_000, rel=1e-3)
    assert (found["moving_s"], found["standing_s"]) == (2000.0, 990.0)
    profile = await browser.fetch("/history/vehicle/v1/speed", buckets=10, **PERIOD)
    assert len(profile["buckets"]) == 10
    assert (profile["buckets"][0]["mean_mps"], profile["buckets"][-1]["top_mps"]) == (10.0, 0.0)


async def test_a_silence_on_the_way_is_told(browser: Browser, pool: Pool) -> None:
    await add(pool, "v1", 30)
    async with pool.acquire() as connection:
        await connection.execute(
            "DELETE FROM position WHERE time > $1 AND time < $2",
            START + timedelta(seconds=50), START + timedelta(seconds=190),
        )  # fmt: skip
    assert (await browser.fetch("/history/vehicle/v1/journeys", **PERIOD))["gaps"] == []
    (gap,) = (await browser.fetch("/history/vehicle/v1/journeys", gap_s=120, **PERIOD))["gaps"]
    assert datetime.fromisoformat(gap["begin"]) == START + timedelta(seconds=50)
    assert datetime.fromisoformat(gap["until"]) == START + timedelta(seconds=190)
    assert gap["distance_m"] == pytest.approx(1400, rel=1e-3)


async def test_who_was_near(browser: Browser, pool: Pool) -> None:
    await add(pool, "v1", 30)
    await add(pool, "p1", 3, kind="person")
    found = (await browser.fetch("/history/visits", lat=24.91, lon=118.6, radius_m=150, **PERIOD))["visits"]
    assert [(visit["kind"], visit["id"]) for visit in found] == [("vehicle", "v1")]
    assert found[0]["nearest_m"] < 60


async def test_what_rules_found(browser: Browser, pool: Pool) -> None:
    number = await add(pool, "v1", 1)
    async with pool.acquire() as connection:
        for minute in range(5):
            await connection.execute(
                "INSERT INTO rule_event (entity_id, time, decided_at, received_at, rule, watches, phase) "
                "VALUES ($1, $2, $2, $2, $3, 'fence', 'begun')",
                number,
                START + timedelta(minutes=minute),
                "even" if minute % 2 == 0 else "odd",
            )
    first = await browser.fetch("/history/events", limit=3, **PERIOD)
    rest = await browser.fetch("/history/events", limit=3, cursor=first["next_cursor"], **PERIOD)
    times = [event["time"] for event in (*first["events"], *rest["events"])]
    assert times == sorted(times, reverse=True)
    assert (len(times), rest["next_cursor"]) == (5, None)
    even = await browser.fetch("/history/events", rule="even", entity="vehicle/v1", **PERIOD)
    assert len(even["events"]) == 3


async def test_readings_in_pages_and_the_latest_of_each(browser: Browser, pool: Pool) -> None:
    number = await add(pool, "d1", 0, kind="device")
    async with pool.acquire() as connection:
        for minute in range(5):
            values = {"tilt_deg": float(minute)} if minute % 2 == 0 else {"battery_v": 3.6, "open": True}
            await connection.execute(
                "INSERT INTO telemetry (entity_id, time, received_at, values) VALUES ($1, $2, now(), $3)",
                number, START + timedelta(minutes=minute), values,
            )  # fmt: skip
        await connection.execute(
            "INSERT INTO latest_telemetry (entity_id, time, received_at, values) VALUES ($1, $2, now(), $3)",
            number, START, {"tilt_deg": 4.0, "battery_v": 3.6, "open": True},
        )  # fmt: skip
    first = await browser.fetch("/history/device/d1/telemetry", limit=3, **PERIOD)
    rest = await browser.fetch("/history/device/d1/telemetry", limit=3, cursor=first["next_cursor"], **PERIOD)
    found = [sample["values"] for sample in (*first["samples"], *rest["samples"])]
    assert found == [
        {"tilt_deg": 0}, {"battery_v": 3.6, "open": True}, {"tilt_deg": 2}, {"battery_v": 3.6, "open": True},
        {"tilt_deg": 4},
    ]  # fmt: skip
    assert rest["next_cursor"] is None
    assert first["latest"]["values"] == {"tilt_deg": 4, "battery_v": 3.6, "open": True}
    tilt = await browser.fetch("/history/device/d1/telemetry", reading="tilt_deg", **PERIOD)
    assert [sample["values"] for sample in tilt["samples"]] == [
        {"tilt_deg": 0},
        {"tilt_deg": 2},
        {"tilt_deg": 4},
    ]


BEYOND = (
    {"begin": "9999-06-01T00:00:00-05:00", "end": "9999-12-31T23:59:59-05:00"},
    {"begin": "0001-01-01T00:00:00+08:00", "end": "0001-01-02T00:00:00Z"},
    {"begin": "2026-11-18T04:00:00Z", "end": "9999-12-31T23:59:59.999999999-00:01"},
)
"""Times whose UTC lies outside the calendar."""

OF_ONE = ("journeys", "speed", "telemetry")


@pytest.mark.parametrize(
    ("path", "parameters", "status"),
    [
        ("positions", {"entity": "vehicle/nobody", **PERIOD}, 404),
        ("positions", {"entity": "spaceship/v1", **PERIOD}, 422),
        ("positions", {"entity": "v1", **PERIOD}, 422),
        ("positions", {"entity": "vehicle/v1", **PERIOD, "end": PERIOD["begin"]}, 422),
        ("positions", {"entity": "vehicle/v1", **PERIOD, "begin": "2026-11-18T04:00:00"}, 422),
        ("positions", {"entity": "vehicle/v1", **PERIOD, "cursor": "!"}, 422),
        ("export", {"entity": "vehicle/v1", **PERIOD, "format": "xls"}, 422),
        ("positions", {"entity": "vehicle/v1", "begin": "9999-12-31T00:00:00Z", "end": PERIOD["end"]}, 422),
        ("positions", {"entity": "vehicle/v1", "begin": "0001-01-01T00:00:00Z", "end": PERIOD["end"]}, 422),
        ("positions", {"entity": "vehicle/\0", **PERIOD}, 422),
        ("visits", {"lat": 91, "lon": 0, **PERIOD}, 422),
        ("visits", {"lat": 0, "lon": 0, **PERIOD, "end": "2027-11-18T04:00:00Z"}, 422),
        ("events", {**PERIOD, "cursor": "AAAA"}, 422),
    ],
)
async def test_what_makes_no_sense_is_refused(
    browser: Browser, pool: Pool, path: str, parameters: dict[str, Any], status: int
) -> None:
    await add(pool, "v1", 1)
    answer = await browser.get(f"/history/{path}", params=parameters)
    assert answer.status_code == status, answer.text


async def test_times_outside_the_calendar_are_refused_everywhere(browser: Browser, pool: Pool) -> None:
    await add(pool, "v1", 1)
    paths = ("positions", "export", "events", "visits", *(f"vehicle/v1/{what}" for what in OF_ONE))
    for path in paths:
        for period in BEYOND:
            asked = {"entity": "vehicle/v1", "lat": 0, "lon": 0, **period}
            answer = await browser.get(f"/history/{path}", params=asked)
            assert (path, answer.status_code, "from 1970" in answer.text) == (path, 422, True), answer.text


async def test_nothing_is_told_without_a_session(center: Center) -> None:
    async with center.browser(None) as stranger:
        for path in ("positions", "export", "visits", "events", "vehicle/v1/journeys", "vehicle/v1/speed"):
            assert (await stranger.get(f"/history/{path}", params=PERIOD)).status_code == 401

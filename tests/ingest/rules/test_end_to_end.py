"""Rules on the real stream: events and cases in the real database, once, in spite of kills."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest

from bench.fleet import Fleet, Message
from tests.ingest.conftest import StartIngest
from tests.ingest.rules.test_engine import square
from tests.ingest.running import fix, one, rows, topic, until
from tests.servers import Broker

pytestmark = pytest.mark.servers
COMPONENT = "3505820102000001"
NOW = round(time.time(), 3)
_EVENTS = (
    "SELECT id, rule, area, phase FROM rule_event JOIN entity USING (entity_id) "
    "ORDER BY id, rule, time, phase"
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "areas.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [square("depot", 118.6, 24.9)]})
    )
    file = tmp_path / "ingest.toml"
    file.write_text(
        f"""
        [[rules]]
        name = "depots"
        watches = "fence"
        areas = "{tmp_path}/areas.geojson"
        settle_s = 0
        [[rules]]
        name = "tilted_cover"
        watches = "telemetry"
        reading = "tilt_deg"
        above = 15
        clear = 5
        opens_case = "cover_missing"
        [[rules]]
        name = "gone"
        watches = "offline"
        after_s = 10
        kinds = ["person"]
        """
    )
    return file


def at(vehicle: int, seconds: float, *, inside: bool) -> Message:
    where, payload = fix(vehicle, NOW + seconds)
    body = {**json.loads(payload), "lat": 24.905, "lon": 118.6005 if inside else 118.5995}
    return where, json.dumps(body).encode()


async def test_events_are_told_once_over_restarts_and_repeats(
    start_ingest: StartIngest, broker: Broker, database_url: str, config: Path
) -> None:
    ingest = start_ingest(config=config)
    await ingest.ready()
    vehicles = range(40)
    first = [at(vehicle, -50, inside=False) for vehicle in vehicles]
    second = [at(vehicle, -40, inside=True) for vehicle in vehicles]
    await Fleet(broker.url).publish([*first, *second])
    await ingest.settled(80)
    entered = [(f"v{vehicle:04d}", "depots", "depot", "begun") for vehicle in vehicles]
    assert await rows(database_url, _EVENTS) == entered
    ingest.kill()
    ingest.start()
    await ingest.ready()
    late = [at(vehicle, -45, inside=False) for vehicle in vehicles]
    await Fleet(broker.url).publish([*first, *second, *late])
    await ingest.settled(120)
    assert await rows(database_url, _EVENTS) == entered
    assert await one(database_url, "SELECT count(*) FROM rule_state WHERE stand = 2") == 40
    await Fleet(broker.url).publish([at(vehicle, -30, inside=False) for vehicle in vehicles])
    await ingest.settled(160)
    assert await one(database_url, "SELECT count(*) FROM rule_event WHERE phase = 'ended'") == 40
    assert await one(database_url, "SELECT count(*) FROM rule_event") == 80
    assert await one(database_url, "SELECT count(*) FROM rule_state") == 0


async def test_a_kill_in_the_middle_of_a_load_loses_and_doubles_no_event(
    start_ingest: StartIngest, broker: Broker, database_url: str, config: Path
) -> None:
    ingest = start_ingest(config=config, batches_messages=50, batches_linger_ms=5)
    await ingest.ready()
    vehicles, transitions = range(100), 40
    messages = [
        at(vehicle, -2000 + 10 * transition, inside=bool(transition % 2))
        for transition in range(transitions)
        for vehicle in vehicles
    ]

    async def stored(count: int) -> None:
        async def enough() -> bool:
            return int(await one(database_url, "SELECT count(*) FROM position")) >= count

        await until(enough)

    fleet = Fleet(broker.url, connections=1)
    fleet.load(messages)
    sending = asyncio.create_task(fleet.release())
    for goal in (500, 1500, 2500):
        await stored(goal)
        ingest.kill()
        ingest.start()
    await sending
    await stored(len(messages))
    await ingest.ready()

    async def quiet() -> bool:
        return (await ingest.fates())["in_flight"] == 0

    await until(quiet)
    found = await rows(
        database_url,
        "SELECT phase, count(*), count(DISTINCT (entity_id, time)) FROM rule_event GROUP BY phase",
    )
    assert sorted(found) == [("begun", 2000, 2000), ("ended", 1900, 1900)]


async def test_a_tilted_cover_opens_a_case_that_joins_its_component_and_is_restored(
    start_ingest: StartIngest, broker: Broker, database_url: str, config: Path
) -> None:
    ingest = start_ingest(config=config)
    await ingest.ready()

    def say(stream: str, **body: object) -> Message:
        return topic("d1", stream, "device"), json.dumps(body).encode()

    await Fleet(broker.url, connections=1).publish(
        [
            say("status", online=True, time=NOW - 60, detail={"component": COMPONENT}),
            say("position", time=NOW - 60, lat=24.9, lon=118.6),
            say("telemetry", time=NOW - 50, values={"tilt_deg": 1.2}),
            say("telemetry", time=NOW - 40, values={"tilt_deg": 38.0}),
            say("telemetry", time=NOW - 30, values={"tilt_deg": 38.1}),
        ]
    )
    await ingest.settled(5)
    case = "SELECT type, component, restored_at IS NOT NULL FROM case_file"
    assert await rows(database_url, case) == [("cover_missing", COMPONENT, False)]
    await Fleet(broker.url, connections=1).publish(
        [say("telemetry", time=NOW - 20, values={"tilt_deg": 1.3})]
    )
    await ingest.settled(6)
    assert await rows(database_url, case) == [("cover_missing", COMPONENT, True)]
    assert await rows(database_url, _EVENTS) == [
        ("d1", "tilted_cover", "", "begun"),
        ("d1", "tilted_cover", "", "ended"),
    ]
    assert await rows(database_url, "SELECT revision, phase, source FROM incident ORDER BY 1") == [
        (1, "begun", "device/d1"),
        (2, "ended", "device/d1"),
    ]


@pytest.fixture
def telemetry_alone(tmp_path: Path) -> Path:
    """Settings with no rule that asks where somebody is."""
    file = tmp_path / "telemetry.toml"
    file.write_text(
        """
        [[rules]]
        name = "tilted_cover"
        watches = "telemetry"
        reading = "tilt_deg"
        above = 15
        clear = 5
        opens_case = "cover_missing"
        """
    )
    return file


async def test_a_telemetry_rule_alone_opens_its_case_where_the_device_is_or_once_that_is_known(
    start_ingest: StartIngest, broker: Broker, database_url: str, telemetry_alone: Path
) -> None:
    ingest = start_ingest(config=telemetry_alone)
    await ingest.ready()
    fleet = Fleet(broker.url, connections=1)

    def say(device: str, stream: str, after: float, **body: object) -> Message:
        return topic(device, stream, "device"), json.dumps({"time": NOW + after, **body}).encode()

    cases = (
        "SELECT DISTINCT source, ST_Y(place), ST_X(place), phase "
        "FROM incident JOIN case_incident USING (incident_id) ORDER BY source, phase"
    )
    waiting = "cases_waiting_for_place"
    await fleet.publish(
        [
            say("placed", "position", -60, lat=24.9, lon=118.7),
            *(say(device, "telemetry", -50, values={"tilt_deg": 60}) for device in ("later", "mapped")),
        ]
    )
    await ingest.settled(3)
    assert await rows(database_url, cases) == []
    assert (await ingest.metrics())[(waiting,)] == 2
    assert "the case of tilted_cover waits for the place of device/later" in ingest.log.read_text()
    ingest.kill()
    await rows(
        database_url,
        "INSERT INTO component (code, code_set, class, place) "
        f"VALUES ('{COMPONENT}', 'A', '0102', ST_SetSRID(ST_MakePoint(118.6, 24.8), 4326))",
    )
    ingest.start()
    await ingest.ready()
    await fleet.publish(
        [
            *(say(device, "telemetry", -45, values={"tilt_deg": 61}) for device in ("placed", "later")),
            say("later", "position", -2000, lat=24.95, lon=118.65),
            say("mapped", "status", -40, online=True, detail={"component": COMPONENT}),
            say("mapped", "telemetry", -30, values={"tilt_deg": 61}),
        ]
    )
    await ingest.settled(5)
    opened = [
        ("device/later", 24.95, 118.65, "begun"),
        ("device/mapped", 24.8, 118.6, "begun"),
        ("device/placed", 24.9, 118.7, "begun"),
    ]
    assert await rows(database_url, cases) == opened
    assert (await ingest.metrics())[(waiting,)] == 0
    await fleet.publish([say("later", "position", -20, lat=24.96, lon=118.65)])
    await fleet.publish([say("later", "telemetry", -10, values={"tilt_deg": 1})])
    await ingest.settled(7)
    assert await rows(database_url, cases) == sorted([*opened, ("device/later", 24.96, 118.65, "ended")])


async def test_who_falls_silent_is_told_and_who_comes_back(
    start_ingest: StartIngest, broker: Broker, database_url: str, config: Path
) -> None:
    ingest = start_ingest(config=config)
    await ingest.ready()
    gone = "SELECT id, phase FROM rule_event JOIN entity USING (entity_id) WHERE rule = 'gone' ORDER BY time"
    say = json.dumps({"time": NOW, "lat": 24.9, "lon": 118.6}).encode()
    await Fleet(broker.url).publish([(topic("p1", kind="person"), say), fix(1, NOW)])

    async def silent() -> bool:
        return await rows(database_url, gone) == [("p1", "begun")]

    await until(silent)
    again = json.dumps({"time": time.time(), "lat": 24.9, "lon": 118.6}).encode()
    await Fleet(broker.url).publish([(topic("p1", kind="person"), again)])

    async def back() -> bool:
        return await rows(database_url, gone) == [("p1", "begun"), ("p1", "ended")]

    await until(back)


async def test_a_rule_that_makes_no_sense_stops_the_start_with_a_sentence(
    start_ingest: StartIngest, tmp_path: Path
) -> None:
    config = tmp_path / "ingest.toml"
    config.write_text('[[rules]]\nname = "x"\nwatches = "fence"\nareas = "/nowhere.geojson"\n')
    ingest = start_ingest(config=config)
    assert ingest.exit_status() != 0
    assert "rule 'x': /nowhere.geojson cannot be read (No such file or directory)" in ingest.log.read_text()
    assert "Traceback" not in ingest.log.read_text()

"""Foreign devices through the real broker into the real database, by a settings file as a user writes it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import aiomqtt
import numpy as np
import pytest

from bench.fleet import Fleet
from geo.datum import from_gcj02
from tests.ingest.conftest import StartIngest
from tests.ingest.running import fix, one, rows
from tests.servers import Broker

pytestmark = pytest.mark.servers
NOW = round(time.time(), 3)
_LAT, _LON = from_gcj02(np.array([24.9]), np.array([118.6]))


@dataclass(frozen=True, kw_only=True)
class Case:
    """One kind of foreign device.

    Attributes:
        settings: as in the file.
        good: topic and message.
        ignored: says nothing that we keep.
        bad: to be quarantined.
        found: a query, and the rows it must give.
    """

    settings: str
    good: list[tuple[str, object]]
    ignored: list[tuple[str, object]]
    bad: list[tuple[str, object]]
    found: dict[str, list[tuple[object, ...]]]


_FIXES = """
SELECT kind, id, round(lat::numeric, 4)::float8, round(lon::numeric, 4)::float8,
       round(speed_mps::numeric, 2)::float8
FROM position JOIN entity USING (entity_id) ORDER BY id, time
"""
_STATUS = "SELECT id, online FROM device_status JOIN entity USING (entity_id)"
_TELEMETRY = "SELECT id, values FROM latest_telemetry JOIN entity USING (entity_id) ORDER BY id"
_FRIGATE = {
    "id": "1.5-abc", "camera": "gate", "label": "car", "start_time": NOW - 60, "frame_time": NOW - 5,
    "end_time": None, "top_score": 0.9, "false_positive": False, "stationary": True, "position_changes": 1,
    "entered_zones": ["kerb"], "box": [1, 2, 3, 4],
}  # fmt: skip

CASES = {
    "owntracks": Case(
        settings='reads = "owntracks"\nid = "ot-{2}-{3}"',
        good=[
            (
                "owntracks/li/phone",
                {"_type": "location", "lat": 24.9, "lon": 118.6, "tst": NOW, "vel": 36, "batt": 40},
            ),
            (
                "owntracks/li/phone/event",
                {
                    "_type": "transition",
                    "lat": 24.9,
                    "lon": 118.6,
                    "tst": NOW + 1,
                    "event": "enter",
                    "desc": "d",
                },
            ),
            ("owntracks/li/phone", {"_type": "lwt", "tst": NOW}),
        ],
        ignored=[("owntracks/li/phone", {"_type": "card", "name": "Li"})],
        bad=[("owntracks/li/phone", {"_type": "encrypted", "data": "AAAA"})],
        found={
            _FIXES: [
                ("person", "ot-li-phone", 24.9, 118.6, 10.0),
                ("person", "ot-li-phone", 24.9, 118.6, None),
            ],
            _STATUS: [("ot-li-phone", False)],
            _TELEMETRY: [
                ("ot-li-phone", '{"region": "d", "region_event": "enter", "battery_percent": 40.0}')
            ],
        },
    ),
    "traccar": Case(
        settings='reads = "traccar"\ntopics = ["traccar/#"]\nid = "tc-{id}"',
        good=[
            (
                "traccar/positions",
                {
                    "position": {
                        "latitude": 24.9,
                        "longitude": 118.6,
                        "fixTime": NOW * 1000,
                        "speed": 10,
                        "attributes": {"ignition": True},
                    },
                    "device": {"uniqueId": "861"},
                },
            ),
            ("traccar/osmand", f"id=862&lat=24.91&lon=118.6&timestamp={NOW}&speed=10&alarm=sos&".encode()),
            (  # the server repeats the fix with what the device says now
                "traccar/positions",
                {
                    "position": {
                        "latitude": 24.9,
                        "longitude": 118.6,
                        "fixTime": NOW * 1000,
                        "deviceTime": (NOW + 2) * 1000,
                        "outdated": True,
                        "attributes": {"ignition": False, "alarm": "powerCut"},
                    },
                    "device": {"uniqueId": "861"},
                },
            ),
            (  # a device that never had a fix
                "traccar/positions",
                {
                    "position": {
                        "latitude": 0,
                        "longitude": 0,
                        "fixTime": 0,
                        "deviceTime": NOW * 1000,
                        "valid": False,
                        "attributes": {"alarm": "sos"},
                    },
                    "device": {"uniqueId": "864"},
                },
            ),
        ],
        ignored=[],
        bad=[("traccar/positions", {"position": {"latitude": 1}})],
        found={
            _FIXES: [
                ("vehicle", "tc-861", 24.9, 118.6, 5.14),
                ("vehicle", "tc-862", 24.91, 118.6, 5.14),
            ],
            _TELEMETRY: [
                ("tc-861", '{"alarm": "powerCut", "ignition": false}'),
                ("tc-862", '{"alarm": "sos"}'),
                ("tc-864", '{"alarm": "sos"}'),
            ],
        },
    ),
    "jt808": Case(
        settings='reads = "jt808"\ntopics = ["jt808/up"]\nid = "jt-{id}"\ndatum = "gcj02"',
        good=[
            (
                "jt808/up",
                {
                    "msgId": "0x0200",
                    "phone": "139",
                    "body": {"status": 3, "lat": 24.9, "lon": 118.6, "speed": 36, "time": NOW},
                },
            ),
            (
                "jt808/up",
                {
                    "msgId": "0x0704",
                    "phone": "139",
                    "items": [
                        {"status": 3, "lat": 24.9, "lon": 118.6, "speed": 36, "time": NOW - second}
                        for second in (10, 20)
                    ],
                },
            ),
        ],
        ignored=[("jt808/up", {"msgId": "0x0002", "phone": "139"})],
        bad=[("jt808/up", {"msgId": "0x0200", "phone": "139", "body": "00"})],
        found={_FIXES: [("vehicle", "jt-139", round(float(_LAT[0]), 4), round(float(_LON[0]), 4), 10.0)] * 3},
    ),
    "frigate": Case(
        settings="""reads = "frigate"
            [[adapters.cameras]]
            name = "gate"
            id = "cam-9"
            lat = 24.9
            lon = 118.6
            [[adapters.labels]]
            label = "car"
            type = "illegal_parking"
            zones = ["kerb"]
            stationary = true
        """,
        good=[
            ("frigate/events", {"type": "update", "before": {}, "after": _FRIGATE}),
            ("frigate/events", {"type": "end", "before": {}, "after": {**_FRIGATE, "end_time": NOW}}),
        ],
        ignored=[("frigate/events", {"type": "new", "after": {**_FRIGATE, "label": "dog"}})],
        bad=[("frigate/events", {"type": "new", "after": {**_FRIGATE, "camera": "nowhere"}})],
        found={
            "SELECT type, source, camera, zone, revision, phase FROM incident ORDER BY revision": [
                ("illegal_parking", "camera/cam-9", "cam-9", "kerb", 1, "begun"),
                ("illegal_parking", "camera/cam-9", "cam-9", "kerb", 2, "ended"),
            ],
            "SELECT type, restored_at IS NOT NULL FROM case_file": [("illegal_parking", True)],
        },
    ),
    "json": Case(
        settings="""reads = "json"
            topics = ["fleet/+/gps"]
            id = "truck-{2}"
            time = "at"
            position = { lat = "p.0", lon = "p.1", speed = "v" }
            telemetry = { fuel_l = "fuel" }
            units = { time = "ms", speed = "knots" }
        """,
        good=[("fleet/7/gps", {"at": NOW * 1000, "p": [24.9, 118.6], "v": 10, "fuel": 40})],
        ignored=[],
        bad=[("fleet/7/gps", b"\xff\xfe"), ("fleet/%/gps", {"at": NOW * 1000, "p": [24.9, 118.6]})],
        found={
            _FIXES: [("vehicle", "truck-7", 24.9, 118.6, 5.14)],
            _TELEMETRY: [("truck-7", '{"fuel_l": 40.0}')],
        },
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
async def test_foreign_devices_are_served_as_they_are(
    start_ingest: StartIngest, broker: Broker, database_url: str, tmp_path: Path, case: Case
) -> None:
    config = tmp_path / "ingest.toml"
    config.write_text(f'[[adapters]]\ndistrict = "350582"\n{case.settings}\n')
    ingest = start_ingest(config=config)
    await ingest.ready()
    messages = [
        (topic, message if isinstance(message, bytes) else json.dumps(message).encode())
        for topic, message in (*case.good, *case.ignored, *case.bad)
    ]
    async with aiomqtt.Client("127.0.0.1", broker.port, identifier="device") as device:
        await device.subscribe("sw/1/+/+/+/receipt")
        await Fleet(broker.url, connections=1).publish([*messages, fix(1, NOW)])
        fates = await ingest.settled(len(messages) + 1)
        assert (fates["stored"], fates["duplicate"]) == (len(case.good) + 1, 0)
        assert (fates["ignored"], fates["quarantined"]) == (len(case.ignored), len(case.bad))
        await Fleet(broker.url, connections=1).publish([*messages, fix(1, NOW)])
        again = await ingest.settled(2 * len(messages) + 2)
        assert again["quarantined"] == 2 * len(case.bad)
        assert len(device.messages) == 0, "a foreign device was sent a receipt"
    for query, expected in case.found.items():
        found = [row for row in await rows(database_url, query) if "v0001" not in row]
        assert found == expected
    reasons = await rows(database_url, "SELECT topic, reason FROM quarantine")
    assert sorted(topic for topic, _ in reasons) == sorted(topic for topic, _ in case.bad)
    assert all(reason.startswith("payload: ") for _, reason in reasons)


async def test_without_adapters_foreign_topics_are_not_subscribed(
    start_ingest: StartIngest, broker: Broker, database_url: str
) -> None:
    ingest = start_ingest()
    await ingest.ready()
    await Fleet(broker.url, connections=1).publish([("owntracks/li/phone", b"{}"), fix(1, NOW)])
    fates = await ingest.settled(1)
    assert (fates["received"], fates["stored"]) == (1, 1)
    assert await one(database_url, "SELECT count(*) FROM quarantine") == 0


_BEIJING = timezone(timedelta(hours=8))


def _report(alarm: int, *, time: str | None = None) -> str:
    """A JT/T 808 location report of now in hexadecimal, in Quanzhou."""
    stamp = time or datetime.fromtimestamp(int(NOW), _BEIJING).strftime("%y%m%d%H%M%S")
    return f"{alarm:08x}00000003017bf1a00711b140000c0000005a{stamp}"


async def test_repeated_times_and_items_beside_broken_ones_are_stored(
    start_ingest: StartIngest, broker: Broker, database_url: str, tmp_path: Path
) -> None:
    config = tmp_path / "ingest.toml"
    config.write_text(
        '[[adapters]]\ndistrict = "350582"\nreads = "jt808"\ntopics = ["jt808/up"]\n'
        '[[adapters]]\ndistrict = "350582"\nreads = "owntracks"\n'
    )
    ingest = start_ingest(config=config)
    await ingest.ready()
    call, batch = {"msgId": "0x0200", "phone": "139001"}, {"msgId": "0x0704", "phone": "139002"}
    ping = {"_type": "location", "lat": 24.9, "lon": 118.6, "tst": NOW - 600}
    messages = [
        (topic, json.dumps(message).encode())
        for topic, message in (
            ("jt808/up", {**call, "body": _report(0)}),
            ("jt808/up", {**call, "body": _report(1)}),
            ("jt808/up", {**batch, "items": [_report(0), _report(0, time="f" * 12)]}),
            ("owntracks/li/phone", {**ping, "created_at": NOW - 600, "batt": 80}),
            ("owntracks/li/phone", {**ping, "created_at": NOW, "batt": 41, "t": "p"}),
        )
    ]
    for count in (1, 2):  # what comes again makes no row
        await Fleet(broker.url, connections=1).publish(messages)
        fates = await ingest.settled(count * len(messages))
        assert fates["stored"] + fates["duplicate"] == count * len(messages)
    positions = "SELECT id, count(*) FROM position JOIN entity USING (entity_id) GROUP BY id ORDER BY id"
    assert await rows(database_url, positions) == [("139001", 1), ("139002", 1), ("li-phone", 1)]
    readings = """
        SELECT values->>'alarms', values->>'battery_percent' FROM telemetry JOIN entity USING (entity_id)
        WHERE id <> '139002' ORDER BY id, time
    """
    assert await rows(database_url, readings) == [
        ("none", None), ("sos", None), (None, "80.0"), (None, "41.0"),
    ]  # fmt: skip
    reasons = await rows(database_url, "SELECT reason FROM quarantine")
    assert len(reasons) >= 1
    assert all("items[1]" in reason for (reason,) in reasons)

"""Retained messages do not count as current: they are stored, and mark no sender as present."""

from __future__ import annotations

import json
import time
from pathlib import Path

import aiomqtt
import pytest

from ingest.errors import Reason
from ingest.packets import PacketReader, Retained
from store.quality import Quality
from tests.ingest.conftest import StartIngest
from tests.ingest.running import RunningIngest, one, rows, topic
from tests.ingest.test_interpret import FIX, NOW, POSITION, read, reasons
from tests.servers import Broker

DAY_S = 86_400.0
STATUS = topic("v1", "status")
SETTINGS = """
[[adapters]]
reads = "owntracks"
district = "350582"
[[rules]]
watches = "telemetry"
name = "tilted"
reading = "tilt_deg"
above = 15
clear = 5
opens_case = "cover_missing"
"""


def test_the_retain_flag_of_a_packet_reaches_its_payload() -> None:
    packets = b"".join(
        bytes([0x32 | retain, 2 + 1 + 2 + 1 + 1]) + b"\x00\x01t" + bytes([0, number + 1, 0]) + b"x"
        for number, retain in enumerate((0, 1, 0))
    )
    deliveries, _ = PacketReader(largest=100).feed(packets)
    assert [(type(payload), payload) for _, payload, _ in deliveries] == [
        (bytes, b"x"),
        (Retained, b"x"),
        (bytes, b"x"),
    ]


def test_clearing_a_retained_topic_is_ignored_whatever_the_topic() -> None:
    batch = read((POSITION, b""), (STATUS, b""), (topic("b1", "incident", "box"), b""), ("a/b", b""))
    assert (batch.ignored, batch.refusals) == ([0, 1, 2, 3], [])


def test_a_retained_message_that_breaks_a_rule_is_refused_like_any_other() -> None:
    assert reasons(read((POSITION, Retained(b'{"lat": 91}')))) == [Reason.PAYLOAD]


def test_parts_of_a_retained_message_carry_the_mark() -> None:
    status = {"online": True, "time": NOW}
    batch = read(
        (POSITION, Retained(json.dumps(FIX).encode())),
        (POSITION, FIX),
        (STATUS, Retained(json.dumps(status).encode())),
        (STATUS, status),
    )
    assert batch.fixes.flags.tolist() == [Quality.RETAINED, 0]
    assert [item.retained for item in batch.statuses] == [True, False]


async def keep(broker: Broker, *messages: tuple[str, object], identifier: str = "keeper") -> None:
    async with aiomqtt.Client("127.0.0.1", broker.port, identifier=identifier) as client:
        for where, message in messages:
            await client.publish(where, json.dumps(message), qos=1, retain=True)


async def started(start_ingest: StartIngest, tmp_path: Path) -> RunningIngest:
    config = tmp_path / "ingest.toml"
    config.write_text(SETTINGS)
    ingest = start_ingest(config=config)
    await ingest.ready()
    return ingest


_ONLINE = """
SELECT id, online, received_at < now() - INTERVAL '1 hour' FROM device_status JOIN entity USING (entity_id)
ORDER BY id
"""


@pytest.mark.servers
async def test_on_the_first_start_what_the_broker_had_kept_is_stored_and_nobody_is_there_because_of_it(
    start_ingest: StartIngest, broker: Broker, database_url: str, tmp_path: Path
) -> None:
    now = round(time.time(), 3)
    location = {"_type": "location", "lat": 24.9, "lon": 118.6}
    await keep(
        broker,
        ("owntracks/old/phone", {**location, "tst": now - 2 * DAY_S}),
        ("owntracks/li/phone", {**location, "tst": now - 7200, "batt": 3}),
        (STATUS, {"online": True, "time": now - 3 * DAY_S}),
        (topic("v2", "status"), {"online": False, "time": now - 3 * DAY_S}),
        (topic("d1", "telemetry", "device"), {"time": now - 7200, "values": {"tilt_deg": 60}}),
    )
    ingest = await started(start_ingest, tmp_path)
    fates = await ingest.settled(5)
    assert fates["stored"] == 5
    assert await rows(database_url, _ONLINE) == [("v1", True, True), ("v2", False, True)]
    assert await one(database_url, "SELECT count(*) FROM position") == 2
    latest = "SELECT count(*), max(received_at) < now() - INTERVAL '1 hour' FROM latest_"
    assert await rows(database_url, f"{latest}position") == [(1, True)]
    assert await rows(database_url, f"{latest}telemetry") == [(2, True)]
    assert await one(database_url, "SELECT count(*) FROM rule_event") == 0, "a rule fired on what was kept"
    live = {"time": now, "values": {"tilt_deg": 60}}
    where = topic("d1", "telemetry", "device")
    await keep(broker, (where, live), (STATUS, {"online": True, "time": now}))
    await ingest.settled(7)
    assert await one(database_url, "SELECT count(*) FROM rule_event") == 1, (
        "a live one fires, retained or not"
    )
    assert (await rows(database_url, _ONLINE))[0] == ("v1", True, False)


@pytest.mark.servers
async def test_a_kept_last_will_counts_although_its_time_is_that_of_connecting(
    start_ingest: StartIngest, broker: Broker, database_url: str, tmp_path: Path
) -> None:
    now = round(time.time(), 3)
    ingest = await started(start_ingest, tmp_path)
    await keep(
        broker, (STATUS, {"online": True, "time": now - 7200}), (STATUS, {"online": True, "time": now})
    )
    await ingest.settled(2)
    ingest.stop()
    await forget_session(broker)
    await keep(broker, (STATUS, {"online": False, "time": now - 7200}))
    ingest.start()
    await ingest.ready()
    await ingest.settled(1)
    assert await one(database_url, "SELECT online FROM device_status") is False


@pytest.mark.servers
async def test_a_foreign_message_of_days_ago_does_not_say_that_its_sender_is_there(
    start_ingest: StartIngest, broker: Broker, database_url: str, tmp_path: Path
) -> None:
    now = round(time.time(), 3)
    ingest = await started(start_ingest, tmp_path)
    location = {"_type": "location", "lat": 24.9, "lon": 118.6}
    async with aiomqtt.Client("127.0.0.1", broker.port, identifier="phone") as phone:
        for tst in (now - 2 * DAY_S, now - 60):
            await phone.publish("owntracks/li/phone", json.dumps({**location, "tst": tst}), qos=1)
            await phone.publish("owntracks/li/phone", b"", qos=1, retain=True)
            if tst < now - DAY_S:
                await ingest.settled(2)
                assert await rows(database_url, _ONLINE) == []
    fates = await ingest.settled(4)
    assert await rows(database_url, _ONLINE) == [("li-phone", True, False)]
    assert (fates["stored"], fates["ignored"], fates["quarantined"]) == (2, 2, 0)


async def forget_session(broker: Broker) -> None:
    """As a broker does that has lost its sessions."""
    for name in ("streetwarden-ingest", "streetwarden-ingest-incidents"):
        async with aiomqtt.Client("127.0.0.1", broker.port, identifier=name, clean_session=True):
            pass

"""Hostile input is quarantined or refused with the reason and acknowledged, and ingest continues."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import random
import time
from pathlib import Path
from uuid import uuid4

import aiomqtt
import mqtt5
import pytest

from bench.fleet import Fleet, Message
from tests.ingest.conftest import StartIngest
from tests.ingest.fake_broker import fake_broker
from tests.ingest.running import JPEG, RunningIngest, drive, fix, incident, one, rows, topic, until
from tests.servers import Broker

pytestmark = pytest.mark.servers


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()


def hostile() -> list[tuple[str, bytes, str]]:
    """Topic, payload, and how the reason in the quarantine begins."""
    now = time.time()
    position = topic("v1")
    return [
        (position, random.Random(1).randbytes(500), "payload: "),
        (position, b'{"time": NaN, "lat": 1, "lon": 1}', "payload: "),
        (position, as_json({"time": now, "lat": [1], "lon": 1}), "payload: "),
        (position, as_json([{"time": now, "lat": 1, "lon": 1}] * 5000), "payload: "),
        (position, b"[" * 200_000, "payload: "),
        (position, b"x" * (12 * 1024 * 1024 + 1), "payload: "),
        (position, as_json({"time": now + 90_000, "lat": 1, "lon": 1}), "time: "),
        (position, as_json({"time": now - 400 * 86_400, "lat": 1, "lon": 1}), "time: "),
        (position, as_json({"time": now, "lat": 1, "lon": 1, "id": "v2"}), "identity: "),
        ("sw/1/350582/spaceship/v1/position", b"{}", "topic: "),
        ("sw/1/12/vehicle/v1/position", b"{}", "topic: "),
        (topic("d1", "telemetry", "device"), as_json({"time": now, "values": {"a": "\0"}}), "store: "),
        (topic("d1", "status", "device"), as_json({"time": now, "online": True, "program": "\0"}), "store: "),
    ]


async def test_bad_input_is_quarantined_with_its_reason_and_the_rest_is_stored(
    ingest: RunningIngest, broker: Broker, database_url: str
) -> None:
    bad = hostile()
    good = drive(300, vehicles=3)
    mixed: list[Message] = [*good, *((where, payload) for where, payload, _ in bad)]
    random.Random(2).shuffle(mixed)
    await Fleet(broker.url).publish(mixed)
    fates = await ingest.settled(len(mixed))
    assert (fates["stored"], fates["quarantined"]) == (len(good), len(bad))
    found = await rows(database_url, "SELECT topic, payload_bytes, reason, payload, count FROM quarantine")
    assert len(found) == len(bad)
    for where, payload, reason in bad:
        (row,) = [row for row in found if row[:2] == (where, len(payload)) and payload.startswith(row[3])]
        assert row[2].startswith(reason)
        assert row[4] == 1
    await Fleet(broker.url).publish([(where, payload) for where, payload, _ in bad])
    await ingest.settled(len(mixed) + len(bad))
    assert await rows(database_url, "SELECT DISTINCT count, last_seen > first_seen FROM quarantine") == [
        (2, True)
    ]


async def test_a_message_without_subscriber_does_not_count_as_acknowledged(
    ingest: RunningIngest, broker: Broker
) -> None:
    """There is no subscription to all but some streams; the broker tells who sends another (ADR 0105)."""
    reader, writer = await asyncio.open_connection("127.0.0.1", broker.port)

    async def answer() -> bytes:
        head = await asyncio.wait_for(reader.readexactly(2), 20)
        return head + await reader.readexactly(head[1])

    writer.write(mqtt5.ConnectPacket("", clean_start=True).write())
    await answer()
    for packet_id, stream in ((1, "command"), (2, "position")):
        where, payload = topic("v1", stream), fix(1, time.time())[1]
        qos = mqtt5.QoS.AT_LEAST_ONCE
        writer.write(mqtt5.PublishPacket(where, payload, qos=qos, packet_id=packet_id).write())
    unheard, taken = await answer(), await answer()
    writer.close()
    assert unheard[4] == mqtt5.PubAckReasonCode.NO_MATCHING_SUBSCRIBERS
    assert taken == mqtt5.PubAckPacket(2).write()
    fates = await ingest.settled(1)
    assert (fates["received"], fates["stored"]) == (1, 1)


async def test_the_quarantine_is_bounded(
    start_ingest: StartIngest, broker: Broker, database_url: str
) -> None:
    ingest = start_ingest(quarantine_rows=50, quarantine_payload_bytes=10)
    await ingest.ready()
    bad = [(topic(f"v{number}"), b"what is not a fix") for number in range(500)]
    await Fleet(broker.url, connections=1).publish(bad)
    fates = await ingest.settled(500)
    assert fates["quarantined"] == 500
    assert await rows(database_url, "SELECT count(*), max(length(payload)) FROM quarantine") == [(50, 10)]


async def test_doubtful_fixes_are_stored_with_flags_and_stay_off_the_map(
    ingest: RunningIngest, broker: Broker, database_url: str
) -> None:
    now = time.time()
    await Fleet(broker.url, connections=1).publish(
        [
            fix(1, now - 10),
            fix(1, now - 5, lat=30.0),
            fix(1, now - 4, lat=0, lon=0),
            fix(1, now - 3, fix=False),
            fix(1, now - 2, accuracy_m=5000),
            fix(1, now + 120),
            fix(1, now - 3600),
        ]
    )
    await ingest.settled(7)
    flags = await rows(database_url, "SELECT flags FROM position ORDER BY time")
    assert [flag for (flag,) in flags] == [0, 64, 16, 2, 1, 32, 4]
    ((latest,),) = await rows(database_url, "SELECT extract(epoch FROM time)::float8 FROM latest_position")
    assert latest == pytest.approx(now - 10, abs=1e-5)


async def test_an_array_is_one_message_with_rows_of_its_own(
    ingest: RunningIngest, broker: Broker, database_url: str
) -> None:
    now = time.time()
    fixes = [json.loads(fix(1, now - second)[1]) for second in range(10)]
    array = [(topic("v1"), as_json(part)) for part in (fixes[:6], fixes[3:], fixes[2:5], fixes[:2] * 2)]
    for message in array:
        await Fleet(broker.url).publish([message])
    fates = await ingest.settled(4)
    assert (fates["stored"], fates["duplicate"]) == (2, 2)
    metrics = await ingest.metrics()
    assert metrics["rows_total", "stored", "position"] == 10
    assert metrics["rows_total", "duplicate", "position"] == 3 + 3 + 4
    assert await one(database_url, "SELECT count(*) FROM position") == 10


def device(broker: Broker, user: str) -> aiomqtt.Client:
    """A connection of one who has signed on."""
    return aiomqtt.Client(
        "127.0.0.1", broker.port, username=user, password=user, protocol=aiomqtt.ProtocolVersion.V5
    )


async def receipts_for(
    broker: Broker, *sent: tuple[str, dict[str, object]], box: str = "box-1"
) -> list[dict[str, object]]:
    """What a box that sends these messages hears, in the order in which it hears it."""
    heard: list[dict[str, object]] = []
    async with aiomqtt.Client("127.0.0.1", broker.port, protocol=aiomqtt.ProtocolVersion.V5) as client:
        await client.subscribe(topic(box, "receipt", "box"), qos=1)
        for stream, message in sent:
            await client.publish(topic(box, stream, "box"), as_json(message), qos=1)
        async with asyncio.timeout(30):
            while len(heard) < len(sent):
                receipt = await anext(aiter(client.messages))
                heard.append(json.loads(str(receipt.payload, "utf-8")))
    return heard


async def test_an_incident_its_evidence_and_its_case_are_stored_and_receipted(
    ingest: RunningIngest, broker: Broker, database_url: str, tmp_path: Path
) -> None:
    good = incident()
    incident_id = good["incident_id"]
    boxes = (b"ftypisom", b"moov", b"mdat a clip")
    clip = b"".join((len(box) + 4).to_bytes(4) + box for box in boxes)
    evidence = {
        "incident_id": incident_id,
        "digest": hashlib.sha256(clip).hexdigest(),
        "role": "finding",
        "taken_at": time.time(),
        "media_type": "video/mp4",
        "data": base64.b64encode(clip).decode(),
    }
    same_problem = incident(zone=good["zone"])
    receipts = await receipts_for(
        broker, ("incident", good), ("incident", good), ("evidence", evidence), ("incident", same_problem)
    )
    ((number, opened),) = await rows(database_url, "SELECT number, camera FROM case_file")
    assert opened == good["camera"]
    outcome = {"incident_id": incident_id, "case_number": number}
    assert receipts == [
        {**outcome, "outcome": "stored", "revision": 1},
        {**outcome, "outcome": "duplicate", "revision": 1},
        {**outcome, "outcome": "stored", "digest": evidence["digest"]},
        {**outcome, "outcome": "stored", "revision": 1, "incident_id": same_problem["incident_id"]},
    ]
    events = await rows(
        database_url, "SELECT action, cardinality(evidence) FROM case_event ORDER BY sequence"
    )
    assert events == [("open", 1), ("join", 1)]
    digests = set(await rows(database_url, "SELECT digest, media_type FROM evidence"))
    assert len(digests) == 2
    for digest, media_type in digests:
        suffix = {"image/jpeg": "jpg", "video/mp4": "mp4"}[media_type]
        file = tmp_path / "evidence" / "evidence" / digest[:2] / f"{digest}.{suffix}"
        assert hashlib.sha256(file.read_bytes()).hexdigest() == digest


def useless_incidents() -> list[tuple[str, dict[str, object], str]]:
    """Stream, message, and how the reason for its refusal begins."""
    changes: list[tuple[dict[str, object], str]] = [
        ({"lat": 100}, "payload: "),
        ({"component": "12"}, "payload: "),
        ({"observed_at": 4_000_000_000}, "time: "),
        ({"zone": "a\0b"}, "store: "),
        ({"box_px": [0, 0, 1e300, 1]}, "payload: "),
        ({"cues": {"\0": 1}}, "store: "),
    ]
    false = {
        "incident_id": str(uuid4()),
        "digest": "0" * 64,
        "role": "finding",
        "taken_at": time.time(),
        "media_type": "image/jpeg",
        "data": JPEG,
    }
    return [
        *(("incident", incident(**change), reason) for change, reason in changes),
        ("evidence", false, "identity: "),
    ]


async def test_an_incident_of_no_use_is_refused_with_a_receipt_and_the_next_one_is_served(
    ingest: RunningIngest, broker: Broker, database_url: str
) -> None:
    bad = useless_incidents()
    *refused, stored = await receipts_for(
        broker, *((stream, message) for stream, message, _ in bad), ("incident", incident())
    )
    by_id = {receipt["incident_id"]: receipt for receipt in refused}
    for _, message, reason in bad:
        receipt = by_id[message["incident_id"]]
        assert receipt["outcome"] == "refused"
        assert str(receipt["reason"]).startswith(reason)
    assert stored["outcome"] == "stored"
    assert await rows(database_url, "SELECT count(*) FROM incident") == [(1,)]
    kept = await rows(database_url, "SELECT split_part(reason, ' ', 1) || ' ' FROM quarantine")
    assert sorted(reason for (reason,) in kept) == sorted(reason for *_, reason in bad)
    fates = await ingest.settled(len(bad) + 1)
    assert (fates["stored"], fates["quarantined"]) == (1, len(bad))


async def test_a_device_cannot_publish_as_another(
    start_ingest: StartIngest, guarded_broker: Broker, database_url: str
) -> None:
    center = guarded_broker.url.replace("//", "//center-ingest:center-ingest@")
    ingest = start_ingest(
        broker_url=center, incidents_user="center-incidents", incidents_password="center-incidents"
    )
    await ingest.ready()
    body = {"time": time.time(), "lat": 24.9, "lon": 118.6}
    async with device(guarded_broker, "vehicle/v1") as v1, device(guarded_broker, "vehicle/v2") as v2:
        await v2.subscribe(topic("v2", "receipt"), qos=1)
        for where in (topic("v2"), topic("v2", "receipt"), topic("box-1", "incident", "box")):
            await v1.publish(where, as_json(body), qos=1)  # acknowledged as "not authorized"
        await v1.publish(topic("v1"), as_json({**body, "id": "v2"}), qos=1)
        await v1.publish(topic("v1"), as_json(body), qos=1)
        await v2.publish(topic("v2", "receipt"), b"its own", qos=1)  # only the centre sends receipts
        await v2.publish(topic("v2"), as_json(body), qos=1)
        fates = await ingest.settled(3)
        assert len(v2.messages) == 0
    assert (fates["received"], fates["stored"], fates["quarantined"]) == (3, 2, 1)
    assert sorted(await rows(database_url, "SELECT kind, id FROM entity")) == [
        ("vehicle", "v1"),
        ("vehicle", "v2"),
    ]


async def test_a_topic_that_is_not_utf8_is_dropped_by_the_broker_and_ingest_continues(
    ingest: RunningIngest, broker: Broker
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", broker.port)
    writer.write(mqtt5.ConnectPacket("rogue", clean_start=True).write())
    await reader.readexactly(2)
    writer.write(b"\x32\x0d\x00\x08sw/1/\xff\xfea\x00\x01\x00")
    assert await asyncio.wait_for(reader.read(), 20)  # to the end: the broker drops it
    writer.close()
    await Fleet(broker.url).publish([fix(1, time.time())])
    fates = await ingest.settled(1)
    assert (fates["received"], fates["stored"]) == (1, 1)


async def test_nobody_adds_to_what_another_reported(
    ingest: RunningIngest, broker: Broker, database_url: str
) -> None:
    begun = incident()
    ended = {**begun, "revision": 2, "phase": "ended", "pictures": []}
    (stored,) = await receipts_for(broker, ("incident", begun))
    refused = await receipts_for(broker, ("incident", begun), ("incident", ended), box="box-2")
    assert [receipt["outcome"] for receipt in refused] == ["refused", "refused"]
    assert all(str(receipt["reason"]).startswith("identity: ") for receipt in refused)
    assert not any("case_number" in receipt for receipt in refused)
    assert await rows(database_url, "SELECT restored_at FROM case_file") == [(None,)]
    (again,) = await receipts_for(broker, ("incident", ended))
    assert (again["outcome"], again["case_number"]) == ("stored", stored["case_number"])


async def test_packets_that_no_broker_should_send_do_not_stop_ingest(
    database_url: str, tmp_path: Path
) -> None:
    async with fake_broker() as broker:
        ingest = RunningIngest(broker_url=broker.url, database_url=database_url, folder=tmp_path)
        ingest.start()
        try:
            await broker.subscribed.wait()
            where, payload = fix(1, time.time())
            good = mqtt5.PublishPacket(where, payload, qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=4).write()
            broker.send(
                b"\x32\x0c\x00\x06sw/1/\xff\x00\x01\x00{"  # a topic that is not UTF-8
                b"\x32\x07\x00\x00\x00\x02\x03\x7f\x7f"  # no topic, properties longer than the packet
                b"\x32\x0a\x00\x04a\x00b+\x00\x03\x00x"  # a NUL and a wildcard in the topic
                b"\xe2\x02\xff\xff\x20\x03\xff\xff\xff\x40\x01\x00\x90\x00"  # control packets of nonsense
                + good
            )

            async def acknowledged() -> bool:
                return broker.acknowledged(1, 2, 3, 4)

            await until(acknowledged)
            fates = await ingest.settled(4)
            assert (fates["stored"], fates["quarantined"]) == (1, 3)
            reasons = sorted(
                reason for (reason,) in await rows(database_url, "SELECT reason FROM quarantine")
            )
            assert [reason.split(":")[0] for reason in reasons] == ["packet", "topic", "topic"]
            broker.subscribed.clear()
            broker.send(b"\x32\xff\xff\xff\xff\xff\xff")  # past this no packet can be found

            await broker.subscribed.wait()
            assert broker.connections == 2
            broker.send(good)

            async def again() -> bool:
                return (await ingest.fates())["duplicate"] == 1

            await until(again)
        finally:
            ingest.stop()

"""Bytes become checked messages, or a refusal that names the rule; never an exception."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.batch import Batch
from ingest.errors import Reason
from ingest.inbox import Arrival
from ingest.interpret import interpret
from ingest.packets import Malformed, Oversized
from ingest.routes import Routes
from ingest.settings import Limits
from tests.ingest.test_inbox import RecordingLink
from wire.topics import Kind, Stream

NOW = 1_795_000_000.0
POSITION = "sw/1/350582/vehicle/v1/position"
FIX = {"time": NOW, "lat": 24.9, "lon": 118.6}


def read(*messages: tuple[str | bytes, object], routes: Routes | None = None) -> Batch:
    deliveries = [
        (
            topic if isinstance(topic, bytes) else topic.encode(),
            payload if isinstance(payload, bytes) else json.dumps(payload).encode(),
            number + 1,
        )
        for number, (topic, payload) in enumerate(messages)
    ]
    arrival = Arrival(link=RecordingLink(), deliveries=deliveries, received_at=NOW)
    return interpret(arrival, routes or Routes(), now=NOW, limits=Limits())


def reasons(batch: Batch) -> list[Reason]:
    return [refusal.error.reason for refusal in batch.refusals]


def test_fixes_become_columns_in_the_order_of_receipt() -> None:
    batch = read(
        (POSITION, {**FIX, "speed_mps": 8.5, "heading_deg": 360, "ignition": False, "id": "v1"}),
        ("sw/1/350582/person/p1/position", [FIX, {**FIX, "time": "2026-11-18T09:06:41.5+08:00"}]),
    )
    fixes = batch.fixes
    assert fixes.message.tolist() == [0, 1, 1]
    assert fixes.sender.tolist() == [0, 1, 1]
    assert fixes.time_us.tolist() == [1_795_000_000_000_000, 1_795_000_000_000_000, 1_794_964_001_500_000]
    assert (fixes.speed_mps[0], fixes.heading_deg[0], fixes.ignition.tolist()) == (8.5, 0.0, [0, -1, -1])
    assert batch.refusals == []


def test_a_sender_is_one_whatever_its_streams_and_district() -> None:
    routes = Routes()
    read((POSITION, FIX), ("sw/1/110000/vehicle/v1/status", {"online": True, "time": NOW}), routes=routes)
    assert [(sender.kind, sender.id) for sender in routes.senders] == [(Kind.VEHICLE, "v1")]


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("sw/1/350582/vehicle/v1/command", b"{}", Reason.TOPIC),
        ("owntracks/user/phone", b"{}", Reason.TOPIC),
        ("sw/1/350582/box/b1/receipt", b"{}", Reason.TOPIC),
        (b"sw/1/350582/vehicle/\xff\xfe/position", FIX, Reason.TOPIC),
        (POSITION, b"\xff\x00\x13", Reason.PAYLOAD),
        (POSITION, {**FIX, "lat": "north"}, Reason.PAYLOAD),
        (POSITION, {**FIX, "lat": 91}, Reason.PAYLOAD),
        (POSITION, b'{"time": NaN, "lat": 1, "lon": 1}', Reason.PAYLOAD),
        (POSITION, [FIX] * 1001, Reason.PAYLOAD),
        (POSITION, [], Reason.PAYLOAD),
        (POSITION, b"[" * 100_000, Reason.PAYLOAD),
        (POSITION, {**FIX, "id": "v2"}, Reason.IDENTITY),
        (POSITION, [{**FIX, "id": "v3"}, {**FIX, "id": "v2"}], Reason.IDENTITY),
        (POSITION, {**FIX, "time": NOW + 86_401}, Reason.TIME),
        (POSITION, [{**FIX, "time": NOW - 367 * 86_400}] * 2, Reason.TIME),
        ("sw/1/350582/device/d1/telemetry", {"time": NOW, "values": {"a": 1}, "id": "d2"}, Reason.IDENTITY),
        ("sw/1/350582/device/d1/telemetry", {"time": NOW + 90_000, "values": {"a": 1}}, Reason.TIME),
        ("sw/1/350582/box/b1/frame", {"time": NOW, "jpeg": "/9g="}, Reason.IDENTITY),
        ("sw/1/350582/camera/c1/frame", {"time": NOW, "jpeg": "/9g=", "camera": "c2"}, Reason.IDENTITY),
    ],
)
def test_what_breaks_a_rule_is_refused_with_the_reason(
    topic: str | bytes, payload: object, reason: Reason
) -> None:
    batch = read((topic, payload), (POSITION, FIX))
    assert reasons(batch) == [reason]
    assert str(batch.refusals[0].error).startswith(f"{reason}: ")
    assert batch.refusals[0].ordinal == 0
    assert batch.fixes.message.tolist() == [1], "the next message is served"


def test_packets_that_came_incomplete_are_refused() -> None:
    oversized = Oversized(b"{")
    oversized.size = 10**8
    batch = read((POSITION, oversized), (b"", Malformed(b"\x32\x00")))
    assert reasons(batch) == [Reason.SIZE, Reason.PACKET]
    assert "100000000 bytes" in str(batch.refusals[0].error)


def test_a_time_up_to_a_day_ahead_is_stored() -> None:
    assert len(read((POSITION, {**FIX, "time": NOW + 86_000})).fixes) == 1


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
near_misses = st.fixed_dictionaries(
    {},
    optional={
        "time": st.floats(1e9, 2e9) | st.text("0123456789-:TZ+.", max_size=25) | anything,
        "lat": st.floats(-91, 91) | anything,
        "lon": st.floats(-181, 181) | anything,
        "values": st.dictionaries(st.text(max_size=5), anything, max_size=3),
        "online": st.booleans() | anything,
        "id": st.sampled_from(["x", "y", ""]) | anything,
        "coord": st.sampled_from(["wgs84", "gcj02", "bd09", "no"]),
        "camera": anything,
        "jpeg": st.text("ABC/+=", max_size=9),
    },
)
payloads = st.binary(max_size=60) | (near_misses | st.lists(near_misses, max_size=3) | anything).map(
    lambda value: json.dumps(value).encode()
)
our_topics = st.builds(
    lambda kind, stream: f"sw/1/350582/{kind}/x/{stream}".encode(),
    st.sampled_from(Kind),
    st.sampled_from(Stream),
)


@given(st.lists(st.tuples(our_topics | st.binary(max_size=30), payloads), max_size=8))
def test_every_message_ends_in_exactly_one_part_of_the_batch(messages: list[tuple[bytes, bytes]]) -> None:
    batch = read(*messages)
    parts = [
        set(batch.fixes.message.tolist()),
        *(
            {item.ordinal for item in items}
            for items in (batch.telemetry, batch.statuses, batch.stills, batch.incidents)
        ),
        {refusal.ordinal for refusal in batch.refusals if refusal.item is None},
        set(batch.ignored),
    ]
    assert sorted(ordinal for part in parts for ordinal in part) == list(range(len(messages)))
    assert Reason.DEFECT not in reasons(batch)

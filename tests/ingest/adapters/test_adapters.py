"""Each adapter translates its devices' messages, and refuses invalid ones."""

from __future__ import annotations

import json
import struct
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.adapters.adapter import Adapter, Translated
from ingest.adapters.table import AnyAdapter, Table, read
from ingest.batch import Batch
from ingest.errors import BadMessageError, IngestError, Reason
from ingest.inbox import Arrival
from ingest.interpret import interpret
from ingest.routes import Routes
from ingest.settings import Limits
from tests.ingest.test_inbox import RecordingLink
from wire.errors import PayloadError
from wire.messages import Incident, Phase, Position, Status, Telemetry

NOW = 1_795_000_000.0


def adapter(**settings: Any) -> AnyAdapter:
    made: AnyAdapter = msgspec.convert({"district": "350582", **settings}, AnyAdapter)
    return made


def translate(reader: Adapter, topic: str, message: object) -> Translated:
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    return reader.read(topic, payload)


OWNTRACKS = adapter(reads="owntracks")
TRACCAR = adapter(reads="traccar", topics=["traccar/#"], id="tc-{id}")
JT808 = adapter(reads="jt808", topics=["jt808/+"])
JT808_RAW = adapter(reads="jt808", topics=["jt808/+"], raw=True)
FRIGATE = adapter(
    reads="frigate",
    topics=["frigate/events", "frigate/reviews"],
    cameras=[{"name": "gate", "lat": 24.9, "lon": 118.6, "id": "cam-9"}],
    labels=[
        {"label": "car", "type": "illegal_parking", "zones": ["kerb"], "stationary": True},
        {"label": "person", "type": "intrusion", "min_score": 0.7, "severity": "alert"},
    ],
)
MAPPED = adapter(
    reads="json",
    topics=["fleet/+/gps"],
    id="truck-{2}",
    time="at",
    position={
        "lat": "p.0",
        "lon": "p.1",
        "speed": "v",
        "ignition": "acc",
        "fix": "ok",
    },
    telemetry={"fuel_l": "can.fuel"},
    each="records",
    units={
        "speed": "kmh",
        "time": "text",
        "time_format": "%Y-%m-%d %H:%M:%S",
        "time_zone": "Asia/Shanghai",
        "angle": 1e-6,
    },
)


def test_owntracks_location_is_a_position_in_si_units_and_the_word_that_it_is_online() -> None:
    translated = translate(
        OWNTRACKS,
        "owntracks/li/phone",
        {
            "_type": "location",
            "lat": 24.9,
            "lon": 118.6,
            "tst": NOW,
            "vel": 36,
            "cog": 360,
            "acc": 8,
            "batt": 41,
        },
    )
    assert [str(where) for where, _ in translated] == [
        f"sw/1/350582/person/li-phone/{stream}" for stream in ("position", "telemetry", "status")
    ]
    position, telemetry, status = (message for _, message in translated)
    assert position == Position(
        time=NOW, lat=24.9, lon=118.6, speed_mps=10.0, heading_deg=0.0, accuracy_m=8.0
    )
    assert status == Status(online=True, time=NOW)
    assert telemetry == Telemetry(time=NOW, values={"battery_percent": 41.0})


def test_owntracks_transition_and_last_will() -> None:
    translated = translate(
        OWNTRACKS,
        "owntracks/li/phone/event",
        {"_type": "transition", "lat": 1, "lon": 2, "tst": NOW, "event": "enter", "desc": "depot", "acc": 5},
    )
    assert [type(message) for _, message in translated] == [Position, Telemetry]
    assert translated[1][1].values == {"region": "depot", "region_event": "enter"}  # type: ignore[union-attr]
    ((where, status),) = translate(OWNTRACKS, "owntracks/li/phone", {"_type": "lwt", "tst": NOW})
    assert where is not None
    assert (where.id, status) == ("li-phone", Status(online=False, time=NOW))
    assert translate(OWNTRACKS, "owntracks/li/phone", {"_type": "card", "name": "Li"}) == []


TRACCAR_FIX = {
    "latitude": 24.9,
    "longitude": 118.6,
    "fixTime": "2026-11-18T09:06:40.000+00:00",
    "valid": True,
    "speed": 10.0,
    "course": 90,
    "altitude": 3,
    "accuracy": 0.0,
    "attributes": {"ignition": True, "batteryLevel": 80, "list": [1]},
}


def test_traccar_tells_knots_as_metres_per_second_whatever_the_shape() -> None:
    forwarded = translate(
        TRACCAR, "traccar/positions", {"position": TRACCAR_FIX, "device": {"uniqueId": "861"}}
    )
    client = translate(
        TRACCAR,
        "traccar/c",
        {
            "location": {
                "timestamp": "2026-11-18T09:06:40.000Z",
                "coords": {
                    "latitude": 24.9,
                    "longitude": 118.6,
                    "speed": 5.1444,
                    "heading": 90,
                    "accuracy": 4,
                },
                "battery": {"level": 0.8, "is_charging": False},
            },
            "device_id": "861",
        },
    )
    query = translate(
        TRACCAR,
        "traccar/o",
        b"/?id=861&lat=24.9&lon=118.6&timestamp=1794992800000&speed=10&bearing=90&batt=80&valid=true",
    )
    flat = translate(
        TRACCAR,
        "traccar/o",
        {"deviceid": "861", "location": "24.9,118.6", "timestamp": 1794992800, "speed": 10},
    )
    for translated in (forwarded, client, query, flat):
        where, position = translated[0]
        assert where is not None
        assert where.id == "tc-861"
        assert isinstance(position, Position)
        assert (position.time, position.lat, position.lon) == (1_794_992_800.0, 24.9, 118.6)
        assert position.speed_mps == pytest.approx(5.14444, abs=1e-4)
    assert forwarded[0][1].ignition is True  # type: ignore[union-attr]
    assert forwarded[0][1].accuracy_m is None  # type: ignore[union-attr]
    assert forwarded[1][1].values == {"ignition": True, "batteryLevel": 80, "list": "[1]"}  # type: ignore[union-attr]
    assert client[1][1].values == {"battery_percent": 80.0, "charging": False}  # type: ignore[union-attr]


def body_0200(*, status: int = 0b11, lat: int = 24_900_000, lon: int = 118_600_000) -> bytes:
    fixed = struct.pack(">IIIIHHH6s", 0, status, lat, lon, 12, 360, 90, bytes.fromhex("261118170640"))
    return fixed + b"\x01\x04" + (1234).to_bytes(4) + b"\x02\x02" + (455).to_bytes(2)


def test_jt808_reports_from_fields_and_from_hexadecimal_agree() -> None:
    degrees = {
        "msgId": "0x0200",
        "phone": "013912345678",
        "body": {
            "status": 3, "lat": 24.9, "lng": 118.6, "altitude": 12, "speed": 36, "direction": 90,
            "time": "2026-11-18 17:06:40", "mileage": 123.4,
        },
    }  # fmt: skip
    integers = {
        "messageId": 0x0200,
        "simNo": "013912345678",
        "statusBit": 3, "latitude": 24_900_000, "longitude": 118_600_000, "altitude": 12, "speed": 360,
        "direction": 90, "deviceTime": "261118170640", "mileage": 1234,
    }  # fmt: skip
    hexadecimal = {"msgId": "0200", "phone": "013912345678", "body": body_0200().hex()}
    for reader, message in ((JT808, degrees), (JT808_RAW, integers), (JT808, hexadecimal)):
        (where, position), (_, telemetry) = translate(reader, "jt808/up", message)
        assert where is not None
        assert where.id == "013912345678"
        assert isinstance(position, Position)
        assert (position.time, position.ignition, position.fix) == (1_794_992_800.0, True, True)
        assert (position.lat, position.lon) == pytest.approx((24.9, 118.6))
        assert position.speed_mps == pytest.approx(10.0)
        assert telemetry.values["mileage_km"] == pytest.approx(123.4)  # type: ignore[union-attr]


def test_jt808_batches_south_west_and_a_terminal_without_a_fix() -> None:
    reports = [body_0200(), body_0200(status=0b1100, lat=10_000_000)]
    data = len(reports).to_bytes(2) + b"\x01" + b"".join(len(each).to_bytes(2) + each for each in reports)
    translated = translate(JT808, "jt808/up", {"msgId": 0x0704, "phone": "1", "body": data.hex()})
    positions = [message for _, message in translated if isinstance(message, Position)]
    assert [(each.fix, each.ignition) for each in positions] == [(True, True), (False, False)]
    assert [each.lat for each in positions] == pytest.approx([24.9, -10.0])
    assert [each.lon for each in positions] == pytest.approx([118.6, -118.6])
    listed = {"msgId": "0704", "phone": "1", "items": [reports[0].hex(), {"lat": 1, "lon": 2, "time": NOW}]}
    assert (
        len([0 for _, message in translate(JT808, "jt808/up", listed) if isinstance(message, Position)]) == 2
    )
    assert translate(JT808, "jt808/up", {"msgId": "0x0002", "phone": "1"}) == [], "a heartbeat"


def event(kind: str, **after: object) -> dict[str, object]:
    seen = {
        "id": "1607123955.475377-mxklsc", "camera": "gate", "label": "car", "start_time": NOW,
        "frame_time": NOW + 5, "end_time": None, "top_score": 0.9, "false_positive": False,
        "stationary": True, "position_changes": 1, "entered_zones": ["street", "kerb"],
        "box": [10, 20, 30, 40], **after,
    }  # fmt: skip
    return {"type": kind, "before": {"stationary": False}, "after": seen}


def test_a_frigate_event_is_one_incident_from_its_fulfilment_to_its_end() -> None:
    assert translate(FRIGATE, "frigate/events", event("new", stationary=False)) == []
    assert translate(FRIGATE, "frigate/events", event("update", entered_zones=["street"])) == []
    assert translate(FRIGATE, "frigate/events", event("update", label="dog")) == []
    assert translate(FRIGATE, "frigate/events", event("new", false_positive=True)) == []
    ((where, begun),) = translate(FRIGATE, "frigate/events", event("update"))
    ((_, again),) = translate(FRIGATE, "frigate/events", event("update", frame_time=NOW + 60))
    ((_, ended),) = translate(
        FRIGATE, "frigate/events", event("end", stationary=False, position_changes=2, end_time=NOW + 90)
    )
    assert str(where) == "sw/1/350582/camera/cam-9/incident"
    assert isinstance(begun, Incident)
    assert isinstance(again, Incident)
    assert isinstance(ended, Incident)
    assert (begun.type, begun.camera, begun.zone) == ("illegal_parking", "cam-9", "kerb")
    assert (begun.lat, begun.lon, begun.revision, begun.phase) == (24.9, 118.6, 1, Phase.BEGUN)
    assert (begun.incident_id, 1) == (again.incident_id, again.revision), "a repeat changes nothing"
    assert (ended.incident_id, ended.revision, ended.phase) == (begun.incident_id, 2, Phase.ENDED)
    assert isinstance(begun.incident_id, UUID)


def test_a_frigate_end_of_what_never_was_an_incident_is_none() -> None:
    passing = event("end", stationary=False, position_changes=1, end_time=NOW + 9)
    assert translate(FRIGATE, "frigate/events", passing) == []


def test_a_frigate_review_asks_for_label_and_severity() -> None:
    def review(severity: str, kind: str = "new") -> dict[str, object]:
        after = {"id": "r1", "camera": "gate", "start_time": NOW, "end_time": NOW + 9, "severity": severity}
        return {
            "type": kind,
            "after": {**after, "data": {"objects": ["person-verified", "car"], "zones": []}},
        }

    assert translate(FRIGATE, "frigate/reviews", review("detection")) == []
    ((_, begun),) = translate(FRIGATE, "frigate/reviews", review("alert"))
    ((_, ended),) = translate(FRIGATE, "frigate/reviews", review("alert", "end"))
    assert isinstance(begun, Incident)
    assert isinstance(ended, Incident)
    assert (begun.type, begun.phase, ended.phase) == ("intrusion", Phase.BEGUN, Phase.ENDED)


def test_mapped_json_follows_paths_units_and_zones() -> None:
    translated = translate(
        MAPPED,
        "fleet/7/gps",
        {
            "records": [
                {
                    "at": "2026-11-18 17:06:40",
                    "p": [24_900_000, "118600000"],
                    "v": 36,
                    "acc": "ON",
                    "ok": "A",
                },
                {"at": "2026-11-18 17:06:50", "p": [24_900_000, 118_600_000], "ok": "V", "can": {"fuel": 40}},
            ]
        },
    )
    assert [str(where).split("/")[4:] for where, _ in translated] == [
        ["truck-7", "position"], ["truck-7", "position"], ["truck-7", "telemetry"],
    ]  # fmt: skip
    first, second, fuel = (message for _, message in translated)
    assert first == Position(
        time=1_794_992_800.0, lat=24_900_000 * 1e-6, lon=118_600_000 * 1e-6, speed_mps=10.0, ignition=True
    )
    assert second.fix is False  # type: ignore[union-attr]
    assert fuel == Telemetry(time=1_794_992_810.0, values={"fuel_l": 40})


def test_a_shifted_datum_is_brought_to_wgs84() -> None:
    reader = adapter(
        reads="json", topics=["t"], id="x", time="t", position={"lat": "a", "lon": "o"}, datum="gcj02"
    )
    batch = interpreted(reader, (b"t", json.dumps({"t": NOW, "a": 24.9, "o": 118.6}).encode()))
    assert np.hypot(batch.fixes.lat[0] - 24.9, batch.fixes.lon[0] - 118.6) == pytest.approx(0.005, rel=0.6)


@pytest.mark.parametrize(
    ("reader", "topic", "message", "says"),
    [
        (OWNTRACKS, "owntracks/li/phone", b"\xff", "owntracks"),
        (OWNTRACKS, "owntracks/li/phone", {"_type": "encrypted", "data": "x"}, "encrypted"),
        (OWNTRACKS, "owntracks/li/phone", {"_type": "location", "lat": 95, "lon": 1, "tst": NOW}, "lat"),
        (OWNTRACKS, "owntracks/li/phone", {"_type": "location", "lat": 5, "lon": 1, "tst": 1e13}, "calendar"),
        (OWNTRACKS, "owntracks/王/phone", {"_type": "lwt", "tst": NOW}, "names"),
        (OWNTRACKS, "owntracks/li", {"_type": "lwt", "tst": NOW}, "level"),
        (TRACCAR, "traccar/x", {"position": TRACCAR_FIX}, "no sender id"),
        (TRACCAR, "traccar/x", b"neither", "query string"),
        (TRACCAR, "traccar/x", {"id": "1", "lat": "nan", "lon": 1, "timestamp": NOW}, "lat"),
        (JT808, "jt808/up", {"msgId": "0200", "phone": "1", "body": "00ff"}, "shorter"),
        (JT808, "jt808/up", {"msgId": "0704", "phone": "1", "items": []}, "batch"),
        (JT808, "jt808/up", {"phone": "1"}, "id such as"),
        (FRIGATE, "frigate/events", event("update", camera="yard"), "add it under `cameras`"),
        (FRIGATE, "frigate/events", {"type": "new"}, "frigate event"),
        (MAPPED, "fleet/7/gps", {"records": [{"p": [1, 1]}]}, "no time"),
        (MAPPED, "fleet/7/gps", {"records": [{}] * 1001}, "not a list"),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_refused_in_words(
    reader: Adapter, topic: str, message: object, says: str
) -> None:
    with pytest.raises(PayloadError, match=says):
        translate(reader, topic, message)


def test_the_first_matching_table_reads_a_topic_and_ours_are_out_of_reach() -> None:
    table = Table([OWNTRACKS, TRACCAR, adapter(reads="traccar", topics=["+/li/#"])])
    subscribed = ("owntracks/+/+", "owntracks/+/+/event", "owntracks/+/+/step", "traccar/#", "+/li/#")
    assert table.filters(incidents=False) == subscribed
    assert table.filters(incidents=True) == ()
    assert table.find(b"owntracks/li/phone") is OWNTRACKS
    assert table.find(b"traccar") is TRACCAR
    assert table.find(b"x/li/y/z") is not None
    assert table.find(b"$SYS/li/y") is None
    assert table.find(b"\xff/li") is not None
    with pytest.raises(BadMessageError, match="UTF-8"):
        read(TRACCAR, b"\xff/li", b"{}", received_at=NOW)
    for bad in ("#", "sw/#", "sw/1/x", "+/1", "+/1/+/x", "+/+/350582/#", "sw/1/350582/vehicle/v1/position"):
        with pytest.raises(IngestError, match="our own devices"):
            Table([adapter(reads="traccar", topics=[bad])])
    for bad in ("a/#/b", "a/b+"):
        with pytest.raises(IngestError, match="not a topic filter"):
            Table([adapter(reads="traccar", topics=[bad])])


def interpreted(reader: AnyAdapter, *messages: tuple[bytes, bytes]) -> Batch:
    arrival = Arrival(
        link=RecordingLink(),
        deliveries=[(topic, payload, number) for number, (topic, payload) in enumerate(messages, 1)],
        received_at=NOW,
    )
    return interpret(arrival, Routes(Table([reader])), now=NOW, limits=Limits())


def parts(batch: Batch) -> list[int]:
    found = [
        set(batch.fixes.message.tolist())
        | {item.ordinal for item in (*batch.telemetry, *batch.statuses, *batch.incidents)},
        {refusal.ordinal for refusal in batch.refusals if refusal.item is None},
        set(batch.ignored),
    ]
    return sorted(ordinal for part in found for ordinal in part)


def test_of_a_message_with_one_wrong_time_only_that_record_is_refused() -> None:
    records = [{"at": f"2026-11-18 {hour}:06:40", "p": [1, 1], "can": {"fuel": 1}} for hour in ("17", "16")]
    records[1]["at"] = "2031-01-01 00:00:00"
    batch = interpreted(MAPPED, (b"fleet/7/gps", json.dumps({"records": records}).encode()))
    assert [refusal.error.reason for refusal in batch.refusals] == [Reason.TIME]
    assert (len(batch.fixes), len(batch.telemetry)) == (1, 1)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
SEEDS: list[tuple[AnyAdapter, bytes, dict[str, Any]]] = [
    (OWNTRACKS, b"owntracks/a/b", {"_type": "location", "lat": 1, "lon": 2, "tst": NOW, "vel": 3, "batt": 9}),
    (TRACCAR, b"traccar/a", {"position": TRACCAR_FIX, "device": {"uniqueId": "1"}, "location": {}}),
    (TRACCAR, b"traccar/a", {"id": "1", "lat": 1, "lon": 2, "timestamp": NOW, "location": "1,2", "speed": 1}),
    (JT808, b"jt808/a", {"msgId": "0200", "phone": "1", "body": {"lat": 1, "lon": 2, "time": NOW}}),
    (JT808, b"jt808/a", {"msgId": "0704", "phone": "1", "items": [body_0200().hex()]}),
    (FRIGATE, b"frigate/events", event("update")),
    (MAPPED, b"fleet/7/gps", {"records": [{"at": "2026-11-18 17:06:40", "p": [1, 2], "v": 3}]}),
]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
@given(st.sampled_from(SEEDS), st.data())
def test_hostile_payloads_always_end_in_exactly_one_fate(
    chosen: tuple[AnyAdapter, bytes, dict[str, Any]], data: st.DataObject
) -> None:
    reader, topic, seed = chosen
    message = json.loads(json.dumps(seed))
    for _ in range(data.draw(st.integers(0, 3))):
        inside = message
        while True:
            if not isinstance(inside, dict) or not inside:
                break
            key = data.draw(st.sampled_from(sorted(inside)))
            if isinstance(inside[key], dict) and inside[key] and data.draw(st.booleans()):
                inside = inside[key]
                continue
            inside[key] = data.draw(anything)
            break
    payload = data.draw(st.just(json.dumps(message).encode()) | st.binary(max_size=40))
    batch = interpreted(reader, (topic, payload))
    assert parts(batch) == [0]
    assert Reason.DEFECT not in [refusal.error.reason for refusal in batch.refusals]

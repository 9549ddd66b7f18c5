"""Traccar's forwarding, its client and OsmAnd as they are really sent: times, repeats, alarms, queries."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.adapters.adapter import Translated
from tests.ingest.adapters.test_adapters import adapter, translate
from wire.errors import PayloadError
from wire.messages import Position, Status, Telemetry
from wire.partial import PartialPosition, RefusedItem

T = 1_794_992_800.0
NOW = "2026-11-18T09:06:40.000+00:00"
BEFORE = "2026-11-18T09:01:40.000+0000"
TRACCAR = adapter(reads="traccar", topics=["traccar/#"], id="tc-{id}")


def forwarded(attributes: dict[str, Any] | None = None, /, **changed: Any) -> dict[str, Any]:
    said = {
        "id": 7, "deviceId": 3, "protocol": "huabao", "serverTime": NOW, "deviceTime": NOW, "fixTime": NOW,
        "outdated": False, "valid": True, "latitude": 24.9, "longitude": 118.6, "altitude": 12, "speed": 10,
        "course": 90, "address": None, "accuracy": 0, "network": None, "geofenceIds": None,
        "attributes": attributes or {}, **changed,
    }  # fmt: skip
    return {"position": said, "device": {"id": 3, "name": "car 7", "uniqueId": "861", "status": "online"}}


def of(translated: Translated, kind: type) -> list[Any]:
    return [
        part
        for _, part in translated
        if type(part) is kind or (kind is Position and isinstance(part, Position))
    ]


def test_attributes_belong_to_the_devices_time_and_the_fix_to_its_own() -> None:
    translated = translate(
        TRACCAR, "traccar/p", forwarded({"batteryLevel": 90, "ignition": True}, fixTime=BEFORE)
    )
    ((fix,), (readings,)) = of(translated, Position), of(translated, Telemetry)
    assert (fix.time, fix.ignition) == (T - 300, True)
    assert (readings.time, readings.values) == (T, {"batteryLevel": 90, "ignition": True})


def test_an_outdated_position_is_no_new_fix() -> None:
    translated = translate(
        TRACCAR,
        "traccar/p",
        forwarded(
            {"ignition": False, "batteryLevel": 20, "alarm": "powerCut"}, fixTime=BEFORE, outdated=True
        ),
    )
    assert of(translated, Position) == []
    (readings,) = of(translated, Telemetry)
    assert readings == Telemetry(time=T, values={"ignition": False, "batteryLevel": 20, "alarm": "powerCut"})


@pytest.mark.parametrize("unset", ["1970-01-01T00:00:00.000+00:00", 0, None, ""])
def test_a_device_that_never_had_a_fix_still_reports_its_alarm(unset: Any) -> None:
    translated = translate(
        TRACCAR,
        "traccar/p",
        forwarded({"alarm": "sos"}, latitude=0.0, longitude=0.0, fixTime=unset, valid=False, outdated=True),
    )
    assert [part for _, part in translated] == [Telemetry(time=T, values={"alarm": "sos"})]


def test_without_a_devices_time_the_fix_or_the_server_gives_it() -> None:
    translated = translate(TRACCAR, "traccar/p", forwarded({"a": 1}, deviceTime=None, fixTime=BEFORE))
    assert of(translated, Telemetry)[0].time == T - 300
    translated = translate(
        TRACCAR, "traccar/p", forwarded({"a": 1}, deviceTime="1970-01-01T00:00:00Z", fixTime=None)
    )
    assert of(translated, Telemetry)[0].time == T
    with pytest.raises(PayloadError, match="no deviceTime"):
        translate(TRACCAR, "traccar/p", forwarded({"a": 1}, deviceTime=None, fixTime=None, serverTime=None))


def test_no_fix_at_null_island_is_none_and_elsewhere_is_flagged() -> None:
    assert (
        of(
            translate(TRACCAR, "traccar/p", forwarded({"a": 1}, latitude=0, longitude=0, valid=False)),
            Position,
        )
        == []
    )
    (fix,) = of(translate(TRACCAR, "traccar/p", forwarded(valid=False)), Position)
    assert fix.fix is False


def test_messages_without_place_and_reading_are_ignored() -> None:
    assert translate(TRACCAR, "traccar/p", forwarded(outdated=True)) == []
    assert translate(TRACCAR, "traccar/o", b"id=861&timestamp=1794992800") == []


def test_attributes_of_every_kind_become_readings() -> None:
    translated = translate(
        TRACCAR,
        "traccar/p",
        forwarded({"alarm": "sos", "driverUniqueId": "0042", "fuel": 12.5, "list": [1], "beacon": {"id": 4},
                   "motion": False, "raw": "x" * 300, "nothing": None}, geofenceIds=[1, 2]),
    )  # fmt: skip
    assert of(translated, Telemetry)[0].values == {
        "alarm": "sos", "driverUniqueId": "0042", "fuel": 12.5, "list": "[1]", "beacon.id": 4,
        "motion": False,
        "raw": "x" * 256, "geofenceIds": "[1,2]",
    }  # fmt: skip


def test_optional_fields_that_make_no_sense_are_left_out_and_named() -> None:
    (fix,) = of(
        translate(TRACCAR, "traccar/p", forwarded(course=65535, altitude=65535, speed="fast")), Position
    )
    assert isinstance(fix, PartialPosition)
    assert set(fix.left_out) == {"heading_deg", "altitude_m", "speed_mps"}


def test_readings_outlive_a_place_that_makes_no_sense() -> None:
    translated = translate(TRACCAR, "traccar/p", forwarded({"alarm": "sos"}, latitude=124.9))
    assert (of(translated, Position), len(of(translated, RefusedItem))) == ([], 1)
    assert of(translated, Telemetry)[0].values == {"alarm": "sos"}


@pytest.mark.parametrize(
    "changed", [{"valid": "perhaps"}, {"outdated": "perhaps"}, {"fixTime": "soon"}, {"latitude": "north"}]
)
def test_readings_outlive_a_fix_that_cannot_be_read(changed: dict[str, Any]) -> None:
    translated = translate(TRACCAR, "traccar/p", forwarded({"alarm": "sos"}, **changed))
    assert [type(part) for _, part in translated] == [RefusedItem, Telemetry]
    assert of(translated, Telemetry)[0].time == T


def test_a_devices_time_that_cannot_be_read_gives_way_to_the_fix() -> None:
    translated = translate(TRACCAR, "traccar/p", forwarded({"a": 1}, deviceTime="soon", fixTime=BEFORE))
    assert of(translated, Telemetry)[0].time == T - 300


def test_events_become_readings_of_their_own_time_and_the_word_that_a_device_is_there() -> None:
    event = {"id": 1, "type": "geofenceEnter", "eventTime": NOW, "deviceId": 3, "attributes": {}}
    translated = translate(
        TRACCAR, "traccar/e", {**forwarded(), "event": event, "geofence": {"id": 4, "name": "depot"}}
    )
    assert [type(part) for _, part in translated] == [Position, Telemetry]
    assert of(translated, Telemetry)[0] == Telemetry(
        time=T, values={"event": "geofenceEnter", "geofence": "depot"}
    )
    alarm = {"type": "alarm", "serverTime": NOW, "attributes": {"alarm": "sos"}}
    translated = translate(TRACCAR, "traccar/e", {"event": alarm, "device": {"uniqueId": 861}})
    assert [part for _, part in translated] == [Telemetry(time=T, values={"alarm": "sos", "event": "alarm"})]
    for name, online in (("deviceOnline", True), ("deviceOffline", False)):
        message = {"event": {"type": name, "eventTime": NOW}, "device": {"uniqueId": "861"}}
        assert [part for _, part in translate(TRACCAR, "traccar/e", message)] == [
            Status(online=online, time=T)
        ]
    translated = translate(TRACCAR, "traccar/e", {**forwarded(), "event": {"type": "alarm"}})
    assert [type(part) for _, part in translated] == [Position, RefusedItem]


def test_a_position_without_its_envelope_has_the_servers_number_of_the_device() -> None:
    (where, fix), _ = translate(TRACCAR, "traccar/p", forwarded({"alarm": "sos"})["position"])
    assert where is not None
    assert (where.id, type(fix)) == ("tc-3", Position)


RECORD = {
    "timestamp": "2026-11-18T09:06:40.000Z",
    "coords": {"latitude": 24.9, "longitude": 118.6, "speed": 10, "heading": -1, "altitude": -3,
               "accuracy": 4},
    "is_moving": True, "event": "motionchange", "odometer": 120.5, "uuid": "u", "age": 12,
    "battery": {"level": 0.8, "is_charging": False}, "activity": {"type": "walking", "confidence": 90},
    "extras": {"alarm": "sos"},
}  # fmt: skip


def test_the_clients_records_come_one_by_one_or_as_what_it_kept() -> None:
    translated = translate(TRACCAR, "traccar/c", {"location": RECORD, "device_id": "861"})
    ((fix,), (readings,)) = of(translated, Position), of(translated, Telemetry)
    assert (fix.speed_mps, fix.heading_deg, fix.altitude_m) == (10, None, -3)
    assert readings.values == {
        "battery_percent": 80.0, "charging": False, "odometer_m": 120.5, "activity": "walking",
        "activity_confidence": 90, "alarm": "sos", "is_moving": True, "event": "motionchange",
    }  # fmt: skip
    without_place = {name: RECORD[name] for name in ("timestamp", "battery")}
    kept = {"location": [RECORD, {"coords": {}}, without_place, 7], "device_id": 861}
    translated = translate(TRACCAR, "traccar/c", kept)
    assert [type(part) for _, part in translated] == [
        Position,
        Telemetry,
        RefusedItem,
        Telemetry,
        RefusedItem,
    ]
    assert [part.item for part in of(translated, RefusedItem)] == ["location[1]", "location[3]"]


@pytest.mark.parametrize(
    "query",
    [
        b"/?id=861&lat=24.9&lon=118.6&timestamp=1794992800&speed=10&",
        b"?id=861&lat=24.9&lon=118.6&timestamp=1794992800000&speed=10&bearing=&altitude=",
        b"id=861&&location=24.9,118.6&timestamp=1794992800&speed=10&valid=true&batt=null",
        b"http://host:5055/?deviceid=861&lat=24.9&lon=118.6&timestamp=2026-11-18T09:06:40Z&speed=10",
        b"id=861&lat=24.9&lon=118.6&timestamp=2026-11-18T17:06:40+08:00&speed=10",
        b"id=861&lat=24.9&lon=118.6&timestamp=2026-11-18T17:06:40%2B08:00&speed=10",
        b"id=861&lat=24.9&lon=118.6&timestamp=2026-11-18+09:06:40&speed=10\0",
        b"id=861&lat=24.9&lon=118.6&timestamp=2026-11-18%2009:06:40&speed=10\n",
    ],
)
def test_queries_of_every_app_are_the_same_fix(query: bytes) -> None:
    translated = translate(TRACCAR, "traccar/o", query)
    (fix,) = of(translated, Position)
    assert (fix.time, fix.lat, fix.lon) == (T, 24.9, 118.6)
    assert fix.speed_mps == pytest.approx(5.1444, abs=1e-3)
    assert of(translated, Telemetry) == []
    assert translated[0][0] is not None
    assert translated[0][0].id == "tc-861"


def test_all_other_fields_of_a_query_become_readings() -> None:
    translated = translate(
        TRACCAR,
        "traccar/o",
        b"id=861&lat=24.9&lon=118.6&timestamp=1794992800&alarm=sos&fuel=12.5&batt=41&charge=1&ignition=on"
        b"&driverUniqueId=0042&hdop=0.9&door=true&wifi=a,1&wifi=b,2&note=h%C3%A4",
    )
    assert of(translated, Position)[0].ignition is True
    assert of(translated, Telemetry)[0].values == {
        "alarm": "sos", "fuel": 12.5, "battery_percent": 41, "charging": True, "ignition": "on",
        "driverUniqueId": "0042", "hdop": 0.9, "door": True, "wifi": "a,1; b,2", "note": "hä",
    }  # fmt: skip


def test_a_query_without_a_place_is_readings_alone() -> None:
    translated = translate(TRACCAR, "traccar/o", b"id=861&timestamp=1794992800&batt=41")
    assert [part for _, part in translated] == [Telemetry(time=T, values={"battery_percent": 41})]


def test_a_query_without_a_timestamp_is_of_the_time_of_receipt_unless_the_broker_had_kept_it() -> None:
    query = b"id=861&lat=24.9&lon=118.6"
    ((_, fix),) = TRACCAR.read_received("traccar/o", query, received_at=T)
    assert isinstance(fix, Position)
    assert fix.time == T
    with pytest.raises(PayloadError, match="no timestamp"):
        TRACCAR.read_received("traccar/o", query, received_at=None)


def test_a_time_without_a_zone_is_in_the_stated_one() -> None:
    reader = adapter(reads="traccar", topics=["traccar/#"], time_zone="Asia/Shanghai")
    query = b"id=861&lat=24.9&lon=118.6&timestamp=2026-11-18 17:06:40"
    assert of(translate(reader, "traccar/o", query), Position)[0].time == T


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (b"", "query string"),
        (b"[]", "query string"),
        (b"hello", "query string"),
        (b"&&=", "query string"),
        (b"id=861&lat=24.9&lon=118.6", "no timestamp"),
        (b"lat=24.9&lon=118.6&timestamp=1794992800", "no sender id"),
        (b"id=861&location=24.9&timestamp=1794992800", "not lat,lon"),
        (b"id=861&lat=24,9&lon=1&timestamp=1794992800", "decimal point"),
        (b"&".join(b"a%d=1" % index for index in range(300)), "query string"),
        ({"position": {}, "device": {"uniqueId": "1"}}, "no deviceTime"),
        ({"location": [], "device_id": "1"}, "1 to 1000"),
    ],
)
def test_an_empty_message_is_refused_with_a_reason(payload: object, says: str) -> None:
    with pytest.raises(PayloadError, match=says):
        translate(TRACCAR, "traccar/x", payload)

"""Messages of the OwnTracks apps: pings, transitions, beacons, steps, and ignored ones."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.adapters.adapter import Translated
from tests.ingest.adapters.test_adapters import NOW, OWNTRACKS, translate
from wire.errors import PayloadError
from wire.messages import Position, Status, Telemetry
from wire.partial import PartialPosition, RefusedItem

PHONE = "owntracks/li/phone"
FIX = {"_type": "location", "lat": 24.9, "lon": 118.6, "tst": NOW - 600, "acc": 8, "vel": 0, "tid": "li"}


def parts(translated: Translated) -> dict[str, Any]:
    return {type(part).__name__: part for _, part in translated}


def test_a_ping_repeats_the_fix_and_tells_how_the_phone_is_now() -> None:
    first = parts(translate(OWNTRACKS, PHONE, {**FIX, "created_at": NOW - 600, "batt": 80, "conn": "w"}))
    ping = parts(translate(OWNTRACKS, PHONE, {**FIX, "t": "p", "created_at": NOW, "batt": 41, "conn": "m"}))
    assert first["Position"] == ping["Position"], "the same fix is the same row"
    assert first["Telemetry"].time == NOW - 600
    assert ping["Telemetry"] == Telemetry(
        time=NOW, values={"battery_percent": 41.0, "connection": "m", "trigger": "p"}
    )
    assert ping["Status"] == Status(online=True, time=NOW)


def test_without_the_time_of_the_message_the_fix_gives_it() -> None:
    translated = parts(translate(OWNTRACKS, PHONE, {**FIX, "batt": 80}))
    assert (
        translated["Telemetry"].time == translated["Status"].time == translated["Position"].time == NOW - 600
    )


def test_a_locations_further_fields_are_readings() -> None:
    translated = parts(
        translate(
            OWNTRACKS,
            PHONE,
            {**FIX, "bs": 2, "p": 100.7, "vac": 3, "m": 1, "inregions": ["depot"], "inrids": ["x"],
             "SSID": "depot",
             "odometer": 120.5, "ign": True, "_id": "ab", "topic": PHONE, "poi": "gate", "image": "AAAA",
             "batt": -1},
        )
    )  # fmt: skip
    assert translated["Telemetry"].values == {
        "battery_status": "charging", "pressure_kpa": 100.7, "vertical_accuracy_m": 3, "monitoring": 1,
        "regions": '["depot"]', "SSID": "depot", "odometer": 120.5, "poi": "gate",
    }  # fmt: skip
    assert translated["Position"].ignition is True


def test_a_transition_is_a_place_and_a_region_at_its_own_time() -> None:
    happened = {
        "_type": "transition",
        "tst": NOW,
        "wtst": 1,
        "event": "leave",
        "desc": "depot",
        "t": "b",
        "acc": 5,
    }
    translated = parts(translate(OWNTRACKS, f"{PHONE}/event", {**happened, "lat": 1, "lon": 2}))
    assert translated["Position"].time == NOW
    assert translated["Telemetry"] == Telemetry(
        time=NOW, values={"region": "depot", "region_event": "leave", "trigger": "b"}
    )
    assert list(parts(translate(OWNTRACKS, f"{PHONE}/event", happened))) == ["Telemetry"], (
        "a beacon has no place"
    )


def test_steps_and_beacons_are_readings() -> None:
    steps = {"_type": "steps", "tst": NOW, "steps": 1200, "from": 1, "to": 2}
    assert [part for _, part in translate(OWNTRACKS, f"{PHONE}/step", steps)] == [
        Telemetry(time=NOW, values={"steps": 1200.0})
    ]
    assert translate(OWNTRACKS, f"{PHONE}/step", {**steps, "steps": -1}) == []
    beacon = {"_type": "beacon", "tst": NOW, "desc": "gate", "rssi": -60, "prox": 2, "acc": 3, "uuid": "u"}
    assert parts(translate(OWNTRACKS, f"{PHONE}/beacon", beacon))["Telemetry"].values == {
        "beacon": "gate", "beacon_uuid": "u", "beacon_distance_m": 3, "beacon_rssi_dbm": -60,
        "beacon_proximity": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    "kind", ["card", "cmd", "waypoint", "waypoints", "configuration", "status", "request", "something new"]
)
def test_messages_without_data_of_the_phone_are_ignored(kind: str) -> None:
    assert translate(OWNTRACKS, PHONE, {"_type": kind, "tst": NOW, "lat": 1, "lon": 2}) == []


def test_numbers_may_be_text_and_nonsense_is_left_out_and_named() -> None:
    written = {**FIX, "tst": str(NOW - 600), "lat": "24.9", "vel": "fast", "cog": 720, "acc": -1, "alt": None}
    translated = parts(translate(OWNTRACKS, PHONE, written))
    fix = translated["PartialPosition"]
    assert isinstance(fix, PartialPosition)
    assert (fix.lat, fix.accuracy_m, set(fix.left_out)) == (24.9, None, {"speed_mps", "heading_deg"})


def test_a_place_that_makes_no_sense_is_refused_alone() -> None:
    translated = translate(OWNTRACKS, PHONE, {**FIX, "lat": 95, "batt": 41})
    assert {type(part) for _, part in translated} == {RefusedItem, Telemetry, Status}


def test_a_fix_without_a_time_is_refused_alone() -> None:
    translated = parts(translate(OWNTRACKS, PHONE, {**FIX, "tst": "soon", "created_at": NOW, "batt": 41}))
    assert set(translated) == {"RefusedItem", "Telemetry", "Status"}
    assert translated["Telemetry"].time == NOW


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ({**FIX, "tst": None}, "no time"),
        ({**FIX, "lat": None}, "no latitude"),
        ({"_type": "transition", "tst": NOW, "event": "left"}, "enter or leave"),
        ({"_type": "transition", "tst": NOW, "event": {}}, "enter or leave"),
        ({"_type": "encrypted", "data": "x"}, "encrypted"),
        ({"lat": 1}, "no _type"),
        ([FIX], "an object"),
        (b"C2,561ebac3,v,50123456", "owntracks"),
    ],
)
def test_what_breaks_a_rule_is_refused_in_words(message: object, says: str) -> None:
    with pytest.raises(PayloadError, match=says):
        translate(OWNTRACKS, PHONE, message)


def test_the_same_second_holds_a_fix_and_a_transition() -> None:
    at = {"lat": 1, "lon": 2, "tst": NOW}
    event = {"_type": "transition", "event": "enter", "desc": "d", **at}
    location = parts(translate(OWNTRACKS, PHONE, {"_type": "location", "batt": 40, **at}))
    translated = parts(translate(OWNTRACKS, f"{PHONE}/event", event))
    assert location["Telemetry"].time == translated["Telemetry"].time == NOW
    assert isinstance(translated["Position"], Position)

"""The json adapter: lists at the root, everything below a path, configured units, one bad record."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ingest.adapters.test_adapters import adapter, translate
from wire.errors import PayloadError
from wire.messages import Position, Telemetry
from wire.partial import RefusedItem

T = 1_794_992_800.0
THINGS = adapter(
    reads="json", topics=["things/+"], kind="device", id="{2}", each="", time="ts", telemetry={"*": "values"},
    units={"time": "ms"},
)  # fmt: skip


def gps(**settings: Any) -> Any:
    place = {"lat": "la", "lon": "lo", "speed": "v", "heading": "h", "ignition": "key", "fix": "ok"}
    return adapter(
        **{"reads": "json", "topics": ["t"], "id": "x", "time": "t", "position": place, **settings}
    )


def test_a_message_may_be_the_list_and_one_record_may_come_without_it() -> None:
    records = [{"ts": 1794992800000, "values": {"temperature": 21.5, "open": True}},
               {"ts": 1794992801000, "values": {"temperature": 22, "nested": {"a": 1}}}]  # fmt: skip
    assert [part for _, part in translate(THINGS, "things/s1", records)] == [
        Telemetry(time=T, values={"temperature": 21.5, "open": True}),
        Telemetry(time=T + 1, values={"temperature": 22, "nested.a": 1}),
    ]
    assert len(translate(THINGS, "things/s1", records[0])) == 1


def test_one_bad_record_is_refused_alone() -> None:
    records = [
        {"ts": 1794992800000, "values": {"a": 1}},
        {"ts": "soon", "values": {"a": 1}},
        {"values": {"a": 1}},
        7,
    ]
    translated = translate(THINGS, "things/s1", records)
    assert [type(part) for _, part in translated] == [Telemetry, RefusedItem, RefusedItem, RefusedItem]
    assert [part.item for _, part in translated if isinstance(part, RefusedItem)] == ["[1]", "[2]", "[3]"]
    with pytest.raises(PayloadError, match="no time"):
        translate(THINGS, "things/s1", records[2:])


@pytest.mark.parametrize(
    ("unit", "written"),
    [("s", 1794992800), ("s", "1794992800.0"), ("ms", 1794992800000), ("us", 1794992800000000),
     ("ns", 1794992800000000000), ("text", "2026-11-18T17:06:40"), ("text", "2026/11/18 17:06:40"),
     ("text", 1794992800000)],
)  # fmt: skip
def test_times_are_in_the_stated_unit_and_zone(unit: str, written: Any) -> None:
    reader = gps(units={"time": unit, "time_zone": "Asia/Shanghai"})
    ((_, fix),) = translate(reader, "t", {"t": written, "la": 24.9, "lo": 118.6})
    assert isinstance(fix, Position)
    assert fix.time == pytest.approx(T)


def test_a_count_in_another_unit_than_the_stated_one_is_refused() -> None:
    for unit, written in (("s", 1794992800000), ("ms", 1794992800), ("us", 1794992800), ("s", -1)):
        with pytest.raises(PayloadError, match="years 2000 to 2099"):
            translate(gps(units={"time": unit}), "t", {"t": written, "la": 1, "lo": 2})


def test_booleans_and_ids_have_many_spellings() -> None:
    reader = gps(called="imei", id="{id}")
    for key, ok in (("ON", "A"), ("1", 1), ("yes", "true"), (True, None)):
        ((where, fix),) = translate(
            reader, "t", {"t": T, "la": 1, "lo": 2, "key": key, "ok": ok, "imei": 861234567890123}
        )
        assert isinstance(fix, Position)
        assert (fix.ignition, fix.fix) == (True, True)
        assert where is not None
        assert where.id == "861234567890123"
    ((_, fix),) = translate(reader, "t", {"t": T, "la": 1, "lo": 2, "ok": "V", "imei": "0042"})
    assert isinstance(fix, Position)
    assert fix.fix is False


def test_a_record_without_a_place_is_its_readings() -> None:
    reader = gps(telemetry={"fuel_l": "fuel"})
    translated = translate(reader, "t", {"t": T, "la": None, "lo": "", "fuel": 40})
    assert [part for _, part in translated] == [Telemetry(time=T, values={"fuel_l": 40})]
    for wrong in ({"la": 95}, {"ok": "perhaps"}):
        translated = translate(reader, "t", {"t": T, "la": 5, "lo": 1, "fuel": 40, **wrong})
        assert [type(part) for _, part in translated] == [RefusedItem, Telemetry]


def test_paths_at_which_nothing_stands_are_an_error_and_no_silence() -> None:
    with pytest.raises(PayloadError, match="nothing at the paths"):
        translate(gps(telemetry={"fuel_l": "fuel"}), "t", {"t": T, "other": 1})
    with pytest.raises(PayloadError, match="no latitude"):
        translate(gps(), "t", {"t": T, "other": 1})
    for each, message in (("", 7), ("list", {"list": {}}), ("", [])):
        with pytest.raises(PayloadError, match="not a list"):
            translate(gps(each=each), "t", message)

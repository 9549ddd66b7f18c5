"""The parts of a payload that are kept if another part breaks a limit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from wire.errors import PayloadError
from wire.messages import MAX_BATCH, MAX_READINGS, Position, Status, Telemetry
from wire.partial import LEFT_OUT, PartialPosition, keep
from wire.topics import Stream

NOW = 1_795_000_000.0
FIX = {"time": NOW, "lat": 24.9, "lon": 118.6}


def kept(stream: Stream, payload: object) -> tuple[list[Any], list[str]]:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    found = keep(stream, raw)
    return [message for _, message in found.items], [each.item for each in found.refused]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("heading_deg", 361),
        ("speed_mps", -1),
        ("speed_mps", "fast"),
        ("altitude_m", 65_529),
        ("ignition", "on"),
        ("altitude_m", float("nan")),
        ("speed_mps", 10**400),
    ],
)
def test_a_fix_is_kept_without_an_optional_field_that_is_out_of_range(field: str, value: object) -> None:
    ((fix,), refused) = kept(Stream.POSITION, {**FIX, field: value, "accuracy_m": 5})
    assert isinstance(fix, PartialPosition)
    assert (fix.left_out, getattr(fix, field), fix.accuracy_m, refused) == ((field,), None, 5, [])


def test_an_accuracy_beyond_all_bounds_stays_a_bad_accuracy() -> None:
    ((fix,), _) = kept(Stream.POSITION, {**FIX, "accuracy_m": 1e9})
    assert (fix.accuracy_m, fix.left_out) == (1e6, ("accuracy_m",))


@pytest.mark.parametrize(
    "wrong", [{"lat": 91}, {"lat": float("nan")}, {"coord": "mars"}, {"fix": "no"}, {"time": 1}]
)
def test_a_bad_required_field_refuses_only_its_fix(wrong: dict[str, object]) -> None:
    fixes, refused = kept(Stream.POSITION, [FIX, {**FIX, **wrong}, {**FIX, "lat": 25}])
    assert ([fix.lat for fix in fixes], refused) == ([24.9, 25.0], ["[1]"])


def test_a_refused_item_is_kept_as_it_came() -> None:
    (item,) = keep(Stream.POSITION, json.dumps([FIX, "nonsense"]).encode()).refused
    assert (item.item, item.payload) == ("[1]", b'"nonsense"')
    assert "time" in str(item.error)


def test_readings_out_of_range_are_left_out_and_named() -> None:
    values = {"a": 1, "b": None, "c": {"d": 1}, "e": "x" * 257, "f" * 65: 1, "g": float("nan"), "h": "ok"}
    ((sample,), _) = kept(Stream.TELEMETRY, {"time": NOW, "values": values})
    assert sample == Telemetry(time=NOW, values={"a": 1.0, "h": "ok", LEFT_OUT: f"b, c, e, {'f' * 64}, g"})


def test_of_too_many_readings_as_many_are_kept_as_there_is_room_for() -> None:
    ((sample,), _) = kept(Stream.TELEMETRY, {"time": NOW, "values": {f"r{n}": n for n in range(70)}})
    assert len(sample.values) == MAX_READINGS
    assert sample.values[LEFT_OUT].startswith("r63, r64")


def test_a_sample_of_which_no_reading_is_left_is_refused_alone() -> None:
    good = {"time": NOW, "values": {"a": 1}}
    samples, refused = kept(Stream.TELEMETRY, [{"time": NOW, "values": {"a": None}}, good])
    assert (samples, refused) == ([Telemetry(time=NOW, values={"a": 1.0})], ["[0]"])


def test_a_status_is_kept_without_details_out_of_range() -> None:
    said = {"online": True, "time": NOW, "program": "x" * 501, "detail": {"a": "ok", "b": 3}}
    ((status,), _) = kept(Stream.STATUS, said)
    assert status == Status(online=True, time=NOW, detail={"a": "ok", LEFT_OUT: "program, b"})


@pytest.mark.parametrize(
    "payload",
    [b"", b"[", b"\xff", b"[" * 100_000, [], [FIX] * (MAX_BATCH + 1), b" " * (1024 * 1024) + b"[]"],
)
def test_a_payload_that_cannot_be_read_at_all_is_refused_whole(payload: object) -> None:
    with pytest.raises(PayloadError):
        kept(Stream.POSITION, payload)


def test_half_a_surrogate_pair_refuses_its_item_alone() -> None:
    payload = (
        rb'[{"time":1795000000,"values":{"a":"\ud800"}},{"time":1795000000,"values":{"a":"\ud83d\ude00"}}]'
    )
    ((sample,), refused) = kept(Stream.TELEMETRY, payload)
    assert (sample.values, refused) == ({"a": "\U0001f600"}, ["[0]"])


def test_an_identity_is_never_left_out() -> None:
    fixes, refused = kept(Stream.POSITION, [{**FIX, "id": "!"}, FIX])
    assert (fixes, refused) == ([Position(time=NOW, lat=24.9, lon=118.6)], ["[0]"])

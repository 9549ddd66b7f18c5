"""Payloads are decoded once, checked against their limits, and refused with the name of the wrong field."""

import math
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire import (
    Incident,
    PayloadError,
    Phase,
    Picture,
    PictureRole,
    Position,
    Stream,
    as_datetime,
    as_epoch,
    decode,
    encode,
)
from wire.messages import EARLIEST_EPOCH_S, LATEST_EPOCH_S, MAX_BATCH

positions = st.builds(
    Position,
    time=st.floats(EARLIEST_EPOCH_S, LATEST_EPOCH_S, exclude_max=True),
    lat=st.floats(-90, 90),
    lon=st.floats(-180, 180),
    speed_mps=st.none() | st.floats(0, 300),
    heading_deg=st.none() | st.floats(0, 360),
    ignition=st.none() | st.booleans(),
    fix=st.booleans(),
)


@given(positions)
def test_a_fix_survives_the_wire(fix: Position) -> None:
    assert decode(Stream.POSITION, encode(fix)) == fix


@given(st.lists(positions, min_size=1, max_size=5))
def test_an_array_of_fixes_survives_the_wire(fixes: list[Position]) -> None:
    assert decode(Stream.POSITION, encode(fixes)) == fixes


@given(st.sampled_from(Stream), st.binary(max_size=300))
def test_random_bytes_are_refused_and_nothing_worse(stream: Stream, payload: bytes) -> None:
    with pytest.raises(PayloadError):
        decode(stream, payload)


GOOD = {"time": 1_795_000_000, "lat": 24.8, "lon": 118.57}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"lat": 90.1}, "lat"),
        ({"lon": "118"}, "lon"),
        ({"time": 1_795_000_000_000}, "time"),
        ({"time": "2026-11-24T09:00:00"}, "time"),
        ({"time": "1999-12-31T23:59:59Z"}, "time"),
        ({"time": "2100-01-01T00:00:00Z"}, "time"),
        ({"time": True}, "time"),
        ({"speed_mps": -1}, "speed_mps"),
        ({"heading_deg": 361}, "heading_deg"),
        ({"coord": "mars"}, "coord"),
        ({"id": "a/b"}, "id"),
        ({"id": "a\n"}, "id"),
    ],
)
def test_a_value_outside_its_limits_is_refused_by_name(change: dict[str, object], named: str) -> None:
    with pytest.raises(PayloadError, match=named):
        decode(Stream.POSITION, msgspec.json.encode(GOOD | change))


@pytest.mark.parametrize("literal", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"null", b"[]", b"{}"])
def test_numbers_that_are_none_are_refused(literal: bytes) -> None:
    with pytest.raises(PayloadError):
        decode(Stream.POSITION, b'{"time":1795000000,"lon":1,"lat":' + literal + b"}")


@pytest.mark.parametrize("size", [0, MAX_BATCH + 1])
def test_an_array_of_no_or_too_many_fixes_is_refused(size: int) -> None:
    with pytest.raises(PayloadError, match="length"):
        decode(Stream.POSITION, msgspec.json.encode([GOOD] * size))


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(PayloadError):
        decode(Stream.STATUS, b'{"online":true,"time":1795000000,"later":' + b"[" * 100_000)


def test_fields_of_a_newer_device_are_ignored() -> None:
    assert decode(Stream.POSITION, msgspec.json.encode(GOOD | {"hdop": 0.9})) == Position(**GOOD)  # type: ignore[arg-type]


def test_an_incident_carries_its_pictures() -> None:
    incident = Incident(
        incident_id=UUID(int=7),
        revision=1,
        phase=Phase.BEGUN,
        type="cover_missing",
        observed_at=1_795_000_000,
        began_at=1_794_999_990,
        lat=24.8,
        lon=118.57,
        component="3505820102000001",
        pictures=[Picture(role=PictureRole.FINDING, taken_at=1_795_000_000, jpeg=b"\xff\xd8\xff")],
    )
    assert decode(Stream.INCIDENT, encode(incident)) == incident


def test_both_forms_of_time_mean_the_same_moment() -> None:
    beijing = datetime(2026, 11, 24, 17, 0, tzinfo=timezone(timedelta(hours=8)))
    assert as_datetime(beijing) == as_datetime(as_epoch(beijing)) == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    assert math.isclose(as_epoch(beijing), 1_795_510_800.0)

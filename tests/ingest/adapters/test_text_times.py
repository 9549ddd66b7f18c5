"""Every time format of gateways is read by a rule, or refused with a sentence."""

from __future__ import annotations

import contextlib
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.adapters.text_times import moment, moment_if_set, zone_of
from wire.errors import PayloadError

SHANGHAI = zone_of("Asia/Shanghai")
T = 1_794_992_800.0  # 2026-11-18T09:06:40Z, in Shanghai 17:06:40


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-18T17:06:40",  # .NET JsonSerializer, DateTimeKind.Unspecified
        "2026-11-18T17:06:40.0000000",  # .NET "o"
        "2026-11-18 17:06:40.0",  # java.sql.Timestamp
        "2026-11-18 17:06:40.000",
        "2026-11-18T17:06:40,000",
        "2026-11-18 17:06:40",
        "2026/11/18 17:06:40",
        "2026.11.18 17:06:40",
        "2026-11-18_17:06:40",
        "2026-11-18-17:06:40",
        "2026/11/18 5:06:40 PM",
        "2026/11/18 05:06:40pm",
        " 2026-11-18 17:06:40 ",
        "20261118170640",
        "20261118170640000",
        "20261118T170640",
        20261118170640,
        "Wed Nov 18 17:06:40 2026",  # C asctime
        "Nov 18, 2026 5:06:40 PM",  # Gson
        "Nov 18, 2026, 5:06:40\u202fPM",  # Gson on a newer Java
        "Wed Nov 18 17:06:40 CST 2026",  # Java Date.toString() where the zone is stated
        [2026, 11, 18, 17, 6, 40],  # Jackson, LocalDateTime
        [2026, 11, 18, 17, 6, 40, 0],
    ],
)
def test_a_time_without_a_zone_is_in_the_stated_one(written: Any) -> None:
    assert moment(written, zone=SHANGHAI) == T


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-18T09:06:40Z",
        "2026-11-18T09:06:40z",
        "2026-11-18 09:06:40 UTC",
        "2026-11-18T09:06:40.000+00:00",
        "2026-11-18T09:06:40.000+0000",
        "2026-11-18T17:06:40+08",
        "2026-11-18T17:06:40+0800",
        "2026-11-18T17:06:40 +08:00",
        "2026-11-18T17:06:40GMT+8",
        "2026-11-18 17:06:40 UTC+08:00",
        "2026-11-18T17:06:40+08:00[Asia/Shanghai]",  # Java ZonedDateTime
        "2026-11-18T17:06:40[Asia/Shanghai]",
        "2026-11-18 17:06:40 Asia/Shanghai",
        "2026-11-18 17:06:40 +0800 CST",  # Go
        "2026-11-18 17:06:40.000000000 +0800 CST m=+0.000012345",
        "Wed, 18 Nov 2026 09:06:40 GMT",  # RFC 1123
        "Wed, 18 Nov 2026 17:06:40 +0800",  # RFC 2822
        "18 Nov 2026 17:06:40 +0800",
        "Wednesday, 18-Nov-2026 17:06:40 GMT+0800",  # PHP DATE_COOKIE
        "Wed Nov 18 2026 17:06:40 GMT+0800 (China Standard Time)",  # JavaScript
        "/Date(1794992800000)/",
        "/Date(1794992800000+0800)/",
        "2026-11-18T02:06:40-07:00",
        1794992800,
        1794992800000,
        1794992800000000,
        1794992800000000000,
        1794992800.0,
        "1794992800",
        "1794992800000",
        "1794992800.000",
        "1.7949928e9",
    ],
)
def test_a_zone_or_a_count_goes_before_the_stated_zone(written: Any) -> None:
    assert moment(written, zone=SHANGHAI) == T
    assert moment(written, zone=UTC) == T


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("2026-11-18T17:06", T - 40),
        ("2026/11/18 17:06", T - 40),
        ([2026, 11, 18, 17, 6], T - 40),
        ("2026-11-18T17:06:40.123456789", T + 0.123457),
        ("1794992800123", T + 0.123),
        ([2026, 11, 18, 17, 6, 40, 123_000_000], T + 0.123),
        ("2026-11-18 16:59:60", T - 400),  # a leap second
        ("2026-11-18 24:00:00", T - 40 - 6 * 60 + 7 * 3600),
        ("2026-1-8 7:06:40", T - 314 * 86_400 - 10 * 3600),
    ],
)
def test_fractions_seconds_and_leading_zeros_may_be_missing(written: Any, seconds: float) -> None:
    assert moment(written, zone=SHANGHAI) == pytest.approx(seconds, abs=1e-6)


def test_years_of_two_digits_are_read_only_where_the_protocol_has_them() -> None:
    for written in ("261118170640", 261118170640, "26-11-18 17:06:40", "26-11-18-17:06:40"):
        assert moment(written, zone=SHANGHAI, short_years=True) == T
        with pytest.raises(PayloadError):
            moment(written, zone=SHANGHAI)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        (None, "no time"),
        ("", "no time"),
        ("null", "no time"),
        (True, "no time"),
        ({"seconds": 1}, "not a time"),
        ("soon", "RFC 3339"),
        ("2026-11-18", "RFC 3339"),
        ("17:06:40", "RFC 3339"),
        ("11/12/2026 17:06:40", "RFC 3339"),
        ("2026-11-18T17:06:40 CST", "is ambiguous"),
        ("2026-11-18T17:06:40 Mars/Olympus", "unknown time zone"),
        ("2026-02-30T17:06:40", "not a date of the calendar"),
        ("2026-11-18T17:66:40", "not a time of day"),
        ("2026-11-18T25:06:40", "not a time of day"),
        ("2026-11-18 17:06:40 PM", "not a time of day"),
        ("1970-01-01T00:00:00Z", "outside the years"),
        ("2126-01-01T00:00:00Z", "outside the years"),
        (0, "outside the years"),
        (-(10**40), "outside the years"),
        (5_000_000_000, "not a time in seconds"),
        ("9" * 5000, "not a time"),
        (" " * 90 + "x", "not a time"),
        ([2026, 11], "not a time"),
        ([2026, 11, 18, 17, 6.5], "not a time"),
    ],
)
def test_what_could_be_read_in_two_ways_or_none_is_refused_in_words(written: Any, says: str) -> None:
    with pytest.raises(PayloadError, match=says):
        moment(written)


def test_a_clock_that_was_never_set_gives_no_time() -> None:
    for written in (
        None,
        "",
        0,
        "1970-01-01T00:00:00.000+00:00",
        "1999-12-31T23:59:59Z",
        "0",
        "0001-01-01T00:00:00",
    ):
        assert moment_if_set(written, zone=SHANGHAI) is None
    assert moment_if_set("2026-11-18T09:06:40Z") == T
    for written in ("soon", "2126-01-01T00:00:00Z"):
        with pytest.raises(PayloadError):
            moment_if_set(written)


def test_a_zone_of_the_settings_is_a_place_or_an_offset() -> None:
    assert moment("2026-11-18T17:06:40", zone=zone_of("+08:00")) == T
    assert moment("2026-11-18T17:06:40", zone=zone_of("GMT+8")) == T
    for name in ("CST+", "Mars/Olympus", "../../etc/passwd", "", "+99:00"):
        with pytest.raises(ValueError, match="time_zone"):
            zone_of(name)


@given(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers(), max_size=8)
)
def test_anything_is_a_time_or_refused(written: Any) -> None:
    for short_years in (False, True):
        with contextlib.suppress(PayloadError):
            moment(written, zone=SHANGHAI, short_years=short_years)

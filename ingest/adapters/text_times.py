"""Times in the forms that devices and gateways send, as epoch seconds.

A form is read by a rule or refused; nothing is guessed:

- A number counts since 1970. Its size tells whether it counts seconds, milliseconds, microseconds or
  nanoseconds, because the four ranges do not overlap between the years 2000 and 2099. Numbers of 14 and 17
  digits are in none of them: they are the digits of a date, `yyyyMMddHHmmss` without and with milliseconds.
- A text is a count, a date and time with the year first (ISO 8601, RFC 3339 and similar), a date with the
  month's name (RFC 2822, asctime, `Date.toString()` of Java and JavaScript), or `/Date(…)/` of .NET.
- A time without a zone is in the zone that the adapter's settings state.
- A date without a time of day, a date such as `11/12/2026` and a zone abbreviation such as `CST` are refused.
  An abbreviation is accepted if the stated zone uses it, or if an offset stands next to it.
"""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ingest.adapters.text_forms import DECIMAL, is_absent
from wire.errors import PayloadError
from wire.messages import EARLIEST_EPOCH_S, LATEST_EPOCH_S

_SCALES: Final = (1, 10**3, 10**6, 10**9)
"""Units of a count, as counts per second."""

_LONGEST: Final = 100
_SPACES: Final = {0xA0: " ", 0x202F: " "}  # spaces that newer Java versions write before AM and PM
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CENTURY: Final = 2000
_NOON: Final = 12
_UTC_NAMES: Final = frozenset({"z", "utc", "gmt", "ut", "zulu"})

_RFC_3339: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:Z|[+-]\d{2}:?\d{2})", re.ASCII
)
_CLOCK: Final = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,12}))?)?"
    r"\s*(?P<half>[AaPp])?(?(half)\.?[Mm]\.?)"
)
_YEAR_FIRST: Final = re.compile(
    rf"(?P<year>\d{{4}}|\d{{2}})(?P<mark>[-/.])(?P<month>\d{{1,2}})(?P=mark)(?P<day>\d{{1,2}})(?:[Tt_]|\s+|-)"
    rf"{_CLOCK}\s*(?P<zone>.*)",
    re.ASCII,
)
_DIGITS: Final = re.compile(
    r"(?P<year>\d{4}|\d{2})(?P<month>\d{2})(?P<day>\d{2})[Tt]?"
    r"(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})(?:\.?(?P<fraction>\d{1,9}))?\s*(?P<zone>.*)",
    re.ASCII,
)
_DAY_FIRST: Final = re.compile(  # RFC 2822, RFC 1123, RFC 850
    rf"(?:[A-Za-z]{{3,9}},?\s+)?(?P<day>\d{{1,2}})[-\s](?P<name>[A-Za-z]{{3,9}})[-\s](?P<year>\d{{4}}),?\s+"
    rf"{_CLOCK}\s*(?P<zone>.*)",
    re.ASCII,
)
_MONTH_FIRST: Final = re.compile(  # asctime; Date.toString() of Java and JavaScript
    rf"(?:[A-Za-z]{{3,9}},?\s+)?(?P<name>[A-Za-z]{{3,9}})\s+(?P<day>\d{{1,2}}),?\s+(?:(?P<year>\d{{4}}),?\s+)?"
    rf"{_CLOCK}\s*(?P<zone>.*?)(?:\s*(?P<last>\d{{4}}))?",
    re.ASCII,
)
_DOT_NET: Final = re.compile(r"\\?/Date\((-?\d{1,15})(?:[+-]\d{4})?\)\\?/", re.ASCII)
_OFFSET: Final = re.compile(
    r"(?:UTC|GMT)?\s*(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?(?::?\d{2})?", re.ASCII
)
_BESIDE_AN_OFFSET: Final = re.compile(r"\s*(?:\[[^\[\]]*\]|\([^()]*\)|[A-Za-z]{2,5})?(?:\s+m=[+-][\d.]+)?")
"""Text that languages add to an offset: `[Asia/Shanghai]` Java, `(China Standard Time)` JavaScript, `CST`
Go."""


@functools.lru_cache(maxsize=64)
def zone_of(name: str) -> tzinfo:
    """A time zone of the settings, by its IANA name or as an offset such as `+08:00`.

    Raises:
        ValueError: the zone is unknown.
    """
    offset = _offset(name)
    if offset is not None:
        return offset
    try:
        return _named_zone(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"time_zone {name!r} is unknown; write one such as Asia/Shanghai") from None


def moment(value: Any, *, zone: tzinfo = UTC, short_years: bool = False) -> float:
    """Epoch seconds of a time that a device sent.

    Args:
        value: as in the message.
        zone: the zone of times without one.
        short_years: whether years may have two digits, as in `yyMMddHHmmss`; if so, twelve digits are a
            date, never a count.

    Raises:
        PayloadError: it is not a time by the rules above, or it is not in the years 2000 to 2099.
    """
    seconds = _read(value, zone, short_years=short_years)
    if not EARLIEST_EPOCH_S <= seconds < LATEST_EPOCH_S:
        raise _outside(value)
    return seconds


def moment_if_set(value: Any, *, zone: tzinfo = UTC, short_years: bool = False) -> float | None:
    """As `moment`, or None if there is no time or the device's clock was never set (a time before 2000).

    Raises:
        PayloadError: it is not a time by the rules above, or is later than 2099.
    """
    if is_absent(value):
        return None
    seconds = _read(value, zone, short_years=short_years)
    if seconds >= LATEST_EPOCH_S:
        raise _outside(value)
    return None if seconds < EARLIEST_EPOCH_S else seconds


def first_moment(values: Iterable[Any], *, zone: tzinfo = UTC) -> float | None:
    """The first of several times that can be read and was set; None if there is none."""
    for value in values:
        with contextlib.suppress(PayloadError):
            seconds = moment_if_set(value, zone=zone)
            if seconds is not None:
                return seconds
    return None


def _outside(value: Any) -> PayloadError:
    return PayloadError(f"the time {_shown(value)} is outside the years 2000 to 2099")


def _read(value: Any, zone: tzinfo, *, short_years: bool) -> float:
    if isinstance(value, bool) or is_absent(value):
        raise PayloadError("there is no time")
    if isinstance(value, list):
        return _listed(value, zone)
    if not isinstance(value, int | float | str) or len(str(value)) > _LONGEST:
        raise PayloadError(f"{_shown(value)} is not a time")
    text = str(value)
    if _RFC_3339.fullmatch(text):  # the usual form first
        with contextlib.suppress(
            ValueError, OverflowError
        ):  # the rare ones: a leap second, 24:00, or not a time at all
            return datetime.fromisoformat(text).timestamp()
    return _read_text(text.translate(_SPACES).strip(), zone, short_years=short_years)


def _read_text(text: str, zone: tzinfo, *, short_years: bool) -> float:
    whole = text.partition(".")[0]
    if whole.isdecimal() and len(whole) in {14, 17, 12 if short_years else 14}:
        return _dated(_DIGITS, text, zone, short_years=short_years)
    if DECIMAL.fullmatch(text):
        return _count(int(text) if text.isdecimal() else float(text), text)
    dot_net = _DOT_NET.fullmatch(text)
    if dot_net is not None:
        return int(dot_net[1]) / 1000
    for form in (_YEAR_FIRST, _DIGITS, _DAY_FIRST, _MONTH_FIRST):
        if form.fullmatch(text):
            return _dated(form, text, zone, short_years=short_years)
    raise PayloadError(f"{_shown(text)} is not a time; write RFC 3339, such as 2026-11-18T17:06:40+08:00")


def _count(count: float, text: str) -> float:
    """Epoch seconds of a count since 1970, in the only unit that puts it between 2000 and 2099."""
    for scale in _SCALES:
        if EARLIEST_EPOCH_S * scale <= count < LATEST_EPOCH_S * scale:
            return count / scale
    if count < EARLIEST_EPOCH_S:
        return float(max(count, -EARLIEST_EPOCH_S))  # too early in any unit
    raise PayloadError(f"{text[:40]} is not a time in seconds, milliseconds, microseconds or nanoseconds")


def _listed(parts: list[Any], zone: tzinfo) -> float:
    """A list such as `[2026, 11, 18, 17, 6]`, from Java's Jackson, which omits trailing zeros."""
    if not 5 <= len(parts) <= 7 or not all(type(part) is int for part in parts):  # noqa: PLR2004
        raise PayloadError(f"{_shown(parts)} is not a time")
    year, month, day, hour, minute, second, nanoseconds = (*parts, 0, 0)[:7]
    return _moment(parts, (year, month, day), (hour, minute, second), nanoseconds / 1e9, zone)


def _dated(form: re.Pattern[str], text: str, zone: tzinfo, *, short_years: bool) -> float:
    found = form.fullmatch(text)
    if found is None:
        raise PayloadError(f"{_shown(text)} is not a time")
    part = found.groupdict()
    year_text = part["year"] or part.get("last")
    if year_text is None or (len(year_text) == 2 and not short_years):  # noqa: PLR2004 two digits
        raise PayloadError(f"{_shown(text)} is not a time: its year does not have four digits")
    year = int(year_text) + (_CENTURY if len(year_text) == 2 else 0)  # noqa: PLR2004 likewise
    month = int(part["month"]) if "month" in part else _month(part["name"], text)
    fraction = float(f"0.{part['fraction']}") if part["fraction"] else 0.0
    clock = (_hour(int(part["hour"]), part.get("half"), text), int(part["minute"]), int(part["second"] or 0))
    date = (year, month, int(part["day"]))
    return _moment(text, date, clock, fraction, _zone(part["zone"], text, zone, date))


def _moment(
    shown: Any, date: tuple[int, int, int], clock: tuple[int, int, int], fraction: float, zone: tzinfo
) -> float:
    hour, minute, second = clock
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):  # noqa: PLR2004 a clock's
        raise PayloadError(f"{_shown(shown)} is not a time of day")
    try:
        midnight = datetime(*date)  # noqa: DTZ001 the zone follows
        local = midnight + timedelta(hours=hour, minutes=minute, seconds=second)  # 24:00 and a leap second
        return local.replace(tzinfo=zone).timestamp() + fraction
    except (ValueError, OverflowError):
        raise PayloadError(f"{_shown(shown)} is not a date of the calendar") from None


def _month(name: str, text: str) -> int:
    short = name[:3].lower()
    if short not in _MONTHS:
        raise PayloadError(f"{_shown(text)} is not a time: {name[:20]!r} is not a month")
    return _MONTHS.index(short) + 1


def _hour(hour: int, half: str | None, text: str) -> int:
    if half is None:
        return hour
    if not 1 <= hour <= _NOON:
        raise PayloadError(f"{_shown(text)} is not a time of day")
    return hour % _NOON + (_NOON if half.lower() == "p" else 0)


def _zone(name: str, text: str, stated: tzinfo, date: tuple[int, int, int]) -> tzinfo:
    """The zone that the text has after its time of day, or the stated one."""
    name = name.strip()
    if not name:
        return stated
    if name.lower() in _UTC_NAMES:
        return UTC
    offset = _offset(name)
    if offset is not None:
        return offset
    place = name[1:-1] if name.startswith("[") and name.endswith("]") else name
    if "/" in place:
        try:
            return _named_zone(place)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise PayloadError(f"{_shown(text)} names an unknown time zone") from None
    try:
        days = [datetime(date[0], month, 1, tzinfo=stated) for month in (1, 7)]
    except ValueError:
        days = []
    if name in {day.tzname() for day in days}:
        return stated
    raise PayloadError(
        f"{_shown(text)}: the zone {name[:20]!r} is ambiguous; send an offset such as +08:00, "
        "or state the zone in the adapter's settings"
    )


def _offset(name: str) -> tzinfo | None:
    found = _OFFSET.match(name)
    if found is None or not _BESIDE_AN_OFFSET.fullmatch(name, found.end()):
        return None
    hours, minutes = int(found["hours"]), int(found["minutes"] or 0)
    if hours > 14 or minutes > 59:  # noqa: PLR2004 the largest offset, on Kiritimati
        return None
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if found["sign"] == "-" else offset)


@functools.lru_cache(maxsize=64)
def _named_zone(name: str) -> ZoneInfo:
    if len(name) > 64:  # noqa: PLR2004 no zone has so long a name
        raise ZoneInfoNotFoundError(name)
    return ZoneInfo(name)


def _shown(value: Any) -> str:
    return repr(value if isinstance(value, str) else str(value)[:60])[:62]

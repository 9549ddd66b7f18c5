"""What callers may send: one annotated type a kind of value, so that every route refuses the same things.

A value that passes here can be bound to a query as it is: a time that the database can hold, in UTC; a finite
number without digits that mean nothing; a text that can be stored.
"""

from __future__ import annotations

import contextlib
import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeAlias

from annotated_types import Ge, Le
from fastapi import Path, Query
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)

LARGEST_INTEGER: Final = 2**31 - 1
"""Of a column of type `integer`."""

_RFC3339: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_UNSTORABLE: Final = re.compile(r"[\x00\ud800-\udfff]")
_DEGREE_DECIMALS: Final = 9  # a tenth of a millimetre
_METRE_DECIMALS: Final = 3


def moment(value: Any) -> Any:
    """A time as RFC 3339 has it, with its zone, as UTC.

    Raises:
        ValueError: it is none, has no time zone, or lies outside what the database's calendar is used for.
    """
    if isinstance(value, datetime):
        return in_calendar(value)
    parsed = None
    if isinstance(value, str) and _RFC3339.fullmatch(value):
        with contextlib.suppress(ValueError):  # a month 13, a second 60
            parsed = datetime.fromisoformat(value.upper())
    if parsed is not None:
        return in_calendar(parsed)
    raise ValueError(
        "give a time with its time zone as in RFC 3339, such as 2026-11-18T00:00:00Z; in an address + is %2B"
    )


def in_calendar(time: datetime) -> datetime:
    """An aware time as UTC.

    Raises:
        ValueError: it lies before 1970 or after 2199, or its UTC lies outside the calendar.
    """
    try:
        found = time.astimezone(UTC)
    except OverflowError:
        found = None
    if found is None or not EARLIEST <= found < LATEST:
        raise ValueError(f"give a time from {EARLIEST:%Y} up to, not including, {LATEST:%Y}")
    return found


def storable(text: str) -> str:
    """A text that the database can hold.

    Raises:
        ValueError: it holds NUL or half of a surrogate pair.
    """
    if _UNSTORABLE.search(text):
        raise ValueError("a text holds a character that cannot be stored, such as NUL")
    return text


def _degrees(value: float) -> float:
    return round(value, _DEGREE_DECIMALS)


def _metres(value: float) -> float:
    return round(value, _METRE_DECIMALS)


Moment: TypeAlias = Annotated[
    datetime, BeforeValidator(moment), WithJsonSchema({"type": "string", "format": "date-time"})
]
"""A time that was given, as UTC."""

Text: TypeAlias = Annotated[str, AfterValidator(storable)]
"""Bound its length where it is used."""

_Finite: TypeAlias = Annotated[float, Field(allow_inf_nan=False)]
Latitude: TypeAlias = Annotated[_Finite, Ge(-90), Le(90), AfterValidator(_degrees)]
Longitude: TypeAlias = Annotated[_Finite, Ge(-180), Le(180), AfterValidator(_degrees)]
Metres: TypeAlias = Annotated[_Finite, AfterValidator(_metres)]
Seconds: TypeAlias = _Finite

Identity: TypeAlias = Annotated[Text, Path(min_length=1, max_length=64)]
"""The id of an entity in an address."""

Cursor: TypeAlias = Annotated[
    str | None, Query(max_length=400, description="`next_cursor` of the page before.")
]
"""Where a page begins; `center.cursors` reads it."""

"""Parameters of requests: one annotated type for each kind of value, so all routes refuse the same values.

A value that passes can be bound to a query: a time that the database can store, in UTC; a finite number
without meaningless digits; a text that can be stored.
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
"""The range of a column of type `integer`."""

_RFC3339: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_UNSTORABLE: Final = re.compile(r"[\x00\ud800-\udfff]")
_DEGREE_DECIMALS: Final = 9  # a tenth of a millimetre
_METRE_DECIMALS: Final = 3


def moment(value: Any) -> Any:
    """An RFC 3339 time with its zone, as UTC.

    Raises:
        ValueError: it is malformed, has no time zone, or is outside the accepted years.
    """
    if isinstance(value, datetime):
        return in_calendar(value)
    parsed = None
    if isinstance(value, str) and _RFC3339.fullmatch(value):
        with contextlib.suppress(ValueError):  # such as month 13, second 60
            parsed = datetime.fromisoformat(value.upper())
    if parsed is not None:
        return in_calendar(parsed)
    raise ValueError(
        "give a time with its time zone as in RFC 3339, such as 2026-11-18T00:00:00Z; in an address + is %2B"
    )


def in_calendar(time: datetime) -> datetime:
    """An aware time as UTC.

    Raises:
        ValueError: it is before 1970 or after 2199, or its UTC is outside the calendar.
    """
    try:
        found = time.astimezone(UTC)
    except OverflowError:
        found = None
    if found is None or not EARLIEST <= found < LATEST:
        raise ValueError(f"give a time from {EARLIEST:%Y} up to, not including, {LATEST:%Y}")
    return found


def storable(text: str) -> str:
    """A text that the database can store.

    Raises:
        ValueError: it contains NUL or a lone surrogate.
    """
    if _UNSTORABLE.search(text):
        raise ValueError("a text contains a character that cannot be stored, such as NUL")
    return text


def _degrees(value: float) -> float:
    return round(value, _DEGREE_DECIMALS)


def _metres(value: float) -> float:
    return round(value, _METRE_DECIMALS)


Moment: TypeAlias = Annotated[
    datetime, BeforeValidator(moment), WithJsonSchema({"type": "string", "format": "date-time"})
]
"""An optional time, as UTC."""

Text: TypeAlias = Annotated[str, AfterValidator(storable)]
"""Text without a length limit; set one in each use."""

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
"""The beginning of a page; `center.cursors` reads it."""

"""Cursors of paged lists: the key of the last row of a page, opaque to clients."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, Final, TypeVar
from uuid import UUID

import msgspec

from center.web.answers import Refusal
from center.web.parameters import LATEST, in_calendar, storable

KeyT = TypeVar("KeyT", bound=tuple[object, ...])
_Time = Annotated[datetime, msgspec.Meta(tz=True)]

IncidentKey = tuple[_Time, UUID]
"""Time of receipt, and id."""

LARGEST_ID: Final = 2**63 - 1
"""Of PostgreSQL's bigint."""

RowKey = tuple[Annotated[int, msgspec.Meta(ge=0, le=LARGEST_ID)]]
"""The id of a row that PostgreSQL numbered."""

ROW: Final[msgspec.json.Decoder[RowKey]] = msgspec.json.Decoder(RowKey)
FIRST_ROW: Final[RowKey] = (LARGEST_ID,)

INCIDENT: Final[msgspec.json.Decoder[IncidentKey]] = msgspec.json.Decoder(IncidentKey)


FIRST_INCIDENT: Final[IncidentKey] = (LATEST, UUID(int=0))


def write(key: tuple[object, ...]) -> str:
    """A cursor for the rows after this key."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def read(cursor: str | None, kind: msgspec.json.Decoder[KeyT], first: KeyT) -> KeyT:
    """The key in a cursor, or `first` without one.

    Raises:
        Refusal: 422, it is not a cursor of ours.
    """
    if cursor is None:
        return first
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        key = kind.decode(base64.b64decode(padded, altchars=b"-_", validate=True))
        for part in key:
            if isinstance(part, datetime):
                in_calendar(part)
            elif isinstance(part, str):
                storable(part)
    except (binascii.Error, ValueError):
        raise Refusal(422, "bad_cursor", "send next_cursor of the page before, or none") from None
    return key

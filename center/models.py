"""Types that the answers of several areas share.

One definition serves HTTP and the live feed: msgspec encodes it, `center/openapi.py` describes it. Every
field is always present; an unknown value is null. Times are RFC 3339 in UTC, places WGS-84 degrees. Names are
in Chinese and, under `..._en`, in English.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

Time = Annotated[datetime, Meta(tz=True)]


class EntityKind(StrEnum):
    """The kind of an entity: everything that has a place or sends messages."""

    VEHICLE = "vehicle"
    PERSON = "person"
    DEVICE = "device"
    CAMERA = "camera"
    BOX = "box"

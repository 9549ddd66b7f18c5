"""What the answers of several areas are made of.

One definition serves HTTP and the live feed: msgspec encodes it, `center/openapi.py` describes it. Every
field is always there; what is not known is null. Times are RFC 3339 in UTC, places WGS-84 degrees. Names come
in Chinese and, under `..._en`, in English.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

Time = Annotated[datetime, Meta(tz=True)]


class EntityKind(StrEnum):
    """What moves or stands in the street."""

    VEHICLE = "vehicle"
    PERSON = "person"
    DEVICE = "device"
    CAMERA = "camera"
    BOX = "box"

"""A morning of a vehicle, as it tells it to the broker."""

from __future__ import annotations

import math
from datetime import datetime, time, timedelta
from typing import Final

from wire import Position

LAT: Final = 24.8
LON: Final = 118.56
_STEP: Final = timedelta(seconds=10)
_SPEED_MPS: Final = 4.0
_NORTH_DEG: Final = _SPEED_MPS * _STEP.total_seconds() / 111_195
_EAST_DEG: Final = _NORTH_DEG / math.cos(math.radians(LAT))
STOP_LON: Final = LON + 60 * _EAST_DEG
"""Where it stands for half an hour, at `LAT`."""


def eight_yesterday() -> datetime:
    """Eight o'clock of the day before, here."""
    return datetime.combine(datetime.now().astimezone() - timedelta(days=1), time(8)).astimezone()


def a_morning(begin: datetime) -> list[Position]:
    """Ten minutes to the east, half an hour's stop, five minutes to the north."""
    fixes = []
    lat, lon = LAT, LON
    for tick in range(271):
        minute = tick * _STEP.total_seconds() / 60
        east, north = minute < 10, minute >= 40
        fixes.append(
            Position(
                time=begin + tick * _STEP,
                lat=lat,
                lon=lon,
                speed_mps=_SPEED_MPS if east or north else 0.0,
                heading_deg=90.0 if east else 0.0,
                ignition=east or north,
            )
        )
        lat, lon = lat + _NORTH_DEG * north, lon + _EAST_DEG * east
    return fixes

"""Which entity was in which cell of the map in which two minutes: an index for "who was here".

A cell is 1/200 of a degree on each side, some 500 m. A row (entity, cell, two minutes) says that there is a
fix; the position table has the fix.
"""

from __future__ import annotations

import math
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from geo.distance import METRES_PER_DEGREE

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]

BUCKET_US: Final = 120_000_000
"""Two minutes; also in migration 0003 and in queries/history.sql."""

_FARTHEST: Final = 89.9  # degrees from the equator
_PER_DEGREE: Final = 200
_COLUMNS: Final = 360 * _PER_DEGREE + 1


def cells(lat: Floats, lon: Floats) -> Integers:
    """The cell of each place: row by latitude, column by longitude, as one number."""
    rows = np.floor((lat + 90) * _PER_DEGREE).astype(np.int64)
    columns = np.floor((lon + 180) * _PER_DEGREE).astype(np.int64)
    found: Integers = rows * _COLUMNS + columns
    return found


def buckets(time_us: Integers) -> Integers:
    """The beginning of the two-minute bucket of each time, in microseconds since 1970."""
    return time_us // BUCKET_US * BUCKET_US


def reach_degrees(lat: float, radius_m: float) -> tuple[float, float]:
    """The extent of a circle in degrees of latitude and of longitude, from its centre.

    Within a tenth of a degree of a pole the extent in longitude is limited: it would be a million cells.
    """
    north = radius_m / METRES_PER_DEGREE
    farthest = min(abs(lat) + north, _FARTHEST)
    return north, min(180.0, north / math.cos(math.radians(farthest)))


def cells_within(lat: float, lon: float, radius_m: float) -> list[int]:
    """All cells that a circle may overlap."""
    north, east = reach_degrees(lat, radius_m)
    rows = np.arange(
        math.floor((max(lat - north, -90) + 90) * _PER_DEGREE),
        math.floor((min(lat + north, 90) + 90) * _PER_DEGREE) + 1,
    )
    columns = np.arange(
        math.floor((lon - east + 180) * _PER_DEGREE), math.floor((lon + east + 180) * _PER_DEGREE) + 1
    )
    columns = np.unique(columns % (360 * _PER_DEGREE))
    if columns[0] == 0:  # longitude 180 is in the last column, and -180 in the first
        columns = np.append(columns, 360 * _PER_DEGREE)
    found: list[int] = (rows[:, None] * _COLUMNS + columns[None, :]).ravel().tolist()
    return found

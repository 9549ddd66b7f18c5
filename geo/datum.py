"""GCJ-02 and BD-09 places to WGS-84, for arrays of places.

Maps made in China shift every place by some hundred metres (GCJ-02); Baidu's maps shift it again (BD-09).
The shift is the published approximation of the algorithm: a polynomial and sines of the place, on the
Krasovsky 1940 ellipsoid. The inverse has no closed form; iterating the shift from the last estimate
converges to well under a millimetre.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

_SEMI_MAJOR_M: Final = 6_378_245.0
_ECCENTRICITY_SQUARED: Final = 0.006_693_421_622_965_943
_BD_ANGLE: Final = np.pi * 3000 / 180
_ROUNDS: Final = 6
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271  # outside this box nothing is shifted


def from_gcj02(lat: Floats, lon: Floats) -> tuple[Floats, Floats]:
    """GCJ-02 degrees to WGS-84 degrees."""
    guess_lat, guess_lon = lat, lon
    for _ in range(_ROUNDS):
        shift_lat, shift_lon = _shift(guess_lat, guess_lon)
        guess_lat, guess_lon = lat - shift_lat, lon - shift_lon
    return guess_lat, guess_lon


def from_bd09(lat: Floats, lon: Floats) -> tuple[Floats, Floats]:
    """BD-09 degrees to WGS-84 degrees."""
    x, y = lon - 0.0065, lat - 0.006
    radius = np.hypot(x, y) - 0.00002 * np.sin(y * _BD_ANGLE)
    angle = np.arctan2(y, x) - 0.000003 * np.cos(x * _BD_ANGLE)
    return from_gcj02(radius * np.sin(angle), radius * np.cos(angle))


def _shift(lat: Floats, lon: Floats) -> tuple[Floats, Floats]:
    """The shift of GCJ-02 at a WGS-84 place, in degrees of latitude and longitude."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    common = (20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common
    north += (20 * np.sin(np.pi * y) + 40 * np.sin(np.pi * y / 3)) * 2 / 3
    north += (160 * np.sin(np.pi * y / 12) + 320 * np.sin(np.pi * y / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common
    east += (20 * np.sin(np.pi * x) + 40 * np.sin(np.pi * x / 3)) * 2 / 3
    east += (150 * np.sin(np.pi * x / 12) + 300 * np.sin(np.pi * x / 30)) * 2 / 3
    curve = 1 - _ECCENTRICITY_SQUARED * np.sin(np.radians(lat)) ** 2
    meridian = _SEMI_MAJOR_M * (1 - _ECCENTRICITY_SQUARED) / curve**1.5
    parallel = _SEMI_MAJOR_M / np.sqrt(curve) * np.cos(np.radians(lat))
    inside = (lon >= _WEST) & (lon <= _EAST) & (lat >= _SOUTH) & (lat <= _NORTH)
    return (
        np.where(inside, np.degrees(north / meridian), 0.0),
        np.where(inside, np.degrees(east / parallel), 0.0),
    )

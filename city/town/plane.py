"""Conversion between metres on the town's plane and WGS-84 degrees."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from geo.distance import METRES_PER_DEGREE


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """A flat local projection of the earth: x east and y north, metres from the origin.

    Attributes:
        lat: latitude of the origin, WGS-84 degrees.
        lon: longitude of the origin, WGS-84 degrees.
    """

    lat: float
    lon: float

    def degrees(self, x: float, y: float) -> tuple[float, float]:
        """The (lat, lon) of a point."""
        return (
            self.lat + y / METRES_PER_DEGREE,
            self.lon + x / (METRES_PER_DEGREE * math.cos(math.radians(self.lat))),
        )

    def metres(self, lat: float, lon: float) -> tuple[float, float]:
        """The (x, y) of a place."""
        return (
            (lon - self.lon) * METRES_PER_DEGREE * math.cos(math.radians(self.lat)),
            (lat - self.lat) * METRES_PER_DEGREE,
        )


HOME: Final = Plane(lat=24.8005, lon=118.5700)
"""The place of the simulated town: inside district 350582, which makes its codes and coordinates agree."""

DISTRICT: Final = "350582"


def heading(dx: float, dy: float) -> float:
    """The compass direction of a vector on the plane: degrees clockwise from north, 0 to below 360."""
    degrees = math.degrees(math.atan2(dx, dy)) % 360.0
    return degrees if degrees < 360.0 else 0.0

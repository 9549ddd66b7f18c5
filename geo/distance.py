"""Distances between places that are near each other, measured in the plane: cheap, exact enough for a city.

The error is below 1 % within some tens of kilometres. Within about a degree of a pole, distances from east to
west are overestimated.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

METRES_PER_DEGREE: Final = 111_320.0
"""Of longitude on the equator (WGS-84). A degree of latitude has 110,574 m there, 111,694 m at the poles."""


def degrees_east(lon: Any, other_lon: Any) -> Any:
    """How many degrees `other_lon` lies east of `lon`, from -180 up to 180: the shorter way round."""
    return (other_lon - lon + 180) % 360 - 180


def distance_m(lat: Any, lon: Any, other_lat: Any, other_lon: Any) -> Any:
    """Metres from one place to the other, in the plane.

    Args:
        lat: in degrees, a number or an array, as all others;
        lon: likewise.
        other_lat: likewise; its parallel is the one along which the way to the east is measured.
        other_lon: likewise.
    """
    north = (other_lat - lat) * METRES_PER_DEGREE
    east = degrees_east(lon, other_lon) * np.cos(np.radians(other_lat)) * METRES_PER_DEGREE
    return np.hypot(north, east)

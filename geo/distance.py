"""Distances between nearby places, computed in the plane: cheap, and exact enough for a city.

The error is below 1 % within some tens of kilometres. Within about a degree of a pole, east-west distances
are overestimated.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

METRES_PER_DEGREE: Final = 111_320.0
"""Metres of one degree of longitude on the equator (WGS-84). One degree of latitude is 110,574 m there, and
111,694 m at the poles."""


def degrees_east(lon: Any, other_lon: Any) -> Any:
    """The degrees from `lon` east to `other_lon` by the shorter way, from -180 up to 180 (exclusive)."""
    return (other_lon - lon + 180) % 360 - 180


def distance_m(lat: Any, lon: Any, other_lat: Any, other_lon: Any) -> Any:
    """The distance of two places in the plane, metres.

    All arguments are degrees, as numbers or arrays.

    Args:
        lat: latitude of the first place.
        lon: longitude of the first place.
        other_lat: latitude of the second place; the east-west distance is measured along its parallel.
        other_lon: longitude of the second place.
    """
    north = (other_lat - lat) * METRES_PER_DEGREE
    east = degrees_east(lon, other_lon) * np.cos(np.radians(other_lat)) * METRES_PER_DEGREE
    return np.hypot(north, east)

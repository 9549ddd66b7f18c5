"""The places of the cameras: beside streets, clear of buildings, and aligned with their street."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import shapely
from shapely import Point

from city.errors import CityError
from city.town.ground import Area
from city.town.plane import heading
from city.town.streets import Street

_WANTED: Final = ((-150.0, 300.0), (250.0, 420.0), (-420.0, -320.0), (420.0, -250.0))
"""The approximate place of each camera, in the order of the cameras."""

_STEP_M: Final = 12.0
_CLEAR_M: Final = 2.5
_ACROSS_M: Final = 34.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One camera's place, and the position of its scene in the town.

    Attributes:
        street: the street that it films.
        x: metres east.
        y: metres north.
        along: unit vector of the scene's x.
    """

    street: Street
    x: float
    y: float
    along: tuple[float, float]

    def place(self, scene_x: float, scene_y: float) -> tuple[float, float]:
        """The town's (x, y) of a point of the scene."""
        dx, dy = self.along
        return self.x + dx * scene_x - dy * scene_y, self.y + dy * scene_x + dx * scene_y

    def heading_deg(self, yaw_deg: float) -> float:
        """Compass direction of a camera rotated `yaw_deg` to the right of straight across the street."""
        dx, dy = self.along
        sine, cosine = math.sin(math.radians(yaw_deg)), math.cos(math.radians(yaw_deg))
        return heading(sine * dx - cosine * dy, sine * dy + cosine * dx)


def choose(streets: Sequence[Street], areas: Sequence[Area], near_kerbs: Sequence[float]) -> list[Site]:
    """Choose a place for each camera.

    Args:
        streets: the town's streets.
        areas: blocks, water and buildings; cameras keep clear of buildings and water.
        near_kerbs: for each camera, the distance to the near kerb of its scene, metres.

    Raises:
        CityError: the town has no such place.
    """
    solid = shapely.STRtree([area.polygon for area in areas if area.area_class in ("building", "water")])
    open_ground = shapely.STRtree([area.polygon for area in areas if area.area_class in ("park", "water")])
    taken: set[str] = set()
    result = []
    for wanted, near_kerb in zip(_WANTED, near_kerbs, strict=True):
        candidates = [
            site
            for street in streets
            if street.street_class == "secondary" and not street.bridge and street.name.chinese not in taken
            for site in _along(street, near_kerb)
        ]
        candidates.sort(key=lambda site: math.dist(wanted, (site.x, site.y)))
        chosen = next((site for site in candidates if _is_clear(site, solid, open_ground)), None)
        if chosen is None:
            raise CityError("this town has no free place for a camera; build it with another --seed")
        taken.add(chosen.street.name.chinese)
        result.append(chosen)
    return result


def _along(street: Street, near_kerb: float) -> list[Site]:
    result = []
    line = street.line
    at = 45.0
    while at < line.length - 45.0:
        here, ahead = line.interpolate(at), line.interpolate(at + 1.0)
        length = math.dist((here.x, here.y), (ahead.x, ahead.y))
        dx, dy = (ahead.x - here.x) / length, (ahead.y - here.y) / length
        for sign in (1.0, -1.0):
            ax, ay = sign * dx, sign * dy
            back = street.width_m / 2 + near_kerb
            result.append(Site(street=street, x=here.x + ay * back, y=here.y - ax * back, along=(ax, ay)))
        at += _STEP_M
    return result


def _is_clear(site: Site, solid: shapely.STRtree, open_ground: shapely.STRtree) -> bool:
    """Whether the pole and its pavement are free, and houses, not open ground, are across the street."""
    across = Point(*site.place(1.0, _ACROSS_M))
    if len(open_ground.query(across, predicate="intersects")):
        return False
    spots = [Point(site.x, site.y), Point(*site.place(1.0, 7.5)), Point(*site.place(-2.5, 8.5))]
    return all(len(solid.query(spot.buffer(_CLEAR_M), predicate="intersects")) == 0 for spot in spots)

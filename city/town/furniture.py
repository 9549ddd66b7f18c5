"""Street furniture along the streets: the components in a city's register."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from shapely import LineString, Point

from city.town.codes import COMPONENT_NAMES, ComponentNumbers
from city.town.names import Name
from city.town.plane import DISTRICT
from city.town.streets import Skeleton, Street


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One component: a piece of street furniture with a code.

    Attributes:
        code: 16 digits, code set A.
        component_class: 4 digits, class and subclass.
        x: metres east.
        y: metres north.
    """

    code: str
    component_class: str
    x: float
    y: float

    @property
    def name(self) -> Name:
        """Its name in both languages."""
        chinese, english = COMPONENT_NAMES[self.component_class]
        return Name(chinese=chinese, english=english)


_SPACING_M: Final = {
    "primary": {
        "0118": 45.0,
        "0102": 75.0,
        "0103": 60.0,
        "0305": 160.0,
        "0105": 170.0,
        "0107": 210.0,
        "0209": 260.0,
    },
    "secondary": {"0118": 50.0, "0102": 80.0, "0103": 80.0, "0305": 190.0, "0107": 230.0, "0113": 300.0},
    "residential": {"0118": 70.0, "0102": 90.0, "0101": 150.0, "0305": 260.0, "0115": 400.0},
}
"""Class of street → class of component → its spacing along the street, metres."""

_OFFSET_OF_HALF_WIDTH: Final = {"0102": 0.35, "0103": 0.85, "0101": 0.5, "0105": 1.18, "0107": 1.15}
"""Distance from the centre line, in half widths of the street; classes that are not listed stand behind the
kerb."""


def components(
    skeleton: Skeleton, random_source: random.Random, marked: list[tuple[float, float]]
) -> list[Component]:
    """All components of the town.

    Args:
        skeleton: the town's streets.
        random_source: seeded.
        marked: (x, y) of the sewage covers that cameras watch; they get the lowest codes of class 0102.
    """
    numbers = ComponentNumbers(DISTRICT)
    result = [Component(code=numbers.next("0102"), component_class="0102", x=x, y=y) for x, y in marked]
    taken = shapely.MultiPoint(marked).buffer(4.0)
    for street in skeleton.streets:
        if street.bridge:
            continue
        for component_class, x, y in _along(street, random_source):
            if not taken.contains(Point(x, y)):
                result.append(
                    Component(code=numbers.next(component_class), component_class=component_class, x=x, y=y)
                )
    return result


def _along(street: Street, random_source: random.Random) -> Iterator[tuple[str, float, float]]:
    for component_class, spacing in _SPACING_M[street.street_class].items():
        along = random_source.uniform(6.0, spacing)
        side = random_source.choice((-1, 1))
        while along < street.line.length - 6.0:
            part = _OFFSET_OF_HALF_WIDTH.get(component_class)
            offset = street.width_m / 2 * part if part is not None else street.width_m / 2 + 1.2
            x, y = beside(street.line, along, side * offset)
            yield component_class, x, y
            side = -side
            along += spacing * random_source.uniform(0.85, 1.15)
    if street.line.length > 60:
        x, y = beside(street.line, 5.0, street.width_m / 2 + 1.5)
        yield "0213", x, y


def beside(line: LineString, along_m: float, left_m: float) -> tuple[float, float]:
    """The point at a distance along a line and a distance to its left (negative: right), metres."""
    here = np.asarray(line.interpolate(along_m).coords[0])
    ahead = np.asarray(line.interpolate(min(line.length, along_m + 1.0)).coords[0])
    behind = np.asarray(line.interpolate(max(0.0, along_m - 1.0)).coords[0])
    direction = ahead - behind
    direction = direction / (np.linalg.norm(direction) or 1.0)
    return float(here[0] - direction[1] * left_m), float(here[1] + direction[0] * left_m)

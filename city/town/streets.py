"""The skeleton of the town: coast, river, avenues, and the streets that divide the land between them.

Avenues and embankments are drawn. Every other street divides the piece of land that it serves, which gives
T-junctions and blocks of uneven size, as in a town that has grown.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from shapely import LineString, Polygon
from shapely.affinity import rotate
from shapely.ops import split

from city.town.names import Name, Names
from city.town.shapes import lines, longest, only, polygons

HALF_WIDTH_M: Final = 1400.0
HALF_HEIGHT_M: Final = 950.0
GRID_M: Final = 0.1
"""Noding precision: ends within this distance are joined."""

STREET_WIDTH_M: Final = {"primary": 28.0, "secondary": 18.0, "residential": 9.0}
_CORNER_M: Final = 170.0
_SECONDARY_ABOVE_M2: Final = 120_000.0
_BLOCK_M2: Final = (10_000.0, 26_000.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """One named street, or the bridge that carries it over the water.

    Attributes:
        line: its centre line.
        street_class: primary, secondary or residential.
        name: in both languages.
        bridge: whether this piece crosses the river.
    """

    line: LineString
    street_class: str
    name: Name
    bridge: bool = False

    @property
    def width_m(self) -> float:
        """Kerb to kerb."""
        return STREET_WIDTH_M[self.street_class]


@dataclass(frozen=True, slots=True, kw_only=True)
class Skeleton:
    """Streets and water.

    Attributes:
        outline: the whole town, water included.
        sea: water east of the coast.
        river: water through the town.
        core: the land between coast road and ring road, which streets divide.
        streets: whole streets; bridges are separate pieces.
    """

    outline: Polygon
    sea: Polygon
    river: Polygon
    core: Polygon
    streets: tuple[Street, ...]


def draw(random_source: random.Random, names: Names) -> Skeleton:
    """Draw the skeleton of a seed."""
    outline = shapely.box(-HALF_WIDTH_M, -HALF_HEIGHT_M, HALF_WIDTH_M + 350, HALF_HEIGHT_M)
    coast = _wavy(random_source, axis="y", offset=HALF_WIDTH_M - 40, swing=70, reach=HALF_HEIGHT_M + 200)
    land, sea = sorted(polygons(split(outline, coast)), key=lambda part: part.centroid.x)
    course = _wavy(random_source, axis="x", offset=60, swing=130, reach=HALF_WIDTH_M + 400)
    river = only(course.buffer(46).intersection(land))
    coast_road = coast.offset_curve(75)
    inland, _beach = sorted(polygons(split(land, coast_road)), key=lambda part: part.centroid.x)
    core = Polygon(inland.exterior).intersection(
        shapely.box(-HALF_WIDTH_M + 40, -HALF_HEIGHT_M + 40, HALF_WIDTH_M, HALF_HEIGHT_M - 40)
    )
    core = only(core.buffer(-_CORNER_M).buffer(_CORNER_M))
    drawn = [
        Street(line=line, street_class="primary", name=names.avenue())
        for line in _avenues(random_source, core)
    ]
    east = coast_road.intersection(core.buffer(0.5))
    drawn.append(
        Street(
            line=longest(east),
            street_class="secondary",
            name=Name(chinese="滨海路", english="Binhai Road"),
        )
    )
    edge = core.exterior.difference(east.buffer(1.0))
    drawn.append(
        Street(
            line=longest(edge),
            street_class="secondary",
            name=Name(chinese="环城路", english="Huancheng Road"),
        )
    )
    for side, chinese, english in (
        (75, "江滨北路", "Jiangbin North Road"),
        (-75, "江滨南路", "Jiangbin South Road"),
    ):
        bank = course.offset_curve(side).intersection(core)
        drawn.append(
            Street(line=longest(bank), street_class="secondary", name=Name(chinese=chinese, english=english))
        )
    banks = course.buffer(75, cap_style="flat")
    pieces = shapely.polygonize(
        [shapely.unary_union([s.line for s in drawn] + [core.exterior], grid_size=GRID_M)]
    )
    cuts: list[Street] = []
    for piece in sorted(polygons(pieces), key=lambda part: (round(part.centroid.x), round(part.centroid.y))):
        if piece.intersection(banks).area < 0.5 * piece.area:
            _cut(piece, random_source, names, cuts)
    streets = _with_bridges(drawn + cuts, river, names)
    return Skeleton(outline=outline, sea=sea, river=river, core=core, streets=tuple(streets))


def _wavy(
    random_source: random.Random, *, axis: str, offset: float, swing: float, reach: float
) -> LineString:
    """A gently winding line along an axis, the sum of three waves."""
    waves = [
        (swing * size, random_source.uniform(0, math.tau), reach * length)
        for size, length in ((1.0, 1.15), (0.45, 0.55), (0.16, 0.21))
    ]
    along = np.linspace(-reach, reach, 121)
    across = offset + sum(a * np.sin(math.tau * along / length + phase) for a, phase, length in waves)
    points = np.column_stack((along, across) if axis == "x" else (across, along))
    return longest(LineString(points).simplify(0.8))


def _avenues(random_source: random.Random, core: Polygon) -> list[LineString]:
    """Three avenues from south to north across the river, and one on each side from west to east."""
    lines = []
    for offset in (-760.0, -40.0, 640.0):
        line = _wavy(random_source, axis="y", offset=offset, swing=28, reach=HALF_HEIGHT_M)
        lines.append(rotate(line, random_source.uniform(-7, 7), origin=(offset, 0)))
    for offset in (520.0, -430.0):
        line = _wavy(random_source, axis="x", offset=offset, swing=30, reach=HALF_WIDTH_M)
        lines.append(rotate(line, random_source.uniform(-5, 5), origin=(0, offset)))
    return [longest(line.intersection(core)) for line in lines]


def _cut(piece: Polygon, random_source: random.Random, names: Names, cuts: list[Street]) -> None:
    """Split a piece of land by streets until its parts are blocks; appends the streets."""
    if piece.area < random_source.uniform(*_BLOCK_M2):
        return
    corners = np.asarray(only(piece.minimum_rotated_rectangle).exterior.coords)[:4]
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    side = int(np.argmax(sides))
    start, end = corners[side], corners[(side + 1) % 4]
    across = corners[(side + 2) % 4] - end
    ratio = random_source.uniform(0.4, 0.6)
    tilt = random_source.uniform(-0.06, 0.06) * (end - start)
    foot = start + ratio * (end - start)
    blade = LineString([foot - 0.2 * across - tilt, foot + 1.2 * across + tilt])
    line = longest(blade.intersection(piece))
    parts = [part for part in polygons(split(piece, blade)) if part.area > 50]
    if len(parts) < 2 or line.length < 30:
        return
    secondary = piece.area > _SECONDARY_ABOVE_M2
    cuts.append(
        Street(
            line=_reaching(line),
            street_class="secondary" if secondary else "residential",
            name=names.road() if secondary else names.lane(),
        )
    )
    for part in parts:
        _cut(part, random_source, names, cuts)


def _reaching(line: LineString) -> LineString:
    """The line, extended a little at both ends, which lets noding find the streets that it ends at."""
    (x0, y0), (x1, y1) = line.coords[0], line.coords[-1]
    dx, dy = 0.5 * (x1 - x0) / line.length, 0.5 * (y1 - y0) / line.length
    return LineString([(x0 - dx, y0 - dy), (x1 + dx, y1 + dy)])


def _with_bridges(streets: list[Street], river: Polygon, names: Names) -> list[Street]:
    """Cut the pieces over the water out of their streets, and name them as bridges."""
    water = river.buffer(18)
    result: list[Street] = []
    for street in streets:
        over = street.line.intersection(water)
        if over.is_empty or over.length < 40:
            result.append(street)
            continue
        result += [
            Street(line=part, street_class=street.street_class, name=street.name)
            for part in lines(street.line.difference(water))
        ]
        result += [
            Street(line=part, street_class=street.street_class, name=names.bridge(), bridge=True)
            for part in lines(over)
        ]
    return result

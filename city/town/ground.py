"""The ground between the streets: unit grid cells, blocks, parks, the plaza, and the buildings on them."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from shapely import LineString, Polygon
from shapely.affinity import rotate
from shapely.geometry.base import BaseGeometry

from city.town.codes import grid_code
from city.town.names import Name, Names
from city.town.plane import DISTRICT
from city.town.shapes import largest, only, polygons
from city.town.streets import GRID_M, Skeleton

_PAVEMENT_M: Final = 4.0
_NO_NAME: Final = Name(chinese="", english="")
_OFFICES: Final = (("西城街道", "Xicheng"), ("青阳街道", "Qingyang"), ("东港街道", "Donggang"))
_COMMUNITY_M: Final = 480.0
_SLIVER_M2: Final = 20.0
"""Square metres. Smaller faces are gaps between lines that almost meet."""
_PARKS: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """One piece of ground.

    Attributes:
        polygon: its outline.
        area_class: block, building, park, water or plaza.
        name: in both languages; empty for pieces without a name.
    """

    polygon: Polygon
    area_class: str
    name: Name = _NO_NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One unit grid cell: the ground between street centre lines."""

    polygon: Polygon
    code: str
    name: str


def cells(skeleton: Skeleton) -> list[Cell]:
    """Tile the whole town, water included, with unit grid cells."""
    edges: list[LineString] = [street.line for street in skeleton.streets]
    edges += [
        skeleton.outline.exterior,
        skeleton.sea.exterior,
        skeleton.river.exterior,
        skeleton.core.exterior,
    ]
    faces = shapely.polygonize([shapely.unary_union(edges, grid_size=GRID_M)])
    order = sorted(
        (face for face in polygons(faces) if face.area > _SLIVER_M2),
        key=lambda face: (-round(face.centroid.y), round(face.centroid.x)),
    )
    communities: dict[tuple[int, int, int], int] = {}
    last: dict[int, int] = {}
    result = []
    left, bottom, right, _top = skeleton.outline.bounds
    for face in order:
        office = min(2, int(3 * (face.centroid.x - left) / (right - left)))
        square = (
            office,
            int((face.centroid.x - left) / _COMMUNITY_M),
            int((face.centroid.y - bottom) / _COMMUNITY_M),
        )
        if square not in communities:
            communities[square] = sum(1 for other in communities if other[0] == office) + 1
        community = communities[square]
        key = office * 1000 + community
        last[key] = last.get(key, 0) + 1
        code = grid_code(district=DISTRICT, office=office + 1, community=community, sequence=last[key])
        name = f"{_OFFICES[office][0]}第{community}社区{last[key]}号格"
        result.append(Cell(polygon=face, code=code, name=name))
    return result


def areas(skeleton: Skeleton, grid: list[Cell], random_source: random.Random, names: Names) -> list[Area]:
    """Lay out water, parks, the plaza, blocks and buildings."""
    water = shapely.union(skeleton.river, skeleton.sea)
    corridors = shapely.unary_union(
        [
            street.line.buffer(street.width_m / 2 + _PAVEMENT_M, cap_style="flat")
            for street in skeleton.streets
        ]
    )
    result = [
        Area(polygon=skeleton.sea, area_class="water", name=Name(chinese="围头湾", english="Weitou Bay")),
        Area(polygon=skeleton.river, area_class="water", name=Name(chinese="九溪", english="Jiuxi River")),
    ]
    blocks = []
    for cell in grid:
        free = largest(cell.polygon.difference(corridors))
        if free is None or free.intersection(water).area > 0.5 * free.area:
            continue
        if not skeleton.core.contains(free.representative_point()) or free.distance(skeleton.river) < 30:
            result += _green(free.difference(water.buffer(6)), cell, skeleton)
            continue
        rounded = largest(free.buffer(-6).buffer(6))
        if rounded is not None and rounded.area > 600:
            blocks.append(rounded)
    middle = min(
        blocks, key=lambda block: block.centroid.distance(shapely.Point(-60, 250)) - 0.002 * block.area
    )
    result.append(
        Area(polygon=middle, area_class="plaza", name=Name(chinese="五店市广场", english="Wudianshi Plaza"))
    )
    roomy = [index for index, block in enumerate(blocks) if block.area > 9000 and block is not middle]
    parks = set(random_source.sample(roomy, k=min(_PARKS, len(roomy))))
    for index, block in enumerate(blocks):
        if block is middle:
            continue
        if index in parks:
            result.append(Area(polygon=block, area_class="park", name=names.park()))
            if block.area > 14_000:
                result.append(Area(polygon=_pond(block, random_source), area_class="water"))
            continue
        estate = names.estate() if random_source.random() < 0.4 else _NO_NAME
        result.append(Area(polygon=block, area_class="block", name=estate))
        result += [Area(polygon=house, area_class="building") for house in _houses(block, random_source)]
    return result


def _green(shape: BaseGeometry, cell: Cell, skeleton: Skeleton) -> Iterator[Area]:
    """The strips along the water are parks; strips outside the ring road stay open ground."""
    piece = largest(shape)
    if piece is None or piece.area < 800:
        return
    if piece.distance(skeleton.river) < 30 and skeleton.core.contains(piece.representative_point()):
        yield Area(
            polygon=piece,
            area_class="park",
            name=Name(chinese="九溪滨水公园", english="Jiuxi Riverside Park"),
        )
    elif cell.polygon.distance(skeleton.sea) < 1:
        yield Area(polygon=piece, area_class="park", name=Name(chinese="海滨公园", english="Seaside Park"))


def _pond(block: Polygon, random_source: random.Random) -> Polygon:
    centre = block.representative_point()
    reach = 0.55 * min(40.0, centre.distance(block.exterior))
    angles = np.linspace(0, math.tau, 15)[:-1]
    radii = [reach * random_source.uniform(0.75, 1.1) for _ in angles]
    points = [
        (centre.x + 1.3 * r * math.cos(a), centre.y + r * math.sin(a))
        for a, r in zip(angles, radii, strict=True)
    ]
    pond = largest(Polygon(points).buffer(-3).buffer(6).intersection(block.buffer(-6)))
    return pond if pond is not None else centre.buffer(5)


def _houses(block: Polygon, random_source: random.Random) -> Iterator[Polygon]:
    """Buildings in one of four styles: slabs in rows, towers, workshop halls, or an old quarter."""
    corners = np.asarray(only(block.minimum_rotated_rectangle).exterior.coords)
    side = corners[1] - corners[0]
    angle = math.degrees(math.atan2(side[1], side[0]))
    centre = block.centroid
    turned = rotate(block, -angle, origin=centre)
    ground = turned.buffer(-3)
    if ground.is_empty:
        return
    style = random_source.choices(("slabs", "towers", "halls", "old"), weights=(5, 2, 1, 4))[0]
    for house in _BLOCK_STYLES[style](ground.bounds, random_source):
        inside = house.intersection(ground)
        if inside.area < 0.55 * house.area:
            continue
        piece = largest(inside)
        if piece is not None and piece.area > 60:
            yield only(rotate(piece, angle, origin=centre).simplify(0.5))


def _slabs(bounds: tuple[float, ...], random_source: random.Random) -> Iterator[Polygon]:
    left, bottom, right, top = bounds
    depth, length = random_source.uniform(11, 14), random_source.uniform(34, 56)
    y = bottom + random_source.uniform(0, 4)
    while y + depth <= top:
        x = left + random_source.uniform(0, 8)
        while x < right:
            if random_source.random() > 0.06:
                yield _slab(x, y, length * random_source.choice((0.7, 1.0, 1.0)), depth)
            x += length + random_source.uniform(8, 12)
        y += depth + random_source.uniform(17, 22)


def _slab(x: float, y: float, length: float, depth: float) -> Polygon:
    """A slab of flats with stairwells on one side."""
    notch = length / 3
    return Polygon(
        [
            (x, y), (x + length, y), (x + length, y + depth),
            (x + 2 * notch + 2.5, y + depth), (x + 2 * notch + 2.5, y + depth - 1.8),
            (x + 2 * notch - 2.5, y + depth - 1.8), (x + 2 * notch - 2.5, y + depth),
            (x, y + depth),
        ]
    )  # fmt: skip


def _towers(bounds: tuple[float, ...], random_source: random.Random) -> Iterator[Polygon]:
    left, bottom, right, top = bounds
    size = random_source.uniform(22, 27)
    y = bottom + 3
    while y + size <= top + 6:
        x = left + 3 + random_source.uniform(0, 6)
        while x + size <= right + 6:
            a, b = size * 0.3, size * 0.7
            yield Polygon(
                [
                    (x + a, y), (x + b, y), (x + b, y + a), (x + size, y + a), (x + size, y + b),
                    (x + b, y + b), (x + b, y + size), (x + a, y + size), (x + a, y + b), (x, y + b),
                    (x, y + a), (x + a, y + a),
                ]
            )  # fmt: skip
            x += size + random_source.uniform(15, 20)
        y += size + random_source.uniform(16, 22)


def _halls(bounds: tuple[float, ...], random_source: random.Random) -> Iterator[Polygon]:
    left, bottom, right, top = bounds
    y = bottom
    while y < top - 14:
        depth = random_source.uniform(24, 36)
        x = left
        while x < right - 20:
            length = random_source.uniform(45, 80)
            yield shapely.box(x, y, x + length, y + depth)
            x += length + 10
        y += depth + 10


def _old(bounds: tuple[float, ...], random_source: random.Random) -> Iterator[Polygon]:
    left, bottom, right, top = bounds
    y = bottom
    while y < top - 8:
        depth = random_source.uniform(11, 17)
        x = left
        while x < right - 6:
            length = random_source.uniform(9, 22)
            if random_source.random() > 0.12:
                back = random_source.uniform(0, 4)
                if length > 15:
                    yield Polygon(
                        [
                            (x, y), (x + length, y), (x + length, y + depth * 0.5),
                            (x + length * 0.55, y + depth * 0.5),
                            (x + length * 0.55, y + depth - back), (x, y + depth - back),
                        ]
                    )  # fmt: skip
                else:
                    yield shapely.box(x, y, x + length, y + depth - back)
            x += length + random_source.choice((0.6, 1.5, 3.0))
        y += depth + random_source.choice((2.0, 6.0))


_BLOCK_STYLES: Final = {"slabs": _slabs, "towers": _towers, "halls": _halls, "old": _old}

"""The streets as a graph for routing, read from the city folder's own layer."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import msgspec
import shapely
from shapely import LineString

from city.errors import CityError
from city.town.plane import HOME
from city.town.shapes import lines
from city.town.streets import GRID_M

SPEED_MPS: Final = {"primary": 14.0, "secondary": 11.0, "residential": 7.0}
"""Traffic speed by class of street, metres per second: about 50, 40 and 25 km/h."""

_DANGLE_M: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A stretch of street between two junctions, in one direction.

    Attributes:
        start: the junction at which it begins.
        end: the junction at which it ends.
        points: its corners (x, y), metres.
        along_m: distance of each corner from the beginning; the last is the length.
        speed_mps: traffic speed.
        width_m: kerb to kerb.
    """

    start: int
    end: int
    points: tuple[tuple[float, float], ...]
    along_m: tuple[float, ...]
    speed_mps: float
    width_m: float

    @property
    def length_m(self) -> float:
        """Its length."""
        return self.along_m[-1]

    def at(self, along_m: float) -> tuple[float, float, float, float]:
        """The point at this distance from the beginning, and the direction there: x, y, and a unit vector."""
        index = 1
        while index < len(self.along_m) - 1 and self.along_m[index] < along_m:
            index += 1
        (x0, y0), (x1, y1) = self.points[index - 1], self.points[index]
        length = self.along_m[index] - self.along_m[index - 1]
        part = min(1.0, max(0.0, (along_m - self.along_m[index - 1]) / length))
        return x0 + part * (x1 - x0), y0 + part * (y1 - y0), (x1 - x0) / length, (y1 - y0) / length


class StreetGraph:
    """Junctions and the stretches of street between them, each in both directions.

    Args:
        junctions: (x, y) of each, metres.
        edges: all stretches, one for each direction.
    """

    def __init__(self, junctions: Sequence[tuple[float, float]], edges: Sequence[Edge]) -> None:
        self.junctions = tuple(junctions)
        self.leaving: tuple[list[Edge], ...] = tuple([] for _ in junctions)
        for edge in edges:
            self.leaving[edge.start].append(edge)

    def nearest(self, x: float, y: float) -> int:
        """The junction nearest to a point."""
        return min(range(len(self.junctions)), key=lambda index: math.dist(self.junctions[index], (x, y)))

    def route(self, start: int, end: int) -> list[Edge]:
        """The fastest way between two junctions (Dijkstra); empty if they are the same."""
        best = {start: 0.0}
        came_by: dict[int, Edge] = {}
        queue = [(0.0, start)]
        while queue:
            cost, here = heapq.heappop(queue)
            if here == end:
                break
            if cost > best[here]:
                continue
            for edge in self.leaving[here]:
                there = cost + edge.length_m / edge.speed_mps
                if there < best.get(edge.end, math.inf):
                    best[edge.end] = there
                    came_by[edge.end] = edge
                    heapq.heappush(queue, (there, edge.end))
        way: list[Edge] = []
        here = end
        while here != start:
            way.append(came_by[here])
            here = came_by[here].start
        return way[::-1]


def load(city: Path) -> StreetGraph:
    """Read the graph from a city folder.

    Raises:
        CityError: the folder has no usable streets layer.
    """
    file = city / "streets.geojson"
    try:
        features: list[dict[str, Any]] = msgspec.json.decode(file.read_bytes())["features"]
    except (OSError, msgspec.MsgspecError, KeyError, TypeError) as error:
        raise CityError(f"cannot read {file} ({error}); make the city with: python -m city build") from None
    streets = [
        LineString([HOME.metres(lat, lon) for lon, lat in feature["geometry"]["coordinates"]])
        for feature in features
    ]
    return _assemble(streets, [feature["properties"] for feature in features])


def _assemble(streets: list[LineString], properties: list[dict[str, Any]]) -> StreetGraph:
    """Split streets where they meet, and join the pieces at their ends."""
    pieces = lines(shapely.unary_union(streets, grid_size=GRID_M))
    tree = shapely.STRtree(streets)
    nearest = tree.nearest([piece.interpolate(0.5, normalized=True) for piece in pieces])
    ends: dict[tuple[float, float], int] = {}
    uses: dict[tuple[float, float], int] = {}
    for piece in pieces:
        for corner in (piece.coords[0], piece.coords[-1]):
            uses[_key(corner)] = uses.get(_key(corner), 0) + 1
    edges = []
    for piece, origin in zip(pieces, nearest, strict=True):
        start, end = _key(piece.coords[0]), _key(piece.coords[-1])
        if start == end or (piece.length < _DANGLE_M and 1 in (uses[start], uses[end])):
            continue
        first, last = (ends.setdefault(key, len(ends)) for key in (start, end))
        street = properties[int(origin)]
        for begin, finish, points in ((first, last, list(piece.coords)), (last, first, piece.coords[::-1])):
            edges.append(_edge(begin, finish, [(p[0], p[1]) for p in points], street))
    return _connected(list(ends), edges)


def _edge(start: int, end: int, points: list[tuple[float, float]], street: dict[str, Any]) -> Edge:
    along = [0.0]
    for a, b in pairwise(points):
        along.append(along[-1] + math.dist(a, b))
    return Edge(
        start=start,
        end=end,
        points=tuple(points),
        along_m=tuple(along),
        speed_mps=SPEED_MPS.get(street.get("class", ""), SPEED_MPS["residential"]),
        width_m=float(street.get("width_m", 8.0)),
    )


def _connected(junctions: list[tuple[float, float]], edges: list[Edge]) -> StreetGraph:
    """Keep the largest part in which every junction can be reached from every other."""
    neighbours: dict[int, set[int]] = {}
    for edge in edges:
        neighbours.setdefault(edge.start, set()).add(edge.end)
    seen: set[int] = set()
    largest: set[int] = set()
    for junction in neighbours:
        if junction in seen:
            continue
        part, waiting = {junction}, [junction]
        while waiting:
            for other in neighbours[waiting.pop()] - part:
                part.add(other)
                waiting.append(other)
        seen |= part
        largest = max(largest, part, key=len)
    if len(largest) < 2:
        raise CityError("the streets of this city do not meet; make it again with: python -m city build")
    number = {old: new for new, old in enumerate(sorted(largest))}
    kept = [
        replace(edge, start=number[edge.start], end=number[edge.end])
        for edge in edges
        if edge.start in largest
    ]
    return StreetGraph([junctions[old] for old in sorted(largest)], kept)


def _key(corner: tuple[float, ...]) -> tuple[float, float]:
    return round(corner[0], 1), round(corner[1], 1)

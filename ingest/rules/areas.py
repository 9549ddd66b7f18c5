"""Named polygons, and a fast test of which places lie in which polygon.

Each polygon is rasterised once into inner squares and border squares. A place is looked up by its square;
only places in border squares are compared with the polygon itself. `python -m bench rules` measures the rate.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.geojson import Feature, GeoJsonError, read_features
from ingest.errors import RuleError
from ingest.fixes import Floats, Integers

_LONGEST_NAME: Final = 64
_SQUARES_ACROSS: Final = 8
"""Squares across the median polygon (a choice): memory grows with it, exact comparisons shrink."""

_SMALLEST_DEG, _LARGEST_DEG = 1e-4, 1.0
"""Bounds of a square's side, degrees: 11 m, about the accuracy of a fix, and 111 km (a choice)."""

_MAX_SQUARES: Final = 10_000
"""Maximum for one polygon, a memory limit; a larger polygon is compared exactly for each place in its
bounds."""

_MERIDIAN: Final = 180.0
_POLE: Final = 90.0
_COLUMNS: Final = 1 << 23  # more than squares fit around the earth


class Areas:
    """Polygons by name.

    Args:
        names: one each, unique.
        polygons: in WGS-84, x is the longitude.
    """

    def __init__(self, names: tuple[str, ...], polygons: list[Any]) -> None:
        self.names = names
        self._polygons = np.array(polygons)
        shapely.prepare(self._polygons)
        self._boxes = shapely.bounds(self._polygons)
        extent = np.maximum(self._boxes[:, 2] - self._boxes[:, 0], self._boxes[:, 3] - self._boxes[:, 1])
        self._side = float(np.clip(np.median(extent) / _SQUARES_ACROSS, _SMALLEST_DEG, _LARGEST_DEG))
        self._reaches_meridian = bool((np.abs(self._boxes[:, [0, 2]]) == _MERIDIAN).any())
        self._poles = [
            (number, pole)
            for number, (_, south, _, north) in enumerate(self._boxes.tolist())
            for pole in {south, north} & {-_POLE, _POLE}
        ]
        self._large: list[int] = []
        parts = [self._squares(number) for number in range(len(polygons))]
        squares = np.concatenate([part[0] for part in parts])
        order = np.argsort(squares, kind="stable")
        self._squares_known, starts = np.unique(squares[order], return_index=True)
        self._starts = np.append(starts, len(squares))
        numbers = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
        self._areas: Integers = numbers[order]
        self._inside: NDArray[np.bool_] = np.concatenate([part[1] for part in parts])[order]

    @classmethod
    def read(cls, file: Path) -> Areas:
        """Read a GeoJSON file of Polygon and MultiPolygon features with the property `name`.

        Raises:
            RuleError: it cannot be read, or a feature is not a usable area; the text names it.
        """
        try:
            features = read_features(file, kinds=("Polygon", "MultiPolygon"))
        except GeoJsonError as error:
            raise RuleError(str(error)) from None
        found: dict[str, shapely.Geometry] = {}
        for feature in features:
            name = _name(file, feature)
            if name in found:
                raise RuleError(
                    f"{file}: feature {feature.number}: the name {name!r} is used twice; "
                    "give each area its own, or make one MultiPolygon of the two"
                )
            found[name] = feature.geometry
        if not found:
            raise RuleError(f"{file} holds no areas; draw a polygon with a name, or remove the rule")
        return cls(tuple(found), list(found.values()))

    def mark(self, lat: Floats, lon: Floats, held: NDArray[np.int8]) -> None:
        """Set `held` to 1 for each area and place in it; the border belongs to the area.

        Args:
            lat: latitudes of the places, degrees.
            lon: longitudes of the places, degrees.
            held: (areas, places); other elements are left unchanged.
        """
        self._mark(lat, lon, held)
        if self._reaches_meridian:
            (rows,) = np.nonzero(np.abs(lon) == _MERIDIAN)
            if len(rows):  # 180 and -180 are the same place
                beyond = np.zeros((len(held), len(rows)), dtype=np.int8)
                self._mark(lat[rows], -lon[rows], beyond)
                held[:, rows] = np.maximum(held[:, rows], beyond)
        for number, pole in self._poles:  # both are the same longitude
            held[number, lat == pole] = 1

    def _mark(self, lat: Floats, lon: Floats, held: NDArray[np.int8]) -> None:
        if len(self._squares_known):
            square = self._row(lat) * _COLUMNS + self._column(lon)
            found = np.searchsorted(self._squares_known, square)
            known = self._squares_known[np.minimum(found, len(self._squares_known) - 1)] == square
            rows = np.flatnonzero(known)
            first, last = self._starts[found[rows]], self._starts[found[rows] + 1]
            counts = last - first
            places = np.repeat(rows, counts)
            entries = np.arange(len(places)) + np.repeat(first - np.cumsum(counts) + counts, counts)
            areas = self._areas[entries]
            sure = self._inside[entries]
            held[areas[sure], places[sure]] = 1
            self._ask(held, places[~sure], areas[~sure], lat, lon)
        for number in self._large:
            west, south, east, north = self._boxes[number]
            near = np.flatnonzero((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))
            self._ask(held, near, np.full(len(near), number), lat, lon)

    def _ask(
        self, held: NDArray[np.int8], places: Integers, areas: Integers, lat: Floats, lon: Floats
    ) -> None:
        """Compare exactly, one place with one area each."""
        yes = shapely.intersects_xy(self._polygons[areas], lon[places], lat[places])
        held[areas[yes], places[yes]] = 1

    def _squares(self, number: int) -> tuple[Integers, NDArray[np.bool_]]:
        """The squares that a polygon touches, and which of them lie inside it."""
        west, south, east, north = self._boxes[number]
        columns = np.arange(self._column(west), self._column(east) + 1)
        rows = np.arange(self._row(south), self._row(north) + 1)
        if len(columns) * len(rows) > _MAX_SQUARES:
            self._large.append(number)
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.bool_)
        column, row = (part.ravel() for part in np.meshgrid(columns, rows))
        left, bottom = column * self._side - 180, row * self._side - 90
        boxes = shapely.box(left, bottom, left + self._side, bottom + self._side)
        touched = shapely.intersects(self._polygons[number], boxes)
        inside = shapely.covers(self._polygons[number], boxes[touched])
        found: Integers = row[touched] * _COLUMNS + column[touched]
        return found, inside

    def _column(self, lon: Any) -> Any:
        return np.floor((lon + 180) / self._side).astype(np.int64)

    def _row(self, lat: Any) -> Any:
        return np.floor((lat + 90) / self._side).astype(np.int64)


def _name(file: Path, feature: Feature) -> str:
    """The name of an area: a text, or a whole number, as GIS programs number features."""
    name = feature.properties.get("name")
    if isinstance(name, int) and not isinstance(name, bool):
        name = str(name)
    if not isinstance(name, str) or not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
        raise RuleError(
            f"{file}: feature {feature.number}: properties.name is {str(name)[:80]!r}; "
            f"give it as a text of 1 to {_LONGEST_NAME} characters"
        )
    return name

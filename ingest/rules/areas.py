"""Named polygons, and which of them hold which places.

Each polygon is laid over a grid once: squares that lie inside it, and squares that its border crosses. A
place is looked up by its square, and only those near a border are asked for exactly. `python -m bench rules`
measures it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from ingest.errors import RuleError
from ingest.fixes import Floats, Integers

_LONGEST_NAME: Final = 64
_SQUARES_ACROSS: Final = 8  # of a middling polygon
_SMALLEST, _LARGEST = 1e-4, 1.0  # sides of a square, in degrees
_MOST_SQUARES: Final = 10_000  # of one polygon; a larger one is asked for exactly, within its box
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
        self._side = float(np.clip(np.median(extent) / _SQUARES_ACROSS, _SMALLEST, _LARGEST))
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
            RuleError: it cannot be read, or a feature is no usable area; the text names it.
        """
        try:
            features = json.loads(file.read_text(encoding="utf-8"))["features"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RuleError(f"{file} is no GeoJSON FeatureCollection ({error})") from None
        found: dict[str, shapely.Geometry] = {}
        for number, feature in enumerate(features, start=1):
            try:
                name = str(feature["properties"]["name"])
                shape = shapely.from_geojson(json.dumps(feature["geometry"]))
            except (KeyError, TypeError, shapely.GEOSException):
                raise RuleError(f"{file}: feature {number} lacks a name or a usable geometry") from None
            if shape is None or shape.geom_type not in {"Polygon", "MultiPolygon"} or shape.is_empty:
                raise RuleError(f"{file}: feature {number} ({name!r}) is not a polygon")
            if not shape.is_valid:
                why = shapely.is_valid_reason(shape)
                raise RuleError(f"{file}: feature {number} ({name!r}) is not a valid polygon: {why}")
            if name in found or not 1 <= len(name) <= _LONGEST_NAME:
                raise RuleError(f"{file}: feature {number}: the name {name!r} stands twice, or is no name")
            found[name] = shape
        if not found:
            raise RuleError(f"{file} holds no areas")
        return cls(tuple(found), list(found.values()))

    def mark(self, lat: Floats, lon: Floats, held: NDArray[np.int8]) -> None:
        """Set to 1 where an area holds a place; its border belongs to it.

        Args:
            lat: the places, in degrees,
            lon: likewise.
            held: one row an area, one column a place; what is not held is left as it is.
        """
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
        """Ask exactly, one place for one area each."""
        yes = shapely.intersects_xy(self._polygons[areas], lon[places], lat[places])
        held[areas[yes], places[yes]] = 1

    def _squares(self, number: int) -> tuple[Integers, NDArray[np.bool_]]:
        """The squares that a polygon touches, and which of them lie inside it."""
        west, south, east, north = self._boxes[number]
        columns = np.arange(self._column(west), self._column(east) + 1)
        rows = np.arange(self._row(south), self._row(north) + 1)
        if len(columns) * len(rows) > _MOST_SQUARES:
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

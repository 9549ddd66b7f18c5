"""Named polygons, and which of them hold which places.

A raster over all areas sorts out the places that lie in none; for the rest boxes are looked up in a tree
(STRtree), and the few that remain are asked for exactly. `python -m bench rules` measures it; a loop over the
areas' boxes was as fast as the tree for a hundred areas and grows with their number.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from ingest.errors import RuleError
from ingest.fixes import Floats

_LONGEST_NAME = 64
_CELLS = 128
"""Of the raster, along each side."""


class Areas:
    """Polygons by name.

    Args:
        names: one each, unique.
        polygons: in WGS-84, x is the longitude.
    """

    def __init__(self, names: tuple[str, ...], polygons: list[shapely.Geometry]) -> None:
        self.names = names
        self._polygons = np.array(polygons)
        shapely.prepare(self._polygons)
        self._tree = shapely.STRtree(polygons)
        west, south, east, north = shapely.total_bounds(self._polygons)
        self._corner = np.array([west, south])
        self._cell = np.maximum(np.array([east - west, north - south]) / _CELLS, 1e-12)
        self._raster = self._rasterize()

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

    def hold(self, lat: Floats, lon: Floats) -> NDArray[np.bool_]:
        """Which areas hold which places: one row a place, one column an area; the border belongs to it."""
        held = np.zeros((len(lat), len(self.names)), dtype=np.bool_)
        near = np.flatnonzero(self._near(lat, lon))
        found, areas = self._tree.query(shapely.points(lon[near], lat[near]))
        places = near[found]
        exact = shapely.intersects_xy(self._polygons[areas], lon[places], lat[places])
        held[places[exact], areas[exact]] = True
        return held

    def _near(self, lat: Floats, lon: Floats) -> NDArray[np.bool_]:
        """Which places lie in a cell of the raster that an area touches."""
        across = np.floor((lon - self._corner[0]) / self._cell[0])
        up = np.floor((lat - self._corner[1]) / self._cell[1])
        inside = (across >= -1) & (across <= _CELLS) & (up >= -1) & (up <= _CELLS)
        near = np.zeros(len(lat), dtype=np.bool_)
        near[inside] = self._raster[up[inside].astype(np.intp) + 1, across[inside].astype(np.intp) + 1]
        return near

    def _rasterize(self) -> NDArray[np.bool_]:
        """Cells that areas touch, with a cell more on every side; each a little larger than it is."""
        number = np.arange(-1, _CELLS + 1)
        across, up = (part.ravel() for part in np.meshgrid(number, number))
        corners = self._corner + np.column_stack((across, up)) * self._cell
        far, slack = corners + self._cell, self._cell * 1e-6
        low, high = corners - slack, far + slack
        boxes = shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1])
        touched, _ = self._tree.query(boxes, predicate="intersects")
        raster = np.zeros(len(boxes), dtype=np.bool_)
        raster[touched] = True
        return raster.reshape(len(number), len(number))

"""The town as GeoJSON layers, in the form of any city's layers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import shapely
from shapely import LineString, Point, Polygon

from city.town.plane import HOME
from city.town.shapes import only

_DECIMALS = 6
"""Decimals of degrees, about a decimetre; more digits have no meaning."""


def write(file: Path, features: Iterable[Mapping[str, Any]]) -> None:
    """Write one layer, one feature for each line, which makes a diff of two cities readable."""
    encode = msgspec.json.Encoder(decimal_format="number").encode
    lines = b",\n".join(encode(feature) for feature in features)
    file.write_bytes(b'{"type":"FeatureCollection","features":[\n' + lines + b"\n]}\n")


def feature(shape: LineString | Point | Polygon, **properties: Any) -> dict[str, Any]:
    """One GeoJSON feature from a shape on the town's plane; empty properties are left out."""
    return {
        "type": "Feature",
        "properties": {key: value for key, value in properties.items() if value not in ("", None)},
        "geometry": {"type": shape.geom_type, "coordinates": _coordinates(shape)},
    }


def _coordinates(shape: LineString | Point | Polygon) -> Any:
    if isinstance(shape, Point):
        return _degrees(shape.x, shape.y)
    if isinstance(shape, LineString):
        return [_degrees(x, y) for x, y in shape.coords]
    written = _rounded(shape)
    if not written.is_valid:  # rounding may close a narrow gap
        written = only(shapely.set_precision(shapely.make_valid(written), 10.0**-_DECIMALS))
    oriented = shapely.orient_polygons(written)
    return [
        [[round(lon, _DECIMALS), round(lat, _DECIMALS)] for lon, lat in ring.coords]
        for ring in (oriented.exterior, *oriented.interiors)
    ]


def _rounded(shape: Polygon) -> Polygon:
    return Polygon(
        [_degrees(x, y) for x, y in shape.exterior.coords],
        [[_degrees(x, y) for x, y in ring.coords] for ring in shape.interiors],
    )


def _degrees(x: float, y: float) -> list[float]:
    lat, lon = HOME.degrees(x, y)
    return [round(lon, _DECIMALS), round(lat, _DECIMALS)]

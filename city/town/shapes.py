"""Extracts polygons and lines from the result of a geometry operation."""

from __future__ import annotations

import shapely
from shapely import LineString, MultiLineString, Polygon
from shapely.geometry.base import BaseGeometry


def polygons(shape: BaseGeometry) -> list[Polygon]:
    """The polygons of a shape, none of them empty."""
    parts = getattr(shape, "geoms", (shape,))
    return [part for part in parts if isinstance(part, Polygon) and not part.is_empty]


def lines(shape: BaseGeometry) -> list[LineString]:
    """The lines of a shape, none of them empty."""
    parts = getattr(shape, "geoms", (shape,))
    return [part for part in parts if isinstance(part, LineString) and not part.is_empty]


def largest(shape: BaseGeometry) -> Polygon | None:
    """The largest polygon of a shape; None if there is none."""
    return max(polygons(shape), key=lambda part: part.area, default=None)


def only(shape: BaseGeometry) -> Polygon:
    """The largest polygon of a shape that has at least one."""
    return max(polygons(shape), key=lambda part: part.area)


def longest(shape: BaseGeometry) -> LineString:
    """The longest line of a shape, after joining pieces that touch."""
    merged = shapely.line_merge(shape) if isinstance(shape, MultiLineString) else shape
    return max(lines(merged), key=lambda line: line.length)

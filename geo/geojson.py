"""GeoJSON files (RFC 7946) as map programs export them: read and checked, or refused in a sentence.

Accepted are a byte order mark, a single Feature, heights (they are left out), rings in either direction, a
`crs` member that names WGS-84, and polygons that cross the 180th meridian (they are cut there). Refused are
other projections, swapped axes, open rings and rings that cross themselves. A refusal names the file, the
feature (counted from 1), the field, and the remedy. GEOS checks the geometry.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import numpy as np
import shapely
from msgspec import Meta

from geo.antimeridian import PoleError, cut_polygon

_Position = Annotated[list[float], Meta(min_length=2)]
_Ring = Annotated[list[_Position], Meta(min_length=4)]
_Polygon = Annotated[list[_Ring], Meta(min_length=1)]
_COORDINATES: Final[Mapping[str, Any]] = {
    "Point": _Position,
    "LineString": Annotated[list[_Position], Meta(min_length=2)],
    "Polygon": _Polygon,
    "MultiPolygon": Annotated[list[_Polygon], Meta(min_length=1)],
}
_WEST, _SOUTH, _EAST, _NORTH = -180, -90, 180, 90

_DEGREES: Final = re.compile(r"(CRS84h?|EPSG:+(4326|4979|4490))$", re.IGNORECASE)
"""Reference systems whose coordinates are WGS-84's within a metre; 4490 is CGCS2000."""

_IN_DEGREES: Final = "export the layer in WGS-84 (EPSG:4326)"


class GeoJsonError(ValueError):
    """A file cannot be used; the text names the file, the feature (from 1), the field, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One feature of a file.

    Attributes:
        number: counted from 1.
        geometry: valid, two-dimensional, WGS-84, x is the longitude; a polygon that crosses the 180th
            meridian is a MultiPolygon.
        properties: as they stand there; empty where they are null.
    """

    number: int
    geometry: shapely.Geometry
    properties: Mapping[str, Any]


def read_features(file: Path, *, kinds: Collection[str]) -> list[Feature]:
    """All features of a file.

    Args:
        file: a FeatureCollection or one Feature, UTF-8.
        kinds: which of Point, LineString, Polygon and MultiPolygon it may hold.

    Raises:
        GeoJsonError: it cannot be read, or something in it cannot be right.
    """
    document = _document(file)
    _check_reference_system(file, document)
    found = []
    for number, feature in enumerate(_features(file, document), start=1):
        try:
            found.append(_feature(number, feature, kinds))
        except _FieldError as error:
            raise GeoJsonError(f"{file}: feature {number}{_called(feature)}: {error}") from None
    return found


class _FieldError(ValueError):
    """What is wrong with one feature, beginning with the field."""


def _document(file: Path) -> dict[str, Any]:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise GeoJsonError(f"{file} cannot be read ({error.strerror})") from None
    try:
        document = msgspec.json.decode(data.decode("utf-8-sig"))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise GeoJsonError(f"{file} is not JSON in UTF-8 ({error}); export it again as GeoJSON") from None
    if not isinstance(document, dict):
        raise GeoJsonError(f"{file} is not a GeoJSON FeatureCollection; export it again as GeoJSON")
    return document


def _features(file: Path, document: dict[str, Any]) -> list[Any]:
    match document:
        case {"type": "FeatureCollection", "features": list(features)}:
            return features
        case {"type": "Feature"}:
            return [document]
        case _:
            said = str(document.get("type"))[:40]
            raise GeoJsonError(
                f"{file} is not a GeoJSON FeatureCollection (its type is {said}); export it again as GeoJSON"
            )


def _check_reference_system(file: Path, document: dict[str, Any]) -> None:
    """GeoJSON of before 2016 could name one; RFC 7946 knows WGS-84 alone."""
    crs = document.get("crs")
    if crs is None:
        return
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str) or not _DEGREES.search(name):
        said = name if isinstance(name, str) else crs
        raise GeoJsonError(f"{file}: its crs is {str(said)[:80]}; {_IN_DEGREES}")


def _called(feature: Any) -> str:
    """The name of a feature beside its number, where it has one."""
    match feature:
        case {"properties": {"name": str(name)}} if name:
            return f" ({name[:64]!r})"
        case _:
            return ""


def _feature(number: int, feature: Any, kinds: Collection[str]) -> Feature:
    match feature:
        case {"type": "Feature", "geometry": {"type": str(kind)} as geometry}:
            properties = feature.get("properties")
        case {"type": "Feature", "geometry": None}:
            raise _FieldError("geometry: it is null; draw the feature, or leave it out")
        case _:
            raise _FieldError("it is not a GeoJSON Feature with a geometry; export the file again")
    if not isinstance(properties, dict | None):
        raise _FieldError("properties: they are not an object; export the file again")
    if kind not in kinds:
        raise _FieldError(f"geometry.type: {kind[:40]} stands where only {' or '.join(kinds)} can be used")
    try:
        coordinates = msgspec.convert(geometry.get("coordinates"), _COORDINATES[kind])
    except msgspec.ValidationError as error:
        said, _, path = str(error).partition(" - at `$")
        raise _FieldError(f"geometry.coordinates{path.rstrip('`')}: {said}") from None
    return Feature(number=number, geometry=_shape(kind, coordinates, kinds), properties=properties or {})


def _shape(kind: str, coordinates: Any, kinds: Collection[str]) -> shapely.Geometry:
    _check_degrees(coordinates)
    try:
        match kind:
            case "Point":
                return shapely.Point(coordinates[:2])
            case "LineString":
                return _line(coordinates)
            case "Polygon":
                shape = _polygon(coordinates)
            case _:
                parts = [shapely.get_parts(_polygon(part)) for part in coordinates]
                shape = shapely.MultiPolygon(np.concatenate(parts).tolist())
    except (PoleError, shapely.GEOSException) as error:
        raise _FieldError(f"geometry: {error}; mend the outline in your map program") from None
    if not shapely.is_valid(shape):
        why = shapely.is_valid_reason(shape)
        raise _FieldError(f"geometry: it is not valid: {why}; mend the outline in your map program")
    if shape.geom_type not in kinds:
        raise _FieldError("geometry: it crosses the 180th meridian; give the part on each side as a feature")
    return shape


def _check_degrees(coordinates: Any) -> None:
    if isinstance(coordinates[0], list):
        for part in coordinates:
            _check_degrees(part)
        return
    lon, lat = coordinates[:2]
    if _WEST <= lon <= _EAST and _SOUTH <= lat <= _NORTH:
        return
    if _WEST <= lat <= _EAST and _SOUTH <= lon <= _NORTH:
        remedy = "swap the two: the longitude comes first"
    elif _WEST - 180 <= lon <= _EAST + 180 and _SOUTH <= lat <= _NORTH:
        remedy = "give longitudes from -180 to 180, on both sides of the 180th meridian"
    else:
        remedy = _IN_DEGREES
    raise _FieldError(
        f"geometry.coordinates: ({lon:g}, {lat:g}) is not longitude, latitude in degrees; {remedy}"
    )


def _line(coordinates: list[list[float]]) -> shapely.LineString:
    places = np.array([place[:2] for place in coordinates])
    if np.abs(np.diff(places[:, 0])).max() > _EAST:
        raise _FieldError("geometry: it crosses the 180th meridian; give the part on each side as a feature")
    return shapely.LineString(places)


def _polygon(rings: list[list[list[float]]]) -> shapely.Polygon | shapely.MultiPolygon:
    if any(ring[0][:2] != ring[-1][:2] for ring in rings):
        raise _FieldError("geometry.coordinates: a ring must end where it begins; close the outline")
    shell, *holes = ([place[:2] for place in ring] for ring in rings)
    return cut_polygon(shapely.Polygon(shell, holes))

"""The city's own map: a folder of GeoJSON layers, into the database.

The folder holds `streets`, `areas`, `grid`, `components` and `cameras`, each `.geojson`; the structs below
say what a feature of each must have. `docs/simulated-city.md` describes one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from store.connection import Connection
from store.errors import StoreError
from store.queries import load

_SQL = load("city")
_WEST, _SOUTH, _EAST, _NORTH = -180, -90, 180, 90

_Text = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
_District = Annotated[str, Meta(pattern="^[0-9]{6}$")]
_Position = Annotated[list[float], Meta(min_length=2, max_length=3)]
_Line = Annotated[list[_Position], Meta(min_length=2)]
_Ring = Annotated[list[_Position], Meta(min_length=4)]


class CityFileError(StoreError):
    """A layer's file can't be imported; the text names the file, the feature (from 1) and the field."""


class _Point(msgspec.Struct, frozen=True, tag_field="type", tag="Point"):
    coordinates: _Position


class _LineString(msgspec.Struct, frozen=True, tag_field="type", tag="LineString"):
    coordinates: _Line


class _Polygon(msgspec.Struct, frozen=True, tag_field="type", tag="Polygon"):
    coordinates: Annotated[list[_Ring], Meta(min_length=1)]


class _Names(msgspec.Struct, frozen=True, kw_only=True):
    name: _Text | None = None
    name_en: _Text | None = None


class _Street(_Names, frozen=True, kw_only=True):
    class_: _Text = msgspec.field(name="class")
    width_m: Annotated[float, Meta(gt=0, le=500)] | None = None


class _Area(_Names, frozen=True, kw_only=True):
    class_: _Text = msgspec.field(name="class")


class _Cell(msgspec.Struct, frozen=True, kw_only=True):
    code: Annotated[str, Meta(pattern="^[0-9]{14,15}$")]
    district: _District
    name: _Text | None = None


class _Component(_Names, frozen=True, kw_only=True):
    code: Annotated[str, Meta(pattern="^[0-9]{16}$")]
    code_set: _Text
    class_: Annotated[str, Meta(pattern="^[0-9]{4}$")] = msgspec.field(name="class")


class _Camera(_Names, frozen=True, kw_only=True):
    camera: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00]*$")]
    district: _District
    heading_deg: Annotated[float, Meta(ge=0, le=360)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    """How one layer is read and stored.

    Attributes:
        geometry: the one kind that it may hold.
        properties: what its features say; further properties are left alone.
        key: the property that no two features may share.
        stored: the properties in the order in which its queries take them.
    """

    geometry: type[msgspec.Struct]
    properties: type[msgspec.Struct]
    key: str | None
    stored: tuple[str, ...]


_LAYERS: Final[Mapping[str, _Layer]] = {
    "streets": _Layer(
        geometry=_LineString, properties=_Street, key=None, stored=("name", "name_en", "class_", "width_m")
    ),
    "areas": _Layer(geometry=_Polygon, properties=_Area, key=None, stored=("name", "name_en", "class_")),
    "grid": _Layer(geometry=_Polygon, properties=_Cell, key="code", stored=("code", "district", "name")),
    "components": _Layer(
        geometry=_Point,
        properties=_Component,
        key="code",
        stored=("code", "code_set", "class_", "name", "name_en"),
    ),
    "cameras": _Layer(
        geometry=_Point,
        properties=_Camera,
        key="camera",
        stored=("camera", "district", "name", "name_en", "heading_deg"),
    ),
}


async def import_city(connection: Connection, folder: Path) -> dict[str, int]:
    """Replace the city's layers by those in a folder: `{layer}.geojson`, RFC 7946, WGS-84.

    All layers are read and checked before anything is changed, and they are changed in one transaction, so
    that maps see the old city or the new one.

    Args:
        connection: not in a transaction.
        folder: with a file for each of streets, areas, grid, components and cameras.

    Returns:
        How many features each layer has now.

    Raises:
        CityFileError: a file is missing or wrong; nothing has changed then.
    """
    read = {name: _read(folder / f"{name}.geojson", layer) for name, layer in _LAYERS.items()}
    async with connection.transaction():
        await connection.execute(_SQL["lock_city"])
        for name, layer in _LAYERS.items():
            features = read[name]
            shapes = [msgspec.json.encode(feature.geometry).decode() for feature in features]
            if layer.geometry is _Polygon:
                wrong = await connection.fetchrow(_SQL["first_wrong_polygon"], shapes)
                if wrong is not None:
                    number, why = wrong
                    raise CityFileError(f"{folder / name}.geojson: feature {number}: geometry: {why}")
            await connection.execute(_SQL[f"clear_{name}"])
            await connection.execute(
                _SQL[f"add_{name}"],
                *([getattr(feature.properties, field) for feature in features] for field in layer.stored),
                shapes,
            )
            await connection.execute(_SQL["layer_is_imported"], name)
    return {name: len(features) for name, features in read.items()}


def _read(file: Path, layer: _Layer) -> list[Any]:
    """All features of a layer's file, checked."""
    kind: Any = msgspec.defstruct(
        "Feature",
        [("type", Literal["Feature"]), ("geometry", layer.geometry), ("properties", layer.properties)],
        frozen=True,
    )
    collection: Any = msgspec.defstruct(
        "Collection", [("type", Literal["FeatureCollection"]), ("features", list[kind])], frozen=True
    )
    try:
        found = msgspec.json.decode(file.read_bytes(), type=collection).features
    except OSError as error:
        raise CityFileError(
            f"{file} cannot be read ({error.strerror}); a city's folder holds "
            + ", ".join(f"{name}.geojson" for name in _LAYERS)
        ) from None
    except msgspec.ValidationError as error:
        raise CityFileError(_sentence(file, str(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CityFileError(f"{file} is not JSON ({error}); export the layer again as GeoJSON") from None
    for number, feature in enumerate(found, start=1):
        problem = _misplaced(feature.geometry.coordinates) or _open_ring(feature.geometry)
        if problem is not None:
            raise CityFileError(f"{file}: feature {number}: geometry.coordinates: {problem}")
    if layer.key is not None:
        _refuse_twice(file, layer.key, [getattr(feature.properties, layer.key) for feature in found])
    return list(found)


def _sentence(file: Path, error: str) -> str:
    """What msgspec says of a path such as `$.features[3].properties.code`, as one says it of a layer."""
    said, _, path = error.partition(" - at `$")
    match = re.fullmatch(r"\.features\[(\d+)\]\.?(.*)`", path)
    if match is None:
        return f"{file} is not a GeoJSON FeatureCollection ({error}); export the layer again"
    field = f"{match[2]}: " if match[2] else ""
    return f"{file}: feature {int(match[1]) + 1}: {field}{said}"


def _misplaced(coordinates: Any) -> str | None:
    """What is wrong with coordinates as degrees, if anything."""
    if isinstance(coordinates[0], list):
        problems = (_misplaced(part) for part in coordinates)
        return next((problem for problem in problems if problem is not None), None)
    lon, lat = coordinates[:2]
    if _WEST <= lon <= _EAST and _SOUTH <= lat <= _NORTH:
        return None
    return f"({lon:g}, {lat:g}) is not longitude, latitude in degrees; export the layer in WGS-84 (EPSG:4326)"


def _open_ring(geometry: msgspec.Struct) -> str | None:
    if isinstance(geometry, _Polygon) and any(ring[0] != ring[-1] for ring in geometry.coordinates):
        return "a ring must end where it begins"
    return None


def _refuse_twice(file: Path, key: str, values: list[str]) -> None:
    value, times = next(iter(Counter(values).most_common(1)), ("", 0))
    if times > 1:
        number = len(values) - values[::-1].index(value)
        raise CityFileError(f"{file}: feature {number}: properties.{key}: {value} stands there already")

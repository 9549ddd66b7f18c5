"""Imports the city's own map, a folder of GeoJSON layers, into the database.

The folder contains `streets`, `areas`, `grid`, `components` and `cameras`, each `.geojson`; the structs below
define the properties of their features. `docs/simulated-city.md` describes an example.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import shapely
from msgspec import Meta

from geo.geojson import Feature, GeoJsonError, read_features
from store.connection import Connection
from store.errors import StoreError
from store.queries import load

_SQL = load("city")

_Text = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
_District = Annotated[str, Meta(pattern="^[0-9]{6}$")]


class CityFileError(StoreError):
    """A layer's file can't be imported; the text names the file, the feature (from 1) and the field."""


class _Names(msgspec.Struct, frozen=True, kw_only=True):
    name: _Text | None = None
    name_en: _Text | None = None


class _Street(_Names, frozen=True, kw_only=True):
    class_: _Text = msgspec.field(name="class")
    width_m: Annotated[float, Meta(gt=0, le=500)] | None = None


class _Area(_Names, frozen=True, kw_only=True):
    class_: _Text = msgspec.field(name="class")


class _Cell(msgspec.Struct, frozen=True, kw_only=True):
    code: Annotated[str, Meta(pattern="^[0-9]{14,16}$")]
    district: _District
    name: _Text | None = None


class _Component(_Names, frozen=True, kw_only=True):
    code: Annotated[str, Meta(pattern="^[0-9]{16}$")]
    code_set: _Text
    class_: Annotated[str, Meta(pattern="^[0-9]{2,6}$")] = msgspec.field(name="class")
    owner: _Text | None = None


class _Camera(_Names, frozen=True, kw_only=True):
    camera: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00]*$")]
    district: _District
    heading_deg: Annotated[float, Meta(ge=0, le=360)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    """How one layer is read and stored.

    Attributes:
        geometry: the geometry type that it must have, as GeoJSON names it.
        properties: the properties of its features; others are ignored.
        key: the property that must be unique.
        stored: the properties in the order of the query's arguments.
    """

    geometry: str
    properties: type[msgspec.Struct]
    key: str | None
    stored: tuple[str, ...]


_LAYERS: Final[Mapping[str, _Layer]] = {
    "streets": _Layer(
        geometry="LineString", properties=_Street, key=None, stored=("name", "name_en", "class_", "width_m")
    ),
    "areas": _Layer(geometry="Polygon", properties=_Area, key=None, stored=("name", "name_en", "class_")),
    "grid": _Layer(geometry="Polygon", properties=_Cell, key="code", stored=("code", "district", "name")),
    "components": _Layer(
        geometry="Point",
        properties=_Component,
        key="code",
        stored=("code", "code_set", "class_", "name", "name_en", "owner"),
    ),
    "cameras": _Layer(
        geometry="Point",
        properties=_Camera,
        key="camera",
        stored=("camera", "district", "name", "name_en", "heading_deg"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One feature: its geometry as GeoJSON, and the struct of its properties."""

    shape: str
    properties: Any


async def import_city(connection: Connection, folder: Path) -> dict[str, int]:
    """Replace the city's layers by those in a folder: `{layer}.geojson`, RFC 7946, WGS-84.

    All layers are read and checked before anything is changed. They are changed in one transaction, so maps
    show either the old city or the new one.

    Args:
        connection: not in a transaction.
        folder: with a file for each of streets, areas, grid, components and cameras.

    Returns:
        The number of features of each layer.

    Raises:
        CityFileError: a file is missing or wrong; nothing was changed.
    """
    layers = [f"{name}.geojson" for name in _LAYERS]
    for file in layers:
        if not (folder / file).is_file():
            raise CityFileError(
                f"{folder / file} cannot be read; a city's folder contains {', '.join(layers)}"
            )
    read = {name: _read(folder / f"{name}.geojson", layer) for name, layer in _LAYERS.items()}
    async with connection.transaction():
        await connection.execute(_SQL["lock_city"])
        for name, layer in _LAYERS.items():
            rows = read[name]
            await connection.execute(_SQL[f"clear_{name}"])
            await connection.execute(
                _SQL[f"add_{name}"],
                *([getattr(row.properties, field) for row in rows] for field in layer.stored),
                [row.shape for row in rows],
            )
            await connection.execute(_SQL["layer_is_imported"], name)
    return {name: len(rows) for name, rows in read.items()}


def _read(file: Path, layer: _Layer) -> list[_Row]:
    """All features of a layer's file, checked."""
    try:
        features = read_features(file, kinds=(layer.geometry,))
    except GeoJsonError as error:
        raise CityFileError(str(error)) from None
    found = [
        _Row(shape=shapely.to_geojson(feature.geometry), properties=_properties(file, feature, layer))
        for feature in features
    ]
    if layer.key is not None:
        _refuse_twice(file, layer.key, [getattr(row.properties, layer.key) for row in found])
    return found


def _properties(file: Path, feature: Feature, layer: _Layer) -> Any:
    try:
        return msgspec.convert(feature.properties, layer.properties)
    except msgspec.ValidationError as error:
        said, _, path = str(error).partition(" - at `$")
        field = f"properties{path.rstrip('`')}"
        raise CityFileError(f"{file}: feature {feature.number}: {field}: {said}") from None


def _refuse_twice(file: Path, key: str, values: list[str]) -> None:
    value, times = next(iter(Counter(values).most_common(1)), ("", 0))
    if times > 1:
        number = len(values) - values[::-1].index(value)
        raise CityFileError(f"{file}: feature {number}: properties.{key}: {value} is used twice")

"""The API's answers about the city's map and its cameras."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final, Literal

from msgspec import Struct

from center.models import Time


class LayerName(StrEnum):
    """The layers of the city's own map."""

    STREETS = "streets"
    AREAS = "areas"
    GRID = "grid"
    CAMERAS = "cameras"
    COMPONENTS = "components"


class Camera(Struct, frozen=True, kw_only=True):
    """A camera.

    Attributes:
        heading_deg: its viewing direction, degrees clockwise from north.
        still_at: when its newest still was taken; null without one.
        state: its state in its box's last status, such as `watching`; `offline` if the box is offline.
    """

    camera: str
    district: str
    name: str | None
    name_en: str | None
    lat: float
    lon: float
    heading_deg: float | None
    still_at: Time | None
    state: str | None


class CameraList(Struct, frozen=True, kw_only=True):
    """All cameras."""

    cameras: list[Camera]


class Geometry(Struct, frozen=True, kw_only=True):
    """A GeoJSON geometry."""

    type: Literal["Point", "LineString", "Polygon"]
    coordinates: list[Any]


class Feature(Struct, frozen=True, kw_only=True):
    """A GeoJSON feature.

    Attributes:
        properties: streets: name, name_en, class, width_m; areas: class (block, building, park, water,
            plaza), name, name_en; grid: code, district, name; cameras: camera, district, name, name_en,
            heading_deg; components: code, code_set, class, name, name_en.
    """

    type: Literal["Feature"]
    geometry: Geometry
    properties: dict[str, str | float | None]


class FeatureCollection(Struct, frozen=True, kw_only=True):
    """A layer, GeoJSON (RFC 7946)."""

    type: Literal["FeatureCollection"]
    features: list[Feature]


STRUCTS: Final = (
    CameraList,
    FeatureCollection,
)
"""What OpenAPI describes."""

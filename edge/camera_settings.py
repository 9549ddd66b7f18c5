"""The settings of a camera: its source, covers, zones and ground; a part of `edge.settings`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from wire.messages import ComponentCode, Latitude, Longitude

_END = r"(?![\s\S])"
_PLACE = rf"^[A-Za-z0-9][A-Za-z0-9_.-]{{0,47}}{_END}"

USUAL_DWELL_S: Final[Mapping[str, float]] = MappingProxyType({"stall": 60.0, "goods": 60.0, "vehicle": 180.0})
"""Seconds; longer than the stop of a bus, of a taxi that lets a passenger out, or of a turning van."""

Point = tuple[float, float]
PlaceId = Annotated[
    str,
    Meta(
        pattern=_PLACE,
        description="Its name: 1 to 48 letters, digits, '_', '.' or '-', unique within its camera.",
    ),
]
Outline = Annotated[
    tuple[Point, ...],
    Meta(description="Corners [x, y] in pixels of the camera's full picture, at least three."),
]


class Cover(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A manhole cover in a camera's picture. Give its outline as `polygon_px` or as `ellipse_px`."""

    id: PlaceId
    component: Annotated[ComponentCode, Meta(description="Its 16-digit component code.")] | None = None
    lat: Latitude | None = None
    lon: Longitude | None = None
    polygon_px: Outline = ()
    ellipse_px: (
        Annotated[
            tuple[float, ...],
            Meta(
                min_length=4,
                max_length=5,
                description="Centre x and y, full width and height in pixels, and the rotation in degrees.",
            ),
        ]
        | None
    ) = None


class Zone(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An area of ground in a camera's picture in which nothing may be left."""

    id: PlaceId
    detects: Annotated[Literal["stall", "goods", "vehicle"], Meta(description="What the zone detects.")]
    dwell_s: (
        Annotated[
            float,
            Meta(
                ge=2,
                le=86_400,
                description="Seconds that an object must have stayed before it counts; by default 60, for "
                "vehicles 180.",
            ),
        ]
        | None
    ) = None
    size_m: (
        Annotated[
            tuple[float, float],
            Meta(
                description="Smallest and largest width that counts, metres: the width of the object's "
                "box at its foot, on the ground. Needs the camera's `ground`. Default: any; for vehicles "
                "1.2 to 15 and 1.5 high, if the camera has a `ground`.",
            ),
        ]
        | None
    ) = None
    allowed: Annotated[
        tuple[str, ...],
        Meta(
            description="Hours in which objects may stay there, such as `06:00-09:00` or "
            "`Mon-Fri 22:00-24:00`, in the box's `time_zone`; the dwell of an object that is still there "
            "begins when they end. Default: none."
        ),
    ] = ()
    lat: Latitude | None = None
    lon: Longitude | None = None
    polygon_px: Outline

    @property
    def stay_s(self) -> float:
        """`dwell_s`, or the default for what the zone detects, seconds."""
        return self.dwell_s if self.dwell_s is not None else USUAL_DWELL_S[self.detects]


class GroundPoint(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A point of the ground whose pixel and place are both known. Give `lat` and `lon`, or `m`."""

    px: Annotated[Point, Meta(description="[x, y] in pixels of the camera's full picture.")]
    lat: Latitude | None = None
    lon: Longitude | None = None
    m: (
        Annotated[Point, Meta(description="[x, y] in metres from any origin, the same one for all points.")]
        | None
    ) = None


class Camera(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One camera of this box."""

    id: PlaceId
    source: Annotated[
        str,
        Meta(
            min_length=1,
            description="The address of its pictures: rtsp://user:password@host/path, file:clip.mp4 "
            "(relative to this file's folder), or mqtt: for JPEG frames on its own topic.",
        ),
    ]
    lat: Latitude
    lon: Longitude
    loop: Annotated[bool, Meta(description="Whether a file starts again when it ends.")] = False
    transport: Annotated[Literal["tcp", "udp"], Meta(description="The transport of RTSP.")] = "tcp"
    size_px: (
        Annotated[
            tuple[int, int],
            Meta(description="Columns and rows of its picture; if given, outlines are checked at the start."),
        ]
        | None
    ) = None
    ground: Annotated[
        tuple[GroundPoint, ...],
        Meta(
            description="Its calibration: 4 to 16 points of flat ground, all with `lat` and `lon`, or all "
            "with `m`. It makes sizes metres; with `lat` and `lon`, findings get the place of the object."
        ),
    ] = ()
    cover: tuple[Cover, ...] = ()
    zone: tuple[Zone, ...] = ()

"""Checks of the settings beyond their types: unique ids, outlines inside the picture."""

from __future__ import annotations

import math
from collections.abc import Iterable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from detectors.errors import DetectorError
from detectors.ground import Ground, SizeLimits
from detectors.hours import Hours
from detectors.left_object.least_size import too_small
from detectors.left_object.settings import LeftObjectSettings
from detectors.places import VEHICLE_HEIGHT_M, VEHICLE_WIDTH_M, CoverPlace, Polygon, Purpose, ellipse, polygon
from detectors.places import Zone as ZonePlace
from edge.calibration import ground_of
from edge.camera_settings import Camera, Cover, Zone
from edge.errors import LayoutError
from edge.settings import Settings
from program.errors import SettingsError
from program.redaction import public_address

_SOURCES = ("file:", "rtsp://", "rtsps://", "mqtt:")
_MARGIN_PX = 20.0
_MARGIN = 0.05
"""Pixels that an outline may reach beyond the picture, because ground does; there it is clipped."""


def check(settings: Settings) -> None:
    """Refuse settings that cannot work.

    Raises:
        SettingsError: names the camera and the cover or zone.
    """
    for key, value in (("id", settings.box.id), ("district", settings.box.district)):
        if not value:
            raise SettingsError(
                f"box.{key} is missing; set it under [box], or set STREETWARDEN_EDGE_BOX_{key.upper()}"
            )
    _refuse_twice(
        (camera.id for camera in settings.camera), "two cameras have the id {!r}; give each its own"
    )
    for camera in settings.camera:
        _check_source(camera)
        where = f"camera {camera.id!r}"
        _refuse_twice(
            [*(cover.id for cover in camera.cover), *(zone.id for zone in camera.zone)],
            where + ": two covers or zones have the id {!r}; give each its own",
        )
        places: tuple[Cover | Zone, ...] = (*camera.cover, *camera.zone)
        for place in places:
            if (place.lat is None) is not (place.lon is None):
                raise SettingsError(
                    f"{where}: {place.id!r} has only one of lat and lon; give both, or neither"
                )
        try:
            covers_and_zones(camera, camera.size_px, settings.box.time_zone)
        except LayoutError as error:
            raise SettingsError(f"{where}: {error}") from None


def covers_and_zones(
    camera: Camera, frame_px: tuple[int, int] | None, time_zone: str = ""
) -> tuple[list[CoverPlace], list[ZonePlace]]:
    """A camera's covers and zones in the form that the detectors take.

    Args:
        camera: the camera.
        frame_px: columns and rows of its picture, if known.
        time_zone: of the hours of its zones; needed if a zone has hours.

    Raises:
        LayoutError: an outline is malformed or outside the picture, or a calibration or hours are malformed.
    """
    ground = ground_of(camera)
    covers = [CoverPlace(id=cover.id, outline=_outline(cover, frame_px)) for cover in camera.cover]
    return covers, [
        ZonePlace(
            id=zone.id,
            outline=(outline := _outline(zone, frame_px)),
            purpose=Purpose(zone.detects),
            dwell_s=zone.stay_s,
            allowed=_hours(zone, time_zone),
            size=_size(zone, outline, ground),
        )
        for zone in camera.zone
    ]


def unseen_sizes(camera: Camera, zones: Iterable[ZonePlace], frame_px: tuple[int, int]) -> list[str]:
    """For each zone whose far end is too small in the picture, a sentence that says so.

    Args:
        camera: the camera; without a `ground` no size is known.
        zones: its zones, from `covers_and_zones`.
        frame_px: columns and rows of its picture.
    """
    ground, limits = ground_of(camera), LeftObjectSettings()
    found = (too_small(zone, frame_px, ground, limits) for zone in zones)
    return [one for one in found if one is not None]


def clock_zone(name: str) -> ZoneInfo:
    """The box's time zone.

    Raises:
        LayoutError: the time zone is unknown on this machine.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise LayoutError(f"box.time_zone {name!r} is unknown; use one such as Asia/Shanghai") from None


def _hours(zone: Zone, time_zone: str) -> Hours | None:
    if not zone.allowed:
        return None
    if not time_zone:
        raise LayoutError(
            f"zone {zone.id!r} has allowed hours, but no time zone is set for them; set time_zone under [box]"
        )
    try:
        return Hours.parse(zone.allowed, clock_zone(time_zone))
    except DetectorError as error:
        raise LayoutError(f"zone {zone.id!r}: allowed: {error}") from None


def _size(zone: Zone, outline: Polygon, ground: Ground | None) -> SizeLimits | None:
    """The sizes that count in a zone; the setting overrides the default."""
    if ground is None:
        if zone.size_m is not None:
            raise LayoutError(
                f"zone {zone.id!r} has size_m, but the camera has no `ground` to measure with; mark four "
                "points of the ground, or leave size_m out"
            )
    elif np.isnan(ground.metres(outline.tolist())).any():
        raise LayoutError(
            f"zone {zone.id!r} reaches the horizon of the camera's `ground`; draw it along the ground, or "
            "check the points"
        )
    elif zone.size_m is not None or zone.detects == "vehicle":
        min_m, max_m = zone.size_m or VEHICLE_WIDTH_M
        min_height_m = VEHICLE_HEIGHT_M if zone.size_m is None else 0.0
        try:
            return SizeLimits(ground=ground, min_m=min_m, max_m=max_m, min_height_m=min_height_m)
        except DetectorError as error:
            raise LayoutError(f"zone {zone.id!r}: size_m: {error}") from None
    return None


def _outline(place: Cover | Zone, frame_px: tuple[int, int] | None) -> Polygon:
    kind = "cover" if isinstance(place, Cover) else "zone"
    shape = place.ellipse_px if isinstance(place, Cover) else None
    if (shape is None) is (not place.polygon_px):
        raise LayoutError(f"{kind} {place.id!r} needs an outline, as polygon_px or as ellipse_px, not both")
    try:
        outline = ellipse(*shape) if shape is not None else polygon(place.polygon_px)
    except DetectorError as error:
        raise LayoutError(f"{kind} {place.id!r}: {error}") from None
    right, down = frame_px or (math.inf, math.inf)
    beyond = max(_MARGIN_PX, _MARGIN * min(right, down)) if frame_px is not None else _MARGIN_PX
    for x, y in outline.tolist():
        if not (-beyond <= x <= right + beyond and -beyond <= y <= down + beyond):
            size = f" of {right} x {down} pixels" if frame_px is not None else ""
            raise LayoutError(
                f"{kind} {place.id!r} reaches ({x:.0f}, {y:.0f}), outside the picture{size}; "
                "draw it within the camera's full picture"
            )
    return np.clip(outline, 0, np.array([right, down], np.float32))


def _check_source(camera: Camera) -> None:
    if not camera.source.startswith(_SOURCES) or camera.source in _SOURCES[:3]:
        raise SettingsError(
            f"camera {camera.id!r}: source {public_address(camera.source)!r} has no known scheme; give "
            "file:PATH, rtsp://HOST/PATH or mqtt:"
        )
    if ("://" in camera.source and not camera.source.isprintable()) or set(" \"'<>") & set(camera.source):
        raise SettingsError(
            f"camera {camera.id!r}: its source contains a space, a quote or a control character; write it "
            "percent-encoded, such as %20"
        )


def _refuse_twice(ids: Iterable[str], text: str) -> None:
    seen: set[str] = set()
    for identity in ids:
        if identity in seen:
            raise SettingsError(text.format(identity))
        seen.add(identity)

"""What the types of the settings cannot say: ids that must differ, outlines that must lie in the picture."""

from __future__ import annotations

from collections.abc import Iterable

from detectors.errors import DetectorError
from detectors.places import CoverPlace, Polygon, Purpose, ellipse, polygon
from detectors.places import Zone as ZonePlace
from edge.errors import LayoutError
from edge.settings import Camera, Cover, Settings, Zone
from program.errors import SettingsError

_SOURCES = ("file:", "rtsp://", "rtsps://", "mqtt:")
_MARGIN_PX = 1.0


def check(settings: Settings) -> None:
    """Refuse settings with which no box can work.

    Raises:
        SettingsError: naming the camera and the cover or zone.
    """
    for key, value in (("id", settings.box.id), ("district", settings.box.district)):
        if not value:
            raise SettingsError(
                f"box.{key} is not given; write it under [box], or set STREETWARDEN_EDGE_BOX_{key.upper()}"
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
        try:
            covers_and_zones(camera, camera.size_px)
        except LayoutError as error:
            raise SettingsError(f"{where}: {error}") from None


def covers_and_zones(
    camera: Camera, frame_px: tuple[int, int] | None
) -> tuple[list[CoverPlace], list[ZonePlace]]:
    """A camera's places as the detectors take them.

    Args:
        camera: the camera.
        frame_px: columns and rows of its picture, once they are known.

    Raises:
        LayoutError: an outline that is none, or lies outside the picture.
    """
    covers = [CoverPlace(id=cover.id, outline=_outline(cover, frame_px)) for cover in camera.cover]
    zones = [
        ZonePlace(
            id=zone.id, outline=_outline(zone, frame_px), purpose=Purpose(zone.detects), dwell_s=zone.dwell_s
        )
        for zone in camera.zone
    ]
    return covers, zones


def _outline(place: Cover | Zone, frame_px: tuple[int, int] | None) -> Polygon:
    kind = "cover" if isinstance(place, Cover) else "zone"
    shape = place.ellipse_px if isinstance(place, Cover) else None
    if (shape is None) is (not place.polygon_px):
        raise LayoutError(f"{kind} {place.id!r} needs its outline, as polygon_px or as ellipse_px, not both")
    try:
        outline = ellipse(*shape) if shape is not None else polygon(place.polygon_px)
    except DetectorError as error:
        raise LayoutError(f"{kind} {place.id!r}: {error}") from None
    for x, y in outline.tolist():
        beyond = frame_px is not None and (x > frame_px[0] + _MARGIN_PX or y > frame_px[1] + _MARGIN_PX)
        if x < -_MARGIN_PX or y < -_MARGIN_PX or beyond:
            size = f"of {frame_px[0]} x {frame_px[1]} pixels" if frame_px is not None else ""
            raise LayoutError(
                f"{kind} {place.id!r} reaches ({x:.0f}, {y:.0f}), outside the picture {size}".rstrip()
                + "; draw it within the camera's full picture"
            )
    return outline


def _check_source(camera: Camera) -> None:
    if not camera.source.startswith(_SOURCES) or camera.source in _SOURCES[:3]:
        raise SettingsError(
            f"camera {camera.id!r}: source {camera.source.split('@')[-1]!r} is none that is known; give "
            "file:PATH, rtsp://HOST/PATH or mqtt:"
        )


def _refuse_twice(ids: Iterable[str], text: str) -> None:
    seen: set[str] = set()
    for identity in ids:
        if identity in seen:
            raise SettingsError(text.format(identity))
        seen.add(identity)

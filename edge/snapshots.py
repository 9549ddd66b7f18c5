"""Saves two pictures of each camera for the installer: a plain one, and one with covers and zones."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.ground import Ground
from detectors.look import Image
from detectors.places import CoverPlace, Zone
from edge.calibration import ground_of
from edge.camera_settings import Camera
from edge.checks import covers_and_zones, unseen_sizes
from edge.errors import LayoutError, SourceError
from edge.settings import Settings
from edge.sources.video import Video
from edge.worker import Heartbeat

_COVER: Final = (60, 200, 60)
_ZONE: Final = (40, 160, 250)
_GRID: Final = (230, 200, 120)
_GRID_STEPS_M: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
_GRID_LINES: Final = 16


def take_snapshots(settings: Settings, videos: Mapping[str, Video], folder: Path) -> Iterator[str]:
    """Write `{camera}.png`, and `{camera}-marked.png` with covers and zones; yields a line about each."""
    folder.mkdir(parents=True, exist_ok=True)
    for camera in settings.camera:
        video = videos.get(camera.id)
        if video is None:
            yield f"{camera.id}: sends its own frames over MQTT; save one of them"
            continue
        try:
            image = next(video.frames(Heartbeat(time.monotonic))).image()
        except (SourceError, StopIteration) as error:
            yield f"{camera.id}: no picture: {error}"
            continue
        rows, columns = image.shape[:2]
        plain = folder / f"{camera.id}.png"
        cv2.imwrite(str(plain), image)
        yield f"{camera.id}: {columns} x {rows} pixels, {plain}"
        try:
            covers, zones = covers_and_zones(camera, (columns, rows), settings.box.time_zone)
            marked = _marked(camera, image, covers, zones)
        except LayoutError as error:
            yield f"{camera.id}: {error}"
        else:
            cv2.imwrite(str(folder / f"{camera.id}-marked.png"), marked)
            for text in unseen_sizes(camera, zones, (columns, rows)):
                yield f"{camera.id}: {text}"


def _marked(camera: Camera, image: Image, covers: Sequence[CoverPlace], zones: Sequence[Zone]) -> Image:
    drawn = image.copy()
    ground = ground_of(camera)
    if ground is not None:
        _draw_metres(drawn, ground, np.array([point.px for point in camera.ground]))
    for zone in zones:
        _draw(drawn, zone)
    for cover in covers:
        _draw(drawn, cover)
    return drawn


def _draw(image: Image, place: CoverPlace | Zone) -> None:
    colour = _COVER if isinstance(place, CoverPlace) else _ZONE
    corners = np.round(place.outline).astype(np.int32)
    thick = max(1, image.shape[1] // 640)
    cv2.polylines(image, [corners], isClosed=True, color=colour, thickness=thick, lineType=cv2.LINE_AA)
    left, top = corners.min(axis=0).tolist()
    where = (left, max(14, top - 4))
    cv2.putText(image, place.id, where, cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, thick, cv2.LINE_AA)


def _draw_metres(image: Image, ground: Ground, marked: NDArray[np.float64]) -> None:
    """A grid on the ground between the marked points, in whole metres; it must line up with the paving."""
    metres = ground.metres(marked.tolist())
    low, high = metres.min(axis=0), metres.max(axis=0)
    step_m = next((s for s in _GRID_STEPS_M if (high - low).max() / s <= _GRID_LINES), _GRID_STEPS_M[-1])
    back = np.linalg.inv(ground.matrix)
    for axis in (0, 1):
        for at_m in np.arange(np.ceil(low[axis] / step_m) * step_m, high[axis], step_m):
            ends = np.array([low, high])
            ends[:, axis] = at_m
            flat = np.column_stack([ends, np.ones(2)]) @ back.T
            one, other = np.round(flat[:, :2] / flat[:, 2:]).astype(int).tolist()
            cv2.line(image, one, other, _GRID, 1, cv2.LINE_AA)
    for number, point in enumerate(np.round(marked).astype(int).tolist(), start=1):
        cv2.drawMarker(image, point, _GRID, cv2.MARKER_CROSS, 14, 2)
        beside = (point[0] + 6, point[1] - 6)
        cv2.putText(image, f"{number}", beside, cv2.FONT_HERSHEY_SIMPLEX, 0.5, _GRID, 1, cv2.LINE_AA)
    where = (8, image.shape[0] - 8)
    cv2.putText(image, f"grid {step_m:g} m", where, cv2.FONT_HERSHEY_SIMPLEX, 0.5, _GRID, 1, cv2.LINE_AA)

"""A filmed street at other sizes of the picture: the same clip scaled and coded again, its outlines too."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import msgspec

from detectors.cover.settings import CoverSettings
from edge.camera_settings import Camera, Cover, Zone

SIZES: Final = ("320x240", "640x480", "1280x720", "1920x1080")
_CODING: Final = {"preset": "superfast", "crf": "23", "threads": "1"}
_FRAMES_PER_S: Final = 25
_KEYFRAME_FRAMES: Final = 50


def size_of(name: str) -> tuple[int, int]:
    """Columns and rows of a size such as `640x480`."""
    columns, _, rows = name.partition("x")
    return int(columns), int(rows)


def scaled_clip(clip: Path, size_px: tuple[int, int]) -> Path:
    """The clip at another size, beside it; made once and kept."""
    columns, rows = size_px
    kept = clip.with_name(f"{clip.stem}-{columns}x{rows}.mp4")
    if kept.exists():
        return kept
    draft = kept.with_suffix(".draft.mp4")
    with av.open(str(clip)) as source, av.open(str(draft), "w") as target:
        stream = target.add_stream(
            "libx264",
            rate=_FRAMES_PER_S,
            options=_CODING
            | {"x264-params": f"keyint={_KEYFRAME_FRAMES}:min-keyint={_KEYFRAME_FRAMES}:scenecut=0"},
        )
        stream.width, stream.height, stream.pix_fmt = columns, rows, "yuv420p"
        stream.time_base = Fraction(1, _FRAMES_PER_S)
        for index, frame in enumerate(source.decode(video=0)):
            planes = frame.reformat(width=columns, height=rows, format="yuv420p").to_ndarray()
            scaled = av.VideoFrame.from_ndarray(planes, format="yuv420p")  # without the times of the source
            scaled.pts = index
            target.mux(stream.encode(scaled))
        target.mux(stream.encode())
    draft.rename(kept)
    return kept


def scaled_camera(
    camera: Camera, from_px: tuple[int, int], to_px: tuple[int, int], dwell_s: float | None
) -> Camera:
    """The camera with its outlines at another size; covers that become too narrow are left out.

    Args:
        camera: its settings.
        from_px: columns and rows of its picture.
        to_px: columns and rows wanted.
        dwell_s: dwell of all its zones, seconds; None leaves each its own.
    """
    across, down = to_px[0] / from_px[0], to_px[1] / from_px[1]

    def scaled(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
        return tuple((x * across, y * down) for x, y in points)

    def zone(one: Zone) -> Zone:
        stay_s = one.dwell_s if dwell_s is None else dwell_s
        return msgspec.structs.replace(one, polygon_px=scaled(one.polygon_px), dwell_s=stay_s, size_m=None)

    covers = [_scaled_cover(cover, across, down) for cover in camera.cover]
    return msgspec.structs.replace(
        camera,
        size_px=None,
        ground=(),
        cover=tuple(one for one in covers if _width(one) >= CoverSettings().min_width_px),
        zone=tuple(zone(one) for one in camera.zone),
    )


def _scaled_cover(cover: Cover, across: float, down: float) -> Cover:
    if cover.ellipse_px is None:
        points = tuple((x * across, y * down) for x, y in cover.polygon_px)
        return msgspec.structs.replace(cover, polygon_px=points)
    x, y, wide, high = cover.ellipse_px[:4]  # a turn of a few degrees does not matter to the cost
    return msgspec.structs.replace(cover, ellipse_px=(x * across, y * down, wide * across, high * down))


def _width(cover: Cover) -> float:
    if cover.ellipse_px is not None:
        return cover.ellipse_px[2]
    columns = [x for x, _ in cover.polygon_px]
    return max(columns) - min(columns)

"""Small pictures and clips of a piece of pavement on which something is put down and taken away again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]

WIDTH: Final = 320
HEIGHT: Final = 240
CRATE: Final = (130, 110, 190, 170)
"""Left, top, right, bottom of what is put down."""
ZONE: Final = ((80.0, 90.0), (260.0, 90.0), (260.0, 220.0), (80.0, 220.0))
COVER: Final = (160.0, 150.0, 70.0, 60.0)
"""Centre, width and height of a cover's ellipse."""


def pavement(seed: int = 1) -> Image:
    """Ground with some texture and colour."""
    source = np.random.default_rng(seed)
    rough = cv2.GaussianBlur(source.normal(0, 1, (HEIGHT, WIDTH)), (0, 0), 2.0)
    grey = 120 + 45 * np.asarray(rough)
    return np.clip(np.stack([grey - 12, grey, grey + 10], axis=2), 0, 255).astype(np.uint8)


def with_crate(ground: Image) -> Image:
    """The ground with a crate on it."""
    picture = ground.copy()
    left, top, right, bottom = CRATE
    cv2.rectangle(picture, (left, top), (right, bottom), (30, 60, 190), cv2.FILLED)
    cv2.rectangle(picture, (left, top), (right, bottom), (10, 20, 60), 3)
    cv2.line(picture, (left, top), (right, bottom), (15, 30, 90), 3)
    return picture


def with_cover(ground: Image, *, missing: bool = False) -> Image:
    """The ground with a patterned cover, or with the hole that it leaves."""
    picture = ground.copy()
    centre, axes = (int(COVER[0]), int(COVER[1])), (int(COVER[2] / 2), int(COVER[3] / 2))
    if missing:
        cv2.ellipse(picture, centre, axes, 0, 0, 360, (8, 8, 8), cv2.FILLED)
        return picture
    iron = picture.copy()
    cv2.ellipse(iron, centre, axes, 0, 0, 360, (105, 110, 112), cv2.FILLED)
    for offset in range(-60, 61, 12):
        cv2.line(iron, (centre[0] + offset - 40, 60), (centre[0] + offset + 40, 240), (70, 74, 76), 3)
        cv2.line(iron, (centre[0] + offset + 40, 60), (centre[0] + offset - 40, 240), (150, 152, 155), 2)
    inside = np.zeros(picture.shape[:2], np.uint8)
    cv2.ellipse(inside, centre, axes, 0, 0, 360, 255, cv2.FILLED)
    picture[inside > 0] = iron[inside > 0]
    cv2.ellipse(picture, centre, axes, 0, 0, 360, (50, 52, 54), 2)
    return picture


def dragged_cover(ground: Image, right_px: int) -> Image:
    """The ground with an open hole, and its cover so far to the right."""
    picture, lying = with_cover(ground, missing=True), with_cover(ground)
    inside = np.zeros(picture.shape[:2], np.uint8)
    axes = (int(COVER[2] / 2), int(COVER[3] / 2))
    cv2.ellipse(inside, (int(COVER[0]), int(COVER[1])), axes, 0, 0, 360, 255, cv2.FILLED)
    moved = np.roll(inside, right_px, axis=1) > 0
    picture[moved] = np.roll(lying, right_px, axis=1)[moved]
    return picture


def noisy(picture: Image, number: int) -> Image:
    """The picture with the sensor's noise, another one for each number."""
    source = np.random.default_rng(number)
    return np.clip(picture + source.normal(0, 1.5, picture.shape), 0, 255).astype(np.uint8)


def encode(
    file: Path,
    pictures: Iterable[Image],
    *,
    frames_per_s: int = 4,
    keyframe_every: int = 2,
    b_frames: int = 0,
    slices: int = 1,
) -> Path:
    """An H.264 clip."""
    every = f"keyint={keyframe_every}:min-keyint={keyframe_every}"
    with av.open(str(file), "w") as container:
        stream = container.add_stream(
            "libx264",
            rate=frames_per_s,
            options={
                "preset": "ultrafast",
                "crf": "20",
                "threads": "1",
                "x264-params": f"{every}:scenecut=0:bframes={b_frames}:slices={slices}",
            },
        )
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return file


def crate_clip(file: Path, *, put_s: float, taken_s: float, end_s: float, frames_per_s: int = 4) -> Path:
    """A clip in which a crate is put down and taken away."""
    ground = pavement()
    crate = with_crate(ground)
    moments = (number / frames_per_s for number in range(round(end_s * frames_per_s)))
    pictures = (
        noisy(crate if put_s <= moment < taken_s else ground, number) for number, moment in enumerate(moments)
    )
    return encode(file, pictures, frames_per_s=frames_per_s)

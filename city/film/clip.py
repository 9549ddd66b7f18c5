"""Films a scene: draws each frame over the backdrop, adds sensor noise, and encodes it as H.264."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np

from city.film import backdrop
from city.film.backdrop import Backdrop
from city.film.canvas import Canvas, Image
from city.film.cast import MovingVehicle
from city.film.scene import CLIP_S, FRAMES_PER_S, KEYFRAME_S, Scene

_NOISE_FRAMES: Final = 5
_DAY_NOISE: Final = 1.6
_NIGHT_NOISE: Final = 2.8


class Camera:
    """Films one scene; any time of the clip can be drawn."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        source = np.random.default_rng(scene.seed)
        self.backdrop: Backdrop = backdrop.paint(scene.street, scene.view, scene.light, source)
        strength = _NIGHT_NOISE if scene.light.night else _DAY_NOISE
        shape = (scene.view.height_px, scene.view.width_px)
        noise = [source.normal(0, strength, shape) for _ in range(_NOISE_FRAMES)]
        self._noise = [
            (np.clip(n, 0, 127).astype(np.uint8), np.clip(-n, 0, 127).astype(np.uint8)) for n in noise
        ]

    def picture(self, at_s: float) -> Image:
        """The scene at a time of the clip, (rows, columns, 3) BGR, without the sensor's noise."""
        image = self.backdrop.image.copy()
        for name, hole in zip(self.scene.covers, self.backdrop.holes, strict=True):
            if self.scene.missing(name, at_s):
                rows, columns = hole.image.shape[:2]
                image[hole.top : hole.top + rows, hole.left : hole.left + columns] = hole.image
        canvas = Canvas(image=image, view=self.scene.view, light=self.scene.light)
        present = [
            (member, moment)
            for member in self.scene.cast
            for moment in (
                at_s,
                at_s + CLIP_S,
            )  # the clip loops: those who enter before its end leave after its start
            if member.begins_s <= moment < member.ends_s
        ]
        if self.scene.light.night:
            for member, moment in present:
                if isinstance(member, MovingVehicle):
                    member.light(canvas, moment)
        for member, moment in sorted(present, key=lambda pair: -pair[0].depth(pair[1])):
            member.draw(canvas, moment)
        for x, y, radius, strength in canvas.sparkles:
            _sparkle(image, x, y, radius, strength)
        return image

    def planes(self, at_s: float, index: int) -> Image:
        """The picture with the sensor's noise: planar 4:2:0, (rows * 3 / 2, columns)."""
        planar = cv2.cvtColor(self.picture(at_s), cv2.COLOR_BGR2YUV_I420)
        rows = self.scene.view.height_px
        bright = planar[:rows]
        turn = math.tau * at_s / CLIP_S
        gain = 1.0 + 0.035 * math.sin(turn) + 0.025 * math.sin(3 * turn + 1.0) - 0.025 * math.sin(1.0)
        cv2.convertScaleAbs(bright, dst=bright, alpha=gain)
        more, less = self._noise[index * 3 % _NOISE_FRAMES]
        if index % 2:
            more, less = less, more
        cv2.add(bright, more, dst=bright)
        cv2.subtract(bright, less, dst=bright)
        if self.scene.light.night:
            planar[rows:] = 128
        return np.asarray(planar, np.uint8)


def film(camera: Camera, file: Path, *, seconds: float = CLIP_S) -> Iterator[float]:
    """Encode the clip; yields the seconds done after each keyframe interval."""
    view = camera.scene.view
    gap = round(KEYFRAME_S * FRAMES_PER_S)
    with av.open(str(file), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream(
            "libx264",
            rate=FRAMES_PER_S,
            options={
                "preset": "ultrafast",
                "crf": "27",
                "threads": "1",  # one clip for each process: the processes share the cores
                "x264-params": f"keyint={gap}:min-keyint={gap}:scenecut=0",
            },
        )
        stream.width, stream.height, stream.pix_fmt = view.width_px, view.height_px, "yuv420p"
        for index in range(round(seconds * FRAMES_PER_S)):
            at_s = index / FRAMES_PER_S
            frame = av.VideoFrame.from_ndarray(camera.planes(at_s, index), format="yuv420p")
            frame.pts = index
            for packet in stream.encode(frame):
                container.mux(packet)
            if index % gap == 0:
                yield at_s
        for packet in stream.encode():
            container.mux(packet)


def _sparkle(image: Image, x: float, y: float, radius: float, strength: float) -> None:
    """A lamp that shines into the lens: a small core with a wide, weak glow."""
    size = max(3, int(radius * 2))
    left, top = int(x) - size, int(y) - size
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + 2 * size, image.shape[1]), min(top + 2 * size, image.shape[0])
    if x1 <= x0 or y1 <= y0:
        return
    axis = (np.arange(2 * size) - size + 0.5) / size
    distance = np.hypot(axis[None, x0 - left : x1 - left], axis[y0 - top : y1 - top, None])
    glow = strength * (np.exp(-((distance / 0.13) ** 2)) + 0.4 * np.exp(-((distance / 0.42) ** 2)))
    region = image[y0:y1, x0:x1]
    cv2.add(region, cv2.merge([np.clip(glow, 0, 255).astype(np.uint8)] * 3), dst=region)

"""A part of the ground in a video: the empty ground, and the people who pass over it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import av
import av.error
import cv2
import numpy as np
from numpy.typing import NDArray

from bench.errors import BenchError
from bench.scenes.ground import HEIGHT, WIDTH, Surface
from detectors.look import Image

_CHOOSING_GAP_S: Final = 2.0
_GAP_S: Final = 0.4
_STEP_PX: Final = 16
_AROUND: Final = (84, 64)
"""Half the columns and rows of ground that a large cover and its ring need."""
_HIGHEST: Final = 0.4
"""Ground lies below this share of the picture's height."""
_DARKEST: Final = 24.0
_BUSIEST: Final = 0.25
_DIFFERENT: Final = 22.0
_MAX_PLACES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A part of a video, 352 x 208 pixels.

    Attributes:
        file: the video.
        left: its first column.
        top: its first row.
    """

    file: Path
    left: int
    top: int


def places(file: Path) -> list[Place]:
    """Where a cover could lie in a video: even, mostly empty ground; the best first, two at most.

    Raises:
        BenchError: it cannot be read, is smaller than a scene, or shows no such ground.
    """
    frames = [image for _, image in _frames(file, _CHOOSING_GAP_S)]
    if not frames:
        raise BenchError(f"{file} holds no picture; give a video that can be played")
    rows, columns = frames[0].shape[:2]
    if columns < WIDTH or rows < HEIGHT:
        raise BenchError(f"{file} is {columns} x {rows}; a scene needs {WIDTH} x {HEIGHT} at least")
    empty = np.median(np.stack(frames), axis=0).astype(np.float32)
    grey = np.asarray(cv2.cvtColor(empty, cv2.COLOR_BGR2GRAY), np.float32)
    busy = np.mean(
        [passing(frame.astype(np.float32), empty, brightness(frame, empty)) > 0.5 for frame in frames], axis=0
    )
    texture = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    rated = []
    for top in range(0, rows - HEIGHT + 1, _STEP_PX):
        for left in range(0, columns - WIDTH + 1, _STEP_PX):
            x, y = left + WIDTH // 2, top + HEIGHT // 2
            around = (slice(y - _AROUND[1], y + _AROUND[1]), slice(x - _AROUND[0], x + _AROUND[0]))
            lit = grey[top : top + HEIGHT, left : left + WIDTH].mean(axis=1).min() >= _DARKEST
            if y >= _HIGHEST * rows and lit and busy[around].mean() <= _BUSIEST:
                rated.append((float(texture[around].mean()), left, top))
    chosen: list[Place] = []
    for _, left, top in sorted(rated):
        if all(abs(left - one.left) >= _AROUND[0] or abs(top - one.top) >= _AROUND[1] for one in chosen):
            chosen.append(Place(file=file, left=left, top=top))
    if not chosen:
        raise BenchError(f"{file} shows no even ground that is mostly empty; give another video")
    return chosen[:_MAX_PLACES]


class Footage:
    """The pictures of one place, in a loop."""

    def __init__(self, place: Place) -> None:
        crop = (slice(place.top, place.top + HEIGHT), slice(place.left, place.left + WIDTH))
        frames = [(at_s, image[crop].copy()) for at_s, image in _frames(place.file, _GAP_S)]
        self._frames = [image for _, image in frames]
        self.seconds = frames[-1][0] + _GAP_S
        self.empty: Surface = np.median(np.stack(self._frames), axis=0).astype(np.float32)

    def with_ground(self, ground: Surface, at_s: float) -> Surface:
        """A picture with the ground replaced, under the people who pass, with its light and its noise."""
        frame = self._frames[int(at_s % self.seconds / _GAP_S) % len(self._frames)].astype(np.float32)
        gain = brightness(frame, self.empty)
        passer = passing(frame, self.empty, gain)[:, :, None]
        return np.asarray(frame + gain * (ground - self.empty) * (1 - passer), np.float32)


@cache
def footage(place: Place) -> Footage:
    """The pictures of a place, read once in each process."""
    return Footage(place)


def brightness(frame: Image | Surface, empty: Surface) -> float:
    """The exposure: the brightness of a picture as a multiple of the empty one's."""
    return float(np.median((frame[::4, ::4].astype(np.float32) + 1) / (empty[::4, ::4] + 1)))


def passing(frame: Surface, empty: Surface, gain: float) -> NDArray[np.float32]:
    """(rows, columns), 0 to 1: where somebody is in front of the ground."""
    differs = np.abs(np.asarray(cv2.GaussianBlur(frame - gain * empty, (0, 0), 1.2))).max(axis=2)
    mask = cv2.dilate((differs > _DIFFERENT).astype(np.float32), np.ones((5, 5), np.uint8))
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 1.2), np.float32)


def _frames(file: Path, gap_s: float) -> Iterator[tuple[float, Image]]:
    """(seconds, picture) at a distance in time."""
    try:
        with av.open(str(file)) as container:
            due_s = 0.0
            for frame in container.decode(video=0):
                if frame.time is not None and frame.time >= due_s:
                    due_s += gap_s
                    yield frame.time, np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
    except (OSError, av.error.FFmpegError) as error:
        raise BenchError(f"{file} cannot be read: {error}; give a video that can be played") from None

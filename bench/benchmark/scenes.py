"""One scene of a situation: its pictures in the order of time, and what was left where."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.benchmark.detector import Outline
from bench.scenes.ground import HEIGHT, WIDTH
from bench.scenes.left_objects import Box, is_plain
from bench.scenes.lens import FLAWS
from bench.scenes.scene import Scene
from bench.scenes.situations import NATIVE, SECONDS, SITUATIONS, Thing
from detectors.look import Image

ZONE: Final = (
    (0.06 * WIDTH, 0.45 * HEIGHT),
    (0.94 * WIDTH, 0.45 * HEIGHT),
    (0.99 * WIDTH, 0.99 * HEIGHT),
    (0.01 * WIDTH, 0.99 * HEIGHT),
)
"""The zone, pixels of a picture of 352 x 208; larger pictures have it in proportion."""
_FINE_NOISE: Final = 2.0
_SHIFTS_PX: Final = 64
_NOISE_STEP: Final = (37, 53)
"""So the noise of one picture is not that of the next."""


class SituationScene:
    """A seeded scene.

    Attributes:
        name: situation and seed, as in files.
        flaw: of the camera.
        size_px: columns and rows.
        outline: the zone, pixels of the picture.
        things: what is left, boxes in pixels of the picture.
        plain: for each thing whether a person could see it against its ground; only those are asked for.
    """

    def __init__(self, situation: str, seed: int, *, dwell_s: float) -> None:
        number = list(SITUATIONS).index(situation)
        source = np.random.default_rng([seed, number])
        self.name = scene_name(situation, seed)
        self.flaw = FLAWS[int(source.integers(len(FLAWS)))]
        self._staged = SITUATIONS[situation](source, dwell_s)
        self._scene = Scene(
            seed=int(source.integers(2**31)), cover_px=50, weather=self._staged.weather, flaw=self.flaw,
            seconds=SECONDS, standing=self._staged.actors,
        )  # fmt: skip
        self.size_px = self._staged.size_px
        self._stretch = (self.size_px[0] / WIDTH, self.size_px[1] / HEIGHT)
        self.outline: Outline = np.array(ZONE, np.float32) * np.array(self._stretch, np.float32)
        self.plain = tuple(self._is_plain(thing) for thing in self._staged.things)
        self.things = tuple(
            Thing(
                boxes=tuple(self._stretched(box) for box in thing.boxes),
                comes_s=thing.comes_s, goes_s=thing.goes_s, lay=None,
            )
            for thing in self._staged.things
        )  # fmt: skip
        self._source = source

    def pictures(self, *, per_s: float) -> Iterator[tuple[float, Image]]:
        """Each picture with its moment in seconds; once."""
        grain = self._grain()
        for index in range(round(SECONDS * per_s)):
            at_s = index / per_s
            picture = self._scene.picture(at_s, lay=self._staged.lay(at_s))
            yield at_s, picture if self.size_px == NATIVE else self._enlarged(picture, grain, index)

    def _grain(self) -> NDArray[np.int16]:
        """Noise for pictures of this size and a little more, so that it can be shifted."""
        rows, columns = self.size_px[1] + _SHIFTS_PX, self.size_px[0] + _SHIFTS_PX
        grey = self._source.normal(0, _FINE_NOISE, (rows, columns)).round().astype(np.int16)
        return np.repeat(grey[:, :, None], 3, axis=2)

    def _enlarged(self, picture: Image, grain: NDArray[np.int16], index: int) -> Image:
        large = cv2.resize(picture, self.size_px, interpolation=cv2.INTER_CUBIC)
        down, right = (index * step % _SHIFTS_PX for step in _NOISE_STEP)
        shifted = grain[down : down + self.size_px[1], right : right + self.size_px[0]]
        return np.asarray(cv2.add(large, shifted, dtype=cv2.CV_8U), np.uint8)

    def _is_plain(self, thing: Thing) -> bool:
        if thing.lay is None:
            return True
        return is_plain(self._scene.surface(), self._scene.surface(thing.lay), thing.boxes[0])

    def _stretched(self, box: Box) -> Box:
        across, down = self._stretch
        return box[0] * across, box[1] * down, box[2] * across, box[3] * down


def scene_name(situation: str, seed: int) -> str:
    """The name of a scene in files: letters, digits and hyphens."""
    words = "".join(letter if letter.isalnum() else " " for letter in situation).split()
    return "-".join((*words, str(seed)))

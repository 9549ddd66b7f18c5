"""What of a picture does not depend on light: steps of brightness and of colour from pixel to pixel.

Light multiplies. On a logarithmic scale it adds, and in the step from one pixel to the next it falls out,
save where a shadow has its edge. That edge is taken out by time: a shadow's edge moves, or comes from a lamp
that passes, so that at any one pixel the *median* step over several looks is the ground's own (Y. Weiss,
"Deriving intrinsic images from image sequences", ICCV 2001). Rain, snowflakes and passers go the same way.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.look import Image

Steps = NDArray[np.uint8]
"""One vector: all steps of a picture, 128 for none; `Layout` says what lies where."""

ZERO: Final = 128
_LOOKS: Final = 9
_MIDDLE: Final = 4
_DARK: Final = 24.0
"""Grey levels added before the logarithm: below it is noise."""


def _scale() -> NDArray[np.uint8]:
    levels = np.log1p(np.arange(256) / _DARK)
    return np.asarray(np.round(levels / levels[-1] * 255), np.uint8)


LOG: Final = _scale()
"""Grey level → logarithm; one unit is about one hundredth of brightness, more in the dark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where the steps of a working picture lie in their vector.

    Attributes:
        rows: of the working picture, made even.
        columns: likewise.
    """

    rows: int
    columns: int

    @property
    def half(self) -> tuple[int, int]:
        """Rows and columns at half size."""
        return self.rows // 2, self.columns // 2

    @property
    def size(self) -> int:
        """Length of the vector."""
        return self.rows * self.columns * 3

    def brightness(self, steps: NDArray[np.generic]) -> NDArray[np.generic]:
        """(2, rows, columns): steps of brightness to the right and downwards, as a view."""
        return steps[: 2 * self.rows * self.columns].reshape(2, self.rows, self.columns)

    def colour(self, steps: NDArray[np.generic]) -> NDArray[np.generic]:
        """(2, 2, rows / 2, columns / 2): red against blue, then green against both; as a view."""
        return steps[2 * self.rows * self.columns :].reshape(2, 2, *self.half)

    def rightward(self, plane: int) -> tuple[int, int, int]:
        """Where a plane's steps to the right begin, its rows, its columns; 0: brightness, 1, 2: colour."""
        if plane == 0:
            return 0, self.rows, self.columns
        rows, columns = self.half
        return 2 * self.rows * self.columns + (plane - 1) * 2 * rows * columns, rows, columns


def steps_of(image: Image, layout: Layout) -> Steps:
    """The steps of a working picture, (rows, columns, 3) BGR."""
    image = image[: layout.rows, : layout.columns]
    steps = np.full(layout.size, ZERO, np.uint8)
    grey = cv2.LUT(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), LOG)
    _differ(np.asarray(grey, np.uint8), layout.brightness(steps))
    small = cv2.resize(image, layout.half[::-1], interpolation=cv2.INTER_AREA)
    blue, green, red = cv2.split(cv2.LUT(small, LOG))
    warm = cv2.addWeighted(red, 1, blue, -1, ZERO)
    both = cv2.addWeighted(red, 0.5, blue, 0.5, 0)
    leafy = cv2.addWeighted(green, 1, both, -1, ZERO)
    for plane, place in zip((warm, leafy), layout.colour(steps), strict=True):
        _differ(np.asarray(plane, np.uint8), place)
    return steps


def _differ(plane: NDArray[np.uint8], place: NDArray[np.generic]) -> None:
    place[0, :, :-1] = cv2.addWeighted(plane[:, 1:], 1, plane[:, :-1], -1, ZERO)
    place[1, :-1] = cv2.addWeighted(plane[1:], 1, plane[:-1], -1, ZERO)


@dataclass(slots=True, eq=False)
class Recent:
    """The last nine looks; their steps' median is what stands there.

    The median is taken as the median of three medians of three, which costs a fifth and forgets as much:
    what was seen in fewer than four looks never shows, what was seen in the last five always does.
    """

    looks: deque[tuple[float, Steps]] = field(default_factory=lambda: deque(maxlen=_LOOKS))
    _triples: deque[Steps] = field(default_factory=lambda: deque(maxlen=_LOOKS - 2))
    steady: Steps | None = None

    def add(self, at_s: float, steps: Steps) -> bool:
        """Take a look; answer whether the median may have changed."""
        self.looks.append((at_s, steps))
        if len(self.looks) < 3:
            return False
        self._triples.append(_median(*(one for _, one in list(self.looks)[-3:])))
        if len(self._triples) < _LOOKS - 2:
            return False
        newest, middle, oldest = self._triples[-1], self._triples[-4], self._triples[-7]
        if newest is middle is oldest and self.steady is newest:
            return False
        self.steady = _median(newest, middle, oldest)
        return True

    @property
    def middle_s(self) -> float:
        """When the median turned to what it shows now, at the earliest."""
        return self.looks[-1 - _MIDDLE][0]


def _median(one: Steps, two: Steps, three: Steps) -> Steps:
    """Of each pixel; the very same vector when nothing has changed, so that it can be told for nothing."""
    if one is two or one is three:
        return one
    if two is three:
        return two
    low, high = cv2.min(one, two), cv2.max(one, two)
    return np.asarray(cv2.max(low, cv2.min(high, three)), np.uint8).reshape(-1)

"""The gradient of the logarithm of brightness and colour, which hardly depends on light.

Light multiplies the brightness of a surface. In the logarithm the product becomes a sum, and the difference
between neighbouring pixels cancels the light, except along the edge of a shadow. That edge moves, or comes
from a passing lamp, so the *median* over several looks removes it. The gradient of the ground itself is left
(Y. Weiss, "Deriving intrinsic images from image sequences", ICCV 2001). The median also removes rain,
snowflakes and passers-by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.look import Image

LogGradient = NDArray[np.uint8]
"""One vector with all differences between neighbouring pixels, 128 for none; `GradientLayout` orders them."""

ZERO: Final = 128
_DARK: Final = 24.0
"""Grey levels added before the logarithm: below it is noise."""


def _scale() -> NDArray[np.uint8]:
    levels = np.log1p(np.arange(256) / _DARK)
    return np.asarray(np.round(levels / levels[-1] * 255), np.uint8)


LOG: Final = _scale()
"""Grey level → logarithm, 8 bits; one unit is about 1 % of brightness, more in dark pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GradientLayout:
    """Where brightness and colour, rightward and downward, lie in a `LogGradient`.

    Attributes:
        rows: rows of the working picture, an even number.
        columns: columns of the working picture, an even number.
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

    def brightness(self, gradient: NDArray[np.generic]) -> NDArray[np.generic]:
        """(2, rows, columns): differences of brightness rightward and downward, as a view."""
        return gradient[: 2 * self.rows * self.columns].reshape(2, self.rows, self.columns)

    def colour(self, gradient: NDArray[np.generic]) -> NDArray[np.generic]:
        """(2, 2, rows / 2, columns / 2): red against blue, then green against both; as a view."""
        return gradient[2 * self.rows * self.columns :].reshape(2, 2, *self.half)

    def rightward(self, plane: int) -> tuple[int, int, int]:
        """Start, rows, columns of a plane's rightward differences; plane 0 is brightness, 1 and 2 colour."""
        if plane == 0:
            return 0, self.rows, self.columns
        rows, columns = self.half
        return 2 * self.rows * self.columns + (plane - 1) * 2 * rows * columns, rows, columns


def log_gradient(image: Image, layout: GradientLayout) -> LogGradient:
    """The gradient of a working picture, (rows, columns, 3) BGR."""
    image = image[: layout.rows, : layout.columns]
    gradient = np.full(layout.size, ZERO, np.uint8)
    grey = cv2.LUT(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), LOG)
    _differentiate(np.asarray(grey, np.uint8), layout.brightness(gradient))
    small = cv2.resize(image, layout.half[::-1], interpolation=cv2.INTER_AREA)
    blue, green, red = cv2.split(cv2.LUT(small, LOG))
    red_blue = cv2.addWeighted(red, 1, blue, -1, ZERO)
    magenta = cv2.addWeighted(red, 0.5, blue, 0.5, 0)
    green_magenta = cv2.addWeighted(green, 1, magenta, -1, ZERO)
    for plane, target in zip((red_blue, green_magenta), layout.colour(gradient), strict=True):
        _differentiate(np.asarray(plane, np.uint8), target)
    return gradient


def _differentiate(plane: NDArray[np.uint8], target: NDArray[np.generic]) -> None:
    target[0, :, :-1] = cv2.addWeighted(plane[:, 1:], 1, plane[:, :-1], -1, ZERO)
    target[1, :-1] = cv2.addWeighted(plane[1:], 1, plane[:-1], -1, ZERO)

"""The features from which a camera's health is derived: a small grey picture and its statistics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.look import Image

SmallGrey = NDArray[np.float32]
"""(144, 256) grey."""
Pattern = NDArray[np.float32]
"""(2, 144, 256): the gradient of the logarithm, bounded so that no shadow outweighs the street."""

SIZE: Final = (256, 144)
"""Columns and rows: multiples of 16, as phaseCorrelate needs."""
_DARK_FLOOR: Final = 10.0
"""Grey levels added before the logarithm: below it is noise."""
_MIN_BRIGHTNESS: Final = 8.0
"""A darker picture counts as this bright, because otherwise its noise would look like sharpness."""
_HALF_BOUND: Final = 0.3
"""A gradient this strong becomes 0.5 of the bound."""
_MAX_EDGE: Final = 200.0
"""Stronger edges count as this."""


@dataclass(frozen=True, slots=True, eq=False)
class HealthFeatures:
    """The features of one look.

    Attributes:
        grey: the small picture.
        mean: mean grey level.
        contrast: standard deviation of grey.
        sharpness: standard deviation of the Laplacian, divided by `mean`: a darker picture is not less sharp.
    """

    grey: SmallGrey
    mean: float
    contrast: float
    sharpness: float

    @classmethod
    def of(cls, image: Image) -> Self:
        """The features of a picture of any size."""
        step = max(1, image.shape[1] // (2 * SIZE[0] - 64))
        green = np.ascontiguousarray(image[::step, ::step, 1])
        return cls.measured(np.asarray(cv2.resize(green, SIZE, interpolation=cv2.INTER_AREA), np.float32))

    @classmethod
    def measured(cls, grey: SmallGrey) -> Self:
        """The features of a small grey picture."""
        mean, contrast = _spread(grey)
        _, fine = _spread(np.asarray(cv2.Laplacian(grey, cv2.CV_32F), np.float32))
        return cls(grey, mean, contrast, fine / max(_MIN_BRIGHTNESS, mean))

    def shifted(self, right: int, down: int) -> SmallGrey:
        """The picture shifted by whole pixels; pixels that leave on one side come in on the other."""
        return np.roll(self.grey, (down, right), axis=(0, 1)) if right or down else self.grey


def edge_strength(grey: SmallGrey) -> SmallGrey:
    """(144, 256): the strength of edges, bounded, less its mean."""
    strength = cv2.magnitude(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    bounded = np.minimum(strength, _MAX_EDGE)
    return np.asarray(bounded - float(np.mean(bounded)), np.float32)


def pattern_of(grey: SmallGrey) -> Pattern:
    """The pattern of a small grey picture."""
    smooth = cv2.GaussianBlur(cv2.log(grey + _DARK_FLOOR), (0, 0), 1.0)
    pattern = np.empty((2, *grey.shape), np.float32)
    cv2.Sobel(smooth, cv2.CV_32F, 1, 0, dst=pattern[0])
    cv2.Sobel(smooth, cv2.CV_32F, 0, 1, dst=pattern[1])
    pattern /= cv2.magnitude(pattern[0], pattern[1]) + np.float32(_HALF_BOUND)
    return pattern


def correlation(one: Pattern, other: Pattern) -> float:
    """Normalised correlation of two patterns, -1 to 1.

    It is computed from the norms of both and of their difference: OpenCV's norms stay on one thread, where a
    NumPy product would wake a thread for each core.
    """
    a, b = one.reshape(-1, SIZE[0]), other.reshape(-1, SIZE[0])
    here, there, apart = cv2.norm(a) ** 2, cv2.norm(b) ** 2, cv2.norm(a, b) ** 2
    return float((here + there - apart) / 2 / max(1e-3, np.sqrt(here * there)))


def _spread(grey: SmallGrey) -> tuple[float, float]:
    mean, deviation = cv2.meanStdDev(grey)
    return float(mean[0, 0]), float(deviation[0, 0])

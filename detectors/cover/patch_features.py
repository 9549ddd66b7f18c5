"""The features of one picture of a place, measured without a reference.

The gradient is taken of the logarithm of grey: half the light leaves it unchanged. It is bounded, so the edge
of a shadow or of snow counts no more than an edge of the pattern.
`darkness` is ln(25th percentile of grey inside / 25th percentile of the ring).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.cover.window import Grey, Mask, Window

LogGrey = NDArray[np.float32]
"""(rows, columns): natural logarithm of grey, with a floor."""
Gradient = NDArray[np.float32]
"""(2, rows, columns): change to the right and downwards, each bounded by 1."""
Weights = NDArray[np.float32]
"""(rows, columns): 1 where a pixel counts, else 0."""

_BLUR: Final = 0.8
"""Standard deviation of the smoothing before the gradient, pixels."""
_SATURATED_HIGH: Final = 250
_SATURATED_LOW: Final = 3
"""Grey levels: a pixel from `_SATURATED_HIGH` on is blown out, one up to `_SATURATED_LOW` is black."""
_DARK_FLOOR: Final = 10.0
_GREYS: Final = np.arange(256, dtype=np.float32)
_LOGARITHM: Final = np.log(_GREYS + _DARK_FLOOR)
"""Grey level → ln(grey + floor). The floor keeps the noise of a dark picture from counting as a pattern."""
_FINE_PX: Final = 13
"""Side of the square, in pixels, whose mean is subtracted to get the fine part of a picture."""
_MIN_SPREADS: Final = (0.005, 0.01)
"""Smaller values of a reference's `spreads` are noise, and are replaced by these."""
_MIN_SPAN: Final = 0.02
"""A smaller span of a reference is noise, and is replaced by this."""
_HALF_BOUND: Final = 1.0
"""An edge this strong, a change of 6 % from pixel to pixel (Scharr's kernel adds up to 16), becomes 0.5."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PatchFeatures:
    """One registered picture of a place and its features.

    Attributes:
        grey: (rows, columns) of the window.
        log_grey: (rows, columns); a change of light adds a constant to it.
        gradient: (2, rows, columns), after a light smoothing.
        strength: (rows, columns), the square of the gradient.
        ring_median: median grey of the ring.
        darkness: ln(inside / ring) of the 25th percentiles of grey; a hole is far below 0.
        saturated: share of the ring that is black or blown out, or share of the inside that is blown out,
            whichever is more. Black pixels inside do not count, because a hole may be black.
        contrast: standard deviation of grey inside.
        spreads: (2,) standard deviation of the ring's log grey: first of its fine part, then of all of it.
            Fog lowers both. A stain on the lens keeps the second high; noise on smooth ground, the first.
        span: difference of the 95th and the 5th percentile of log grey in the whole window. Fog lowers it, a
            hole raises it.
    """

    grey: Grey
    log_grey: LogGrey
    gradient: Gradient
    strength: NDArray[np.float32]
    ring_median: float
    darkness: float
    saturated: float
    contrast: float
    spreads: NDArray[np.float64]
    span: float

    @classmethod
    def of(cls, grey: Grey, window: Window) -> PatchFeatures:
        """Measure a picture of the size of its window."""
        log_grey = np.asarray(cv2.LUT(grey, _LOGARITHM), np.float32)
        gradient = _gradient(log_grey)
        fine = log_grey - cv2.blur(log_grey, (_FINE_PX, _FINE_PX))
        inside, ring = _Histogram.of(grey, window.inside), _Histogram.of(grey, window.ring)
        dark, light = (_Histogram.of(grey).percentile(percent) for percent in (5, 95))
        return cls(
            grey=grey,
            log_grey=log_grey,
            gradient=gradient,
            strength=gradient[0] * gradient[0] + gradient[1] * gradient[1],
            ring_median=ring.percentile(50),
            darkness=float(np.log((inside.percentile(25) + 2.0) / (ring.percentile(25) + 2.0))),
            saturated=max(
                ring.share(_SATURATED_HIGH, 255) + ring.share(0, _SATURATED_LOW),
                inside.share(_SATURATED_HIGH, 255),
            ),
            contrast=inside.spread(),
            spreads=np.array([fine[window.ring].std(), log_grey[window.ring].std()]),
            span=float(np.log((light + _DARK_FLOOR) / (dark + _DARK_FLOOR))),
        )


def _gradient(log_grey: LogGrey) -> Gradient:
    smooth = cv2.GaussianBlur(log_grey, (0, 0), _BLUR)
    across, down = cv2.Scharr(smooth, cv2.CV_32F, 1, 0), cv2.Scharr(smooth, cv2.CV_32F, 0, 1)
    return np.asarray(np.stack([across, down]) / (cv2.magnitude(across, down) + _HALF_BOUND), np.float32)


def match(one: PatchFeatures, other: PatchFeatures, where: Weights) -> float:
    """Normalised cross-correlation of two gradients over some pixels, -1 to 1; 0 if one of them is flat."""
    size = float(np.sqrt(np.vdot(one.strength, where) * np.vdot(other.strength, where)))
    return float(np.vdot(one.gradient * where, other.gradient)) / size if size > 1e-3 else 0.0


def tonal_range(now: PatchFeatures, reference: PatchFeatures) -> float:
    """The span of tones in the window divided by that of a reference, 0 to about 1; fog lowers it."""
    return now.span / max(_MIN_SPAN, reference.span)


def clarity(now: PatchFeatures, reference: PatchFeatures) -> float:
    """The contrast of the ring divided by that of a reference, 0 to about 1: fog lowers it."""
    return float((now.spreads / np.maximum(_MIN_SPREADS, reference.spreads)).min())


@dataclass(frozen=True, slots=True, eq=False)
class _Histogram:
    """A histogram: how many of a region's pixels have each grey level."""

    of_grey: NDArray[np.float64]

    @classmethod
    def of(cls, grey: Grey, where: Mask | None = None) -> _Histogram:
        mask = where.view(np.uint8) if where is not None else None
        return cls(cv2.calcHist([grey], [0], mask, [256], [0, 256]).ravel().astype(np.float64))

    def percentile(self, percent: float) -> float:
        """The percentile, interpolated linearly between the two nearest pixels, as in np.percentile."""
        up_to = self.of_grey.cumsum()
        place = percent / 100 * (up_to[-1] - 1)
        lower, upper = np.searchsorted(up_to, (np.floor(place), np.ceil(place)), side="right")
        return float(lower + (upper - lower) * (place % 1))

    def share(self, minimum: int, maximum: int) -> float:
        return float(self.of_grey[minimum : maximum + 1].sum() / self.of_grey.sum())

    def spread(self) -> float:
        """Standard deviation."""
        pixels = self.of_grey.sum()
        mean = self.of_grey @ _GREYS / pixels
        return float(np.sqrt(self.of_grey @ (_GREYS - mean) ** 2 / pixels))

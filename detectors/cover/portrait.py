"""What is measured of one picture of a place by itself; a reference's is measured once and kept.

The gradient is that of the logarithm, and bounded: a half-lit pattern is the same pattern, and the edge of a
shadow or of snow counts no more than an edge of the pattern does.
`darkness` (dark25) is ln(25th percentile inside / 25th percentile of the ring).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.cover.window import Grey, Mask, Window

Tones = NDArray[np.float32]
"""(rows, columns): logarithm of grey."""
Gradient = NDArray[np.float32]
"""(2, rows, columns): change to the right and downwards, each bounded by 1."""
Weights = NDArray[np.float32]
"""(rows, columns): 1 where a pixel counts, else 0."""

_BLUR: Final = 0.8
_SATURATED_HIGH: Final = 250
_SATURATED_LOW: Final = 3
_DARK_FLOOR: Final = 10.0
_GREYS: Final = np.arange(256, dtype=np.float32)
_LOGARITHM: Final = np.log(_GREYS + _DARK_FLOOR)
"""The floor keeps the noise of a dark picture from being taken for a pattern."""
_FINE_PX: Final = 13
_LEAST_SPREADS: Final = (0.005, 0.01)
_PLAIN_EDGE: Final = 1.0
"""Half the bound: a change of 6 % from pixel to pixel (Scharr's kernel adds up to 16)."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Portrait:
    """One picture of a place, registered, and its measures.

    Attributes:
        grey: (rows, columns) of the window.
        tones: (rows, columns), in which a change of light is a sum.
        gradient: (2, rows, columns), after a light smoothing.
        strength: (rows, columns), the gradient's square.
        ring_tone: median grey of the ring.
        darkness: ln of inside to ring, 25th percentiles; a hole is far below 0.
        saturated: share of the ring without any tone, or of the inside blown out, whichever is more; a hole
            may well be black.
        contrast: spread of grey inside.
        spreads: (2,), of the ring's fine tones and of all of them. Fog takes both away; a stain on the lens
            keeps the second, noise on smooth ground the first.
    """

    grey: Grey
    tones: Tones
    gradient: Gradient
    strength: NDArray[np.float32]
    ring_tone: float
    darkness: float
    saturated: float
    contrast: float
    spreads: NDArray[np.float64]

    @classmethod
    def of(cls, grey: Grey, window: Window) -> Portrait:
        """Measure a picture of the size of its window."""
        tones = np.asarray(cv2.LUT(grey, _LOGARITHM), np.float32)
        gradient = _gradient(tones)
        fine = tones - cv2.blur(tones, (_FINE_PX, _FINE_PX))
        inside, ring = _Counts.of(grey, window.inside), _Counts.of(grey, window.ring)
        return cls(
            grey=grey,
            tones=tones,
            gradient=gradient,
            strength=gradient[0] * gradient[0] + gradient[1] * gradient[1],
            ring_tone=ring.percentile(50),
            darkness=float(np.log((inside.percentile(25) + 2.0) / (ring.percentile(25) + 2.0))),
            saturated=max(
                ring.share(_SATURATED_HIGH, 255) + ring.share(0, _SATURATED_LOW),
                inside.share(_SATURATED_HIGH, 255),
            ),
            contrast=inside.spread(),
            spreads=np.array([fine[window.ring].std(), tones[window.ring].std()]),
        )


def _gradient(tones: Tones) -> Gradient:
    smooth = cv2.GaussianBlur(tones, (0, 0), _BLUR)
    across, down = cv2.Scharr(smooth, cv2.CV_32F, 1, 0), cv2.Scharr(smooth, cv2.CV_32F, 0, 1)
    return np.asarray(np.stack([across, down]) / (cv2.magnitude(across, down) + _PLAIN_EDGE), np.float32)


def match(one: Portrait, other: Portrait, where: Weights) -> float:
    """Normalised cross-correlation of two gradients over some pixels, -1 to 1; 0 where one is flat."""
    size = float(np.sqrt(np.vdot(one.strength, where) * np.vdot(other.strength, where)))
    return float(np.vdot(one.gradient * where, other.gradient)) / size if size > 1e-3 else 0.0


def clarity(now: Portrait, reference: Portrait) -> float:
    """How much can be made out of the pavement, 0 to about 1, against a reference: fog takes it away."""
    return float((now.spreads / np.maximum(_LEAST_SPREADS, reference.spreads)).min())


@dataclass(frozen=True, slots=True, eq=False)
class _Counts:
    """How many of a region's pixels have each grey: all that its percentiles and spreads need."""

    of_grey: NDArray[np.float64]

    @classmethod
    def of(cls, grey: Grey, where: Mask) -> _Counts:
        return cls(
            cv2.calcHist([grey], [0], where.view(np.uint8), [256], [0, 256]).ravel().astype(np.float64)
        )

    def percentile(self, percent: float) -> float:
        """Linear between the two nearest pixels, as np.percentile."""
        up_to = self.of_grey.cumsum()
        place = percent / 100 * (up_to[-1] - 1)
        lower, upper = np.searchsorted(up_to, (np.floor(place), np.ceil(place)), side="right")
        return float(lower + (upper - lower) * (place % 1))

    def share(self, least: int, most: int) -> float:
        return float(self.of_grey[least : most + 1].sum() / self.of_grey.sum())

    def spread(self) -> float:
        """Standard deviation."""
        pixels = self.of_grey.sum()
        mean = self.of_grey @ _GREYS / pixels
        return float(np.sqrt(self.of_grey @ (_GREYS - mean) ** 2 / pixels))

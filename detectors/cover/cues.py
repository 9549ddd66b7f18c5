"""What is measured between a reference of a place and the place now.

`inside_match` (nccI) is the normalised cross-correlation of the gradient inside the cover, after the ring of
pavement around it has been registered: it asks whether the *pattern* is still there, whatever the light.
`darkness` (dark25) is ln(25th percentile inside / 25th percentile of the ring): it asks whether there is a
hole. Finding the rim is deliberately not asked: the frame stays when the cover goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.cover.window import Grey, Window

Gradient = NDArray[np.float32]
"""(2, rows, columns): change to the right and downwards."""

_BLUR: Final = 0.8
_SATURATED_HIGH: Final = 250
_SATURATED_LOW: Final = 3
_LARGEST_SHIFT: Final = 6.0
_TRUSTED_RESPONSE: Final = 0.08


@dataclass(frozen=True, slots=True, kw_only=True)
class Cues:
    """The figures of one look at one cover, all without unit.

    Attributes:
        inside_match: -1 to 1, gradient correlation inside the cover with the reference.
        ring_match: -1 to 1, the same for the pavement around.
        darkness: ln of inside to ring, 25th percentiles; a hole is far below 0.
        darkness_change: how much that fell against the reference.
        saturated: share of the window that is blown out or black.
        contrast: 0 to about 1, spread of grey inside against the reference's.
    """

    inside_match: float
    ring_match: float
    darkness: float
    darkness_change: float
    saturated: float
    contrast: float


def gradient(grey: Grey) -> Gradient:
    """The gradient after a light smoothing."""
    smooth = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), _BLUR)
    return np.stack([cv2.Scharr(smooth, cv2.CV_32F, 1, 0), cv2.Scharr(smooth, cv2.CV_32F, 0, 1)]).astype(
        np.float32
    )


def match(one: Gradient, other: Gradient, where: NDArray[np.bool_]) -> float:
    """Normalised cross-correlation of two gradients over some pixels, -1 to 1; 0 where one is flat."""
    a, b = one[:, where].ravel(), other[:, where].ravel()
    size = float(np.sqrt(a @ a) * np.sqrt(b @ b))
    return float(a @ b) / size if size > 1e-3 else 0.0


def darkness(grey: Grey, window: Window) -> float:
    """ln(25th percentile inside / 25th percentile of the ring)."""
    inside = float(np.percentile(grey[window.inside], 25))
    ring = float(np.percentile(grey[window.ring], 25))
    return float(np.log((inside + 2.0) / (ring + 2.0)))


def shift(reference: Grey, now: Grey, window: Window) -> tuple[float, float]:
    """By how many working pixels the ring has moved to the right and down; (0, 0) when it cannot be told."""
    a, b = (
        np.where(window.ring, grey, np.median(grey[window.ring])).astype(np.float32)
        for grey in (reference, now)
    )
    a, b = (part - float(part[window.ring].mean()) for part in (a, b))
    (right, down), response = cv2.phaseCorrelate(a * window.taper, b * window.taper)
    if response < _TRUSTED_RESPONSE or max(abs(right), abs(down)) > _LARGEST_SHIFT:
        return 0.0, 0.0
    return float(right), float(down)


def moved(grey: Grey, right: float, down: float) -> Grey:
    """Take a shift back."""
    if abs(right) < 0.15 and abs(down) < 0.15:
        return grey
    matrix = np.array([[1, 0, -right], [0, 1, -down]], np.float32)
    rows, columns = grey.shape
    return np.asarray(
        cv2.warpAffine(
            grey, matrix, (columns, rows), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        ),
        np.uint8,
    )


def aligned(looks: list[Grey], window: Window) -> list[Grey]:
    """Looks of a shaking camera brought to where the place lies in the middle of them."""
    shifts = [shift(looks[0], look, window) for look in looks]
    right, down = (float(np.median([one[axis] for one in shifts])) for axis in (0, 1))
    return [moved(look, one[0] - right, one[1] - down) for look, one in zip(looks, shifts, strict=True)]


def saturated(grey: Grey) -> float:
    """Share of pixels without any tone."""
    return float(np.mean((grey >= _SATURATED_HIGH) | (grey <= _SATURATED_LOW)))


def measure(reference: Grey, reference_gradient: Gradient, now: Grey, window: Window) -> Cues:
    """All cues of a registered picture, (height, width) of the window, against the reference."""
    present = gradient(now)
    dark = darkness(now, window)
    return Cues(
        inside_match=match(reference_gradient, present, window.inside),
        ring_match=match(reference_gradient, present, window.ring),
        darkness=dark,
        darkness_change=dark - darkness(reference, window),
        saturated=saturated(now),
        contrast=float(now[window.inside].std() / max(1.0, float(reference[window.inside].std()))),
    )

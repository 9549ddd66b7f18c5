"""Where a place lies in a picture now, told by the ring of pavement around the cover."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.cover.median import median
from detectors.cover.window import Grey, Window

Relief = NDArray[np.float32]
"""(rows, columns): the ring's grey without its mean, softly bounded."""

_LARGEST_SHIFT: Final = 6.0
_TRUSTED_RESPONSE: Final = 0.08
_LEAST_SHIFT: Final = 0.15


def relief(grey: Grey, window: Window) -> Relief:
    """What is registered of a picture."""
    around = grey[window.ring]
    middle = np.partition(around, around.size // 2)[around.size // 2]
    filled = np.where(window.ring, grey, middle)
    return np.asarray((filled - np.float32(around.mean())) * window.taper, np.float32)


def shift(reference: Relief, now: Relief) -> tuple[float, float]:
    """By how many working pixels the ring has moved to the right and down; (0, 0) when it cannot be told."""
    (right, down), response = cv2.phaseCorrelate(reference, now)
    if response < _TRUSTED_RESPONSE or max(abs(right), abs(down)) > _LARGEST_SHIFT:
        return 0.0, 0.0
    return float(right), float(down)


def moved(grey: Grey, right: float, down: float) -> Grey:
    """Take a shift back."""
    if abs(right) < _LEAST_SHIFT and abs(down) < _LEAST_SHIFT:
        return grey
    matrix = np.array([[1, 0, -right], [0, 1, -down]], np.float32)
    rows, columns = grey.shape
    return np.asarray(
        cv2.warpAffine(
            grey, matrix, (columns, rows), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        ),
        np.uint8,
    )


def registered(grey: Grey, reference: Relief, window: Window) -> Grey:
    """A picture of the place brought to where it lies in the reference."""
    return moved(grey, *shift(reference, relief(grey, window)))


def aligned(looks: list[Grey], window: Window) -> list[Grey]:
    """Looks of a shaking camera brought to where the place lies in the middle of them.

    Twice: a single look is a noisy thing to align to, their first median is a better one.
    """
    reliefs = [relief(look, window) for look in looks]
    first = median(_brought(looks, [shift(reliefs[0], one) for one in reliefs]))
    middle = relief(first, window)
    return _brought(looks, [shift(middle, one) for one in reliefs])


def _brought(looks: list[Grey], shifts: list[tuple[float, float]]) -> list[Grey]:
    right, down = (float(np.median([one[axis] for one in shifts])) for axis in (0, 1))
    return [moved(look, one[0] - right, one[1] - down) for look, one in zip(looks, shifts, strict=True)]

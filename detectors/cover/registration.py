"""How far a place has moved in a look, measured on the ring of pavement around the cover."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.cover.median import median
from detectors.cover.settings import CoverSettings
from detectors.cover.window import Grey, Window

RingTemplate = NDArray[np.float32]
"""(rows, columns): the ring's grey without its mean, tapered at its edges."""


def ring_template(grey: Grey, window: Window) -> RingTemplate:
    """The part of a picture that is registered."""
    around = grey[window.ring]
    middle = np.partition(around, around.size // 2)[around.size // 2]
    filled = np.where(window.ring, grey, middle)
    return np.asarray((filled - np.float32(around.mean())) * window.taper, np.float32)


def shift(reference: RingTemplate, now: RingTemplate, settings: CoverSettings) -> tuple[float, float]:
    """How many working pixels the ring has moved right and down; (0, 0) if that cannot be measured."""
    (right, down), response = cv2.phaseCorrelate(reference, now)
    if response < settings.min_response or max(abs(right), abs(down)) > settings.max_shift_px:
        return 0.0, 0.0
    return float(right), float(down)


def registered(grey: Grey, reference: RingTemplate, window: Window, settings: CoverSettings) -> Grey:
    """A look moved onto the reference."""
    return _shifted_back(grey, shift(reference, ring_template(grey, window), settings), settings.min_shift_px)


def aligned(looks: list[Grey], window: Window, settings: CoverSettings) -> list[Grey]:
    """The looks of a camera that shakes, each moved to the position that the place has in most of them.

    The looks are aligned to the first one, and then to the median of the result, which has less noise.
    """
    templates = [ring_template(look, window) for look in looks]
    first = median(_moved(looks, [shift(templates[0], one, settings) for one in templates], settings))
    middle = ring_template(first, window)
    return _moved(looks, [shift(middle, one, settings) for one in templates], settings)


def _moved(looks: list[Grey], shifts: list[tuple[float, float]], settings: CoverSettings) -> list[Grey]:
    """Looks moved back by their shifts, measured from the median shift."""
    right, down = (float(np.median([one[axis] for one in shifts])) for axis in (0, 1))
    return [
        _shifted_back(look, (one[0] - right, one[1] - down), settings.min_shift_px)
        for look, one in zip(looks, shifts, strict=True)
    ]


def _shifted_back(grey: Grey, shift_px: tuple[float, float], min_shift_px: float) -> Grey:
    """A picture moved left and up by a shift; unchanged if the shift is too small to matter."""
    right, down = shift_px
    if abs(right) < min_shift_px and abs(down) < min_shift_px:
        return grey
    matrix = np.array([[1, 0, -right], [0, 1, -down]], np.float32)
    rows, columns = grey.shape
    return np.asarray(
        cv2.warpAffine(
            grey, matrix, (columns, rows), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        ),
        np.uint8,
    )

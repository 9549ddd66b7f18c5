"""Takes back what the camera's exposure did, so that a picture can be held against an older one."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.look import Image

_STEP: Final = 4
_LEAST_TONE: Final = 24
_MOST_TONE: Final = 235
_LEAST_PIXELS: Final = 60
_LEAST_GAIN: Final = 0.3
_MOST_GAIN: Final = 3.3
_NEGLIGIBLE: Final = 0.015


def gain(image: Image, before: Image, trusted: NDArray[np.bool_]) -> float:
    """How much brighter the picture is than an older one, by the median pixel among the trusted ones.

    Passing things are less than half of a picture; a median does not see them. 1 when nothing can be told.
    """
    now = image[::_STEP, ::_STEP, 1].astype(np.float32)
    then = before[::_STEP, ::_STEP, 1].astype(np.float32)
    usable = trusted[::_STEP, ::_STEP] & (now < _MOST_TONE) & (then > _LEAST_TONE) & (then < _MOST_TONE)
    if int(usable.sum()) < _LEAST_PIXELS:
        return 1.0
    return float(np.clip(np.median(now[usable] / then[usable]), _LEAST_GAIN, _MOST_GAIN))


def compensated(image: Image, gained: float) -> Image:
    """The picture as it would be without the gain."""
    if abs(gained - 1.0) < _NEGLIGIBLE:
        return image
    return np.asarray(cv2.convertScaleAbs(image, alpha=1.0 / gained), np.uint8)

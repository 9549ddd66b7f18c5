"""One look: a picture of a camera at one moment, as every detector gets it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.errors import DetectorError

Image = NDArray[np.uint8]
"""(rows, columns, 3) in the order blue, green, red; or (rows, columns) grey."""

_COLOURLESS: Final = 2.0
_COLOURED: Final = 5.0
"""Differences between channels, grey levels: below `_COLOURLESS` a picture counts as infrared for certain,
above `_COLOURED` it counts as colour for certain; in between, as infrared with `doubtful_light`."""
_COLOUR_PERCENTILE: Final = 60.0
"""Percentile of the difference between channels over all pixels that is taken for `Look.colour`."""
_SAMPLE_STRIDE: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One picture.

    Attributes:
        image: (rows, columns, 3) BGR, 0 to 255; never written to by a detector.
        at_s: seconds on a monotonic clock; only differences have a meaning.
        infrared: whether the camera has switched to its colourless night picture.
        taken_at: the same moment in seconds since the epoch; without it no allowed hours apply.
        colour: difference between the channels in most of the picture, grey levels, 0 to 255.
        doubtful_light: whether colour and infrared cannot be told apart in this picture alone, for example
            for grey ground under a grey sky.
    """

    image: Image
    at_s: float
    infrared: bool
    taken_at: float | None = None
    colour: float = 0.0
    doubtful_light: bool = False

    @classmethod
    def of(cls, image: Image, at_s: float, taken_at: float | None = None) -> Look:
        """Make a look from a decoded picture; a picture without colour is taken for infrared.

        Raises:
            DetectorError: the picture is not (rows, columns, 3) of 8 bits or is empty, or a time is not
                finite.
        """
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
            raise DetectorError(
                f"a picture must be (rows, columns, 3) of uint8, not {image.shape} of {image.dtype}"
            )
        if not math.isfinite(at_s):
            raise DetectorError("a picture's time must be a finite number of seconds")
        blue, green, red = cv2.split(np.ascontiguousarray(image[::_SAMPLE_STRIDE, ::_SAMPLE_STRIDE]))
        maximum, minimum = cv2.max(cv2.max(blue, green), red), cv2.min(cv2.min(blue, green), red)
        colour = _percentile(np.asarray(cv2.subtract(maximum, minimum), np.uint8), _COLOUR_PERCENTILE)
        return cls(
            image=image,
            at_s=at_s,
            taken_at=taken_at,
            infrared=colour < _COLOURLESS,
            colour=colour,
            doubtful_light=_COLOURLESS <= colour <= _COLOURED,
        )

    @property
    def size_px(self) -> tuple[int, int]:
        """Columns and rows."""
        return self.image.shape[1], self.image.shape[0]


def _percentile(values: NDArray[np.uint8], percent: float) -> float:
    """As np.percentile, in a tenth of its time: this is asked of every look."""
    place = percent / 100 * (values.size - 1)
    lower = int(place)
    upper = min(lower + 1, values.size - 1)
    ordered = np.partition(values.ravel(), (lower, upper))
    below, above = float(ordered[lower]), float(ordered[upper])
    return below + (above - below) * (place - lower)

"""The median of the last looks, pixel by pixel, in which nothing that only passes by shows."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np

from detectors.left_object.log_gradient import LogGradient

_LOOKS: Final = 9
_MIDDLE: Final = 4


@dataclass(slots=True, eq=False)
class TemporalMedian:
    """The last nine looks and their median.

    The median is approximated by the median of three medians of three, which costs a fifth. A value that was
    seen in fewer than four looks never shows; a value that was seen in the last five always does.

    Attributes:
        looks: (seconds, gradient) of each look, the newest last.
        value: the median; None until there are nine looks.
    """

    looks: deque[tuple[float, LogGradient]] = field(default_factory=lambda: deque(maxlen=_LOOKS))
    value: LogGradient | None = None
    _triples: deque[LogGradient] = field(default_factory=lambda: deque(maxlen=_LOOKS - 2))

    def add(self, at_s: float, gradient: LogGradient) -> bool:
        """Take a look in; return whether the median may have changed."""
        self.looks.append((at_s, gradient))
        if len(self.looks) < 3:
            return False
        self._triples.append(_median(*(one for _, one in list(self.looks)[-3:])))
        if len(self._triples) < _LOOKS - 2:
            return False
        newest, middle, oldest = self._triples[-1], self._triples[-4], self._triples[-7]
        if newest is middle is oldest and self.value is newest:
            return False
        self.value = _median(newest, middle, oldest)
        return True

    @property
    def middle_s(self) -> float:
        """The earliest moment at which the median can have taken its present value."""
        return self.looks[-1 - _MIDDLE][0]

    @property
    def span_s(self) -> float:
        """Seconds from the oldest of the looks to the newest."""
        return self.looks[-1][0] - self.looks[0][0]


def _median(one: LogGradient, two: LogGradient, three: LogGradient) -> LogGradient:
    """The median of three, pixel by pixel.

    If two of the three are the same array, that array itself is returned. A caller can then check with `is`
    that nothing has changed, without comparing pixels.
    """
    if one is two or one is three:
        return one
    if two is three:
        return two
    low, high = cv2.min(one, two), cv2.max(one, two)
    return np.asarray(cv2.max(low, cv2.min(high, three)), np.uint8).reshape(-1)

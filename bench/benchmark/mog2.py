"""The baseline: two mixtures of Gaussians that learn at different speeds.

What the slow background does not know and the fast one does stands still. This is the method of F. Porikli,
Y. Ivanov and T. Haga, "Robust abandoned object detection using dual foregrounds", EURASIP Journal on Advances
in Signal Processing 2008, with OpenCV's MOG2 (Z. Zivkovic 2004) as the background model: an evidence image
grows where a pixel stands still and shrinks where it does not. Its settings were chosen on seeds below
1,000,000.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.look import Image

_WIDTH_PX: Final = 352
_SLOW_S: Final = 1000.0
_FAST_S: Final = 60.0
"""Time constants of the two backgrounds: the fast one takes an object for ground after about 6 s, the slow
one after about 100 s (a tenth of its weight)."""
_SHRINKS: Final = 2.0
"""How much faster evidence goes than it comes."""
_MIN_PX: Final = 40
"""Least area of an object, pixels of a picture 352 wide."""
_SHARE: Final = 0.8
"""Share of the dwell for which a pixel must stand still; the rest passes before the fast one knows it."""
_LEARNS_S: Final = 30.0
_FOREGROUND: Final = 255

Box = tuple[float, float, float, float]


class DualBackground:
    """Dual foregrounds in one zone."""

    def __init__(self, outline: NDArray[np.float32], dwell_s: float, size_px: tuple[int, int]) -> None:
        self._scale = min(1.0, _WIDTH_PX / size_px[0])
        self._size = (round(size_px[0] * self._scale), round(size_px[1] * self._scale))
        zone = np.zeros((self._size[1], self._size[0]), np.uint8)
        cv2.fillPoly(zone, [np.round(outline * self._scale).astype(np.int32)], 1)
        self._zone = zone > 0
        self._dwell_s = dwell_s
        self._slow = cv2.createBackgroundSubtractorMOG2(detectShadows=True)
        self._fast = cv2.createBackgroundSubtractorMOG2(detectShadows=True)
        self._evidence_s = np.zeros(zone.shape, np.float32)
        self._told = np.zeros(zone.shape, bool)
        self._before_s: float | None = None
        self._began_s = 0.0

    def look(self, picture: Image, at_s: float) -> Sequence[Box]:
        """The boxes of the objects that have stood for the dwell with this picture."""
        small = cv2.resize(picture, self._size, interpolation=cv2.INTER_AREA)
        if self._before_s is None:
            self._before_s = self._began_s = at_s
        gap_s, self._before_s = at_s - self._before_s, at_s
        learns = at_s - self._began_s < _LEARNS_S  # so long all pictures count the same
        known_s = max(at_s - self._began_s, 1e-6) if learns else math.inf
        slow, fast = (
            background.apply(small, learningRate=1 - math.exp(-gap_s / min(known_s, constant_s)))
            for background, constant_s in ((self._slow, _SLOW_S), (self._fast, _FAST_S))
        )
        if learns:
            return []
        stands = (slow == _FOREGROUND) & (fast != _FOREGROUND) & self._zone
        self._evidence_s += np.where(stands, gap_s, -_SHRINKS * gap_s).astype(np.float32)
        np.clip(self._evidence_s, 0, self._dwell_s, out=self._evidence_s)
        return self._begun()

    def _begun(self) -> list[Box]:
        """Objects of which no part was told before."""
        self._told &= self._evidence_s > 0
        sure = (self._evidence_s >= _SHARE * self._dwell_s).astype(np.uint8)
        closed = cv2.morphologyEx(sure, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
        count, labels, stats, _ = cv2.connectedComponentsWithStats(np.asarray(closed, np.uint8))
        boxes: list[Box] = []
        for number in range(1, count):
            left, top, wide, high, area = (int(value) for value in stats[number])
            inside = labels == number
            if area >= _MIN_PX and not (self._told & inside).any():
                edges = (left, top, left + wide, top + high)
                boxes.append(tuple(edge / self._scale for edge in edges))  # type: ignore[arg-type]
            if area >= _MIN_PX:
                self._told |= inside
        return boxes

"""From steps that changed to a picture of what changed: the reverse of taking steps.

Small steps are left out before they are added up again, and with them all that light does softly: a cloud,
a lamp's cone, wet ground, fog (E. Land's retinex, in B. Horn's form). What is left stands in the picture as
one surface with its outline.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.left_object.pattern import ZERO, Layout, Steps

Relief = NDArray[np.uint8]
"""(rows / 2, columns / 2, 3), 128 where nothing changed: brightness, red against blue, green against both."""

_SAMPLED: Final = 3
_REACH_PX: Final = 120.0
"""How far an outline that is not closed fills in, in pixels of half size."""


class Summing:
    """Adds steps up for one layout: a screened Poisson equation, solved by cosine transform."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        rows, columns = (2 * cv2.getOptimalDFTSize((side + 1) // 2) for side in layout.half)
        down = 2 - 2 * np.cos(np.pi * np.arange(rows) / rows)
        right = 2 - 2 * np.cos(np.pi * np.arange(columns) / columns)
        self._weight = (-1.0 / (down[:, None] + right[None, :] + _REACH_PX**-2)).astype(np.float32)

    def relief(self, now: Steps, before: Steps, least: int) -> Relief:
        """What changed, by steps that changed by more than `least`."""
        layout = self._layout
        changed = np.asarray(cv2.absdiff(now, before), np.uint8).reshape(-1)
        planes = [self._brightness(now, before, changed, least)]
        for index in range(2):
            part = layout.colour(changed)[index]
            keep = np.maximum(part[0], part[1]) > least
            if keep.any():
                one, other = layout.colour(now)[index], layout.colour(before)[index]
                steps = (one.astype(np.float32) - other.astype(np.float32)) * keep
                planes.append(self._sum(steps[0], steps[1]))
            else:
                planes.append(None)
        relief = np.full((*layout.half, 3), ZERO, np.uint8)
        for index, plane in enumerate(planes):
            if plane is not None:
                relief[:, :, index] = np.clip(plane + (ZERO + 0.5), 0, 255)
        return relief

    def _brightness(
        self, now: Steps, before: Steps, changed: Steps, least: int
    ) -> NDArray[np.float32] | None:
        part = self._layout.brightness(changed)
        keep = np.asarray(cv2.max(part[0], part[1])) > least
        if not keep.any():
            return None
        one, other = self._layout.brightness(now), self._layout.brightness(before)
        steps = (one.astype(np.float32) - other.astype(np.float32)) * keep
        across = (steps[0, 0::2] + steps[0, 1::2]) / 2
        down = (steps[1, :, 0::2] + steps[1, :, 1::2]) / 2
        right = np.zeros(self._layout.half, np.float32)
        right[:, :-1] = (across[:, 0:-2:2] + 2 * across[:, 1:-1:2] + across[:, 2::2]) / 2
        below = np.zeros(self._layout.half, np.float32)
        below[:-1] = (down[0:-2:2] + 2 * down[1:-1:2] + down[2::2]) / 2
        return self._sum(right, below)

    def _sum(self, right: NDArray[np.float32], down: NDArray[np.float32]) -> NDArray[np.float32]:
        rows, columns = right.shape
        curve = np.zeros(self._weight.shape, np.float32)
        curve[:rows, :columns] = right + down
        curve[:rows, 1:columns] -= right[:, :-1]
        curve[1:rows, :columns] -= down[:-1]
        surface = np.asarray(cv2.idct(cv2.dct(curve) * self._weight)[:rows, :columns], np.float32)
        return surface - np.median(surface[::_SAMPLED, ::_SAMPLED])  # most of the place has not changed

"""Reconstruction of an image of the changes from changed gradients: the reverse of taking a gradient.

Small changes are left out first. That removes all soft changes of light: a cloud, a lamp's cone, wet ground,
fog (E. Land's retinex, in B. Horn's form). The remaining changes are integrated to a surface, in which a new
object shows as an area with its outline.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.left_object.log_gradient import ZERO, GradientLayout, LogGradient

Relief = NDArray[np.uint8]
"""(rows / 2, columns / 2, 3), 128 where nothing changed: brightness, red against blue, green against both."""

_SAMPLE_STRIDE: Final = 3
"""The median of a surface is estimated from every third row and column."""


class ReliefSolver:
    """Reconstructs images of one layout: a screened Poisson equation, solved by cosine transform."""

    def __init__(self, layout: GradientLayout, reach_px: float) -> None:
        self._layout = layout
        rows, columns = (2 * cv2.getOptimalDFTSize((side + 1) // 2) for side in layout.half)
        down = 2 - 2 * np.cos(np.pi * np.arange(rows) / rows)
        right = 2 - 2 * np.cos(np.pi * np.arange(columns) / columns)
        self._weight = (-1.0 / (down[:, None] + right[None, :] + reach_px**-2)).astype(np.float32)

    def solve(self, now: LogGradient, before: LogGradient, minimum: int) -> Relief:
        """The image of the changes between two gradients, without changes of up to `least` log units."""
        layout = self._layout
        changed = np.asarray(cv2.absdiff(now, before), np.uint8).reshape(-1)
        planes = [self._brightness(now, before, changed, minimum)]
        for index in range(2):
            part = layout.colour(changed)[index]
            keep = np.maximum(part[0], part[1]) > minimum
            if keep.any():
                one, other = layout.colour(now)[index], layout.colour(before)[index]
                change = (one.astype(np.float32) - other.astype(np.float32)) * keep
                planes.append(self._integrated(change[0], change[1]))
            else:
                planes.append(None)
        relief = np.full((*layout.half, 3), ZERO, np.uint8)
        for index, plane in enumerate(planes):
            if plane is not None:
                relief[:, :, index] = np.clip(plane + (ZERO + 0.5), 0, 255)
        return relief

    def _brightness(
        self, now: LogGradient, before: LogGradient, changed: LogGradient, minimum: int
    ) -> NDArray[np.float32] | None:
        part = self._layout.brightness(changed)
        keep = np.asarray(cv2.max(part[0], part[1]) > minimum)
        if not keep.any():
            return None
        change = [
            cv2.copyTo(cv2.subtract(one, other, dtype=cv2.CV_32F), keep.view(np.uint8))
            for one, other in zip(self._layout.brightness(now), self._layout.brightness(before), strict=True)
        ]
        across = (change[0][0::2] + change[0][1::2]) / 2
        down = (change[1][:, 0::2] + change[1][:, 1::2]) / 2
        right = np.zeros(self._layout.half, np.float32)
        right[:, :-1] = (across[:, 0:-2:2] + 2 * across[:, 1:-1:2] + across[:, 2::2]) / 2
        below = np.zeros(self._layout.half, np.float32)
        below[:-1] = (down[0:-2:2] + 2 * down[1:-1:2] + down[2::2]) / 2
        return self._integrated(right, below)

    def _integrated(self, right: NDArray[np.float32], down: NDArray[np.float32]) -> NDArray[np.float32]:
        rows, columns = right.shape
        curve = np.zeros(self._weight.shape, np.float32)
        curve[:rows, :columns] = right + down
        curve[:rows, 1:columns] -= right[:, :-1]
        curve[1:rows, :columns] -= down[:-1]
        surface = np.asarray(cv2.idct(cv2.dct(curve) * self._weight)[:rows, :columns], np.float32)
        sample = surface[::_SAMPLE_STRIDE, ::_SAMPLE_STRIDE].ravel()
        middle = np.partition(sample, sample.size // 2)[sample.size // 2]  # most of the zone has not changed
        return np.asarray(surface - middle, np.float32)

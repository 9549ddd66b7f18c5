"""The piece of picture around one zone at working size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.look import Image
from detectors.places import Purpose, Zone

_WORKING_LONG_SIDE_PX: Final = 640.0
"""Of the whole picture; at 480 small dark objects were lost."""
_WHOLE_STEP: Final = 0.01
_ABOVE: Final = 1.1
_ABOVE_VEHICLES: Final = 2.5
"""A zone along a kerb is shallow, and a van stands high above it: cut off, it would have no outline there."""
_BESIDE: Final = 0.12


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Region:
    """Where to cut and how far to shrink.

    Things stand up from the ground, so the cut reaches above the zone by its own height.

    Attributes:
        left: first column in the full picture.
        top: first row.
        right: last column, exclusive.
        bottom: last row, exclusive.
        scale: working pixels for one of the picture's.
        ground: (rows, columns) bool of the working picture: the zone itself.
    """

    left: int
    top: int
    right: int
    bottom: int
    scale: float
    ground: NDArray[np.bool_]

    @classmethod
    def around(cls, zone: Zone, frame_px: tuple[int, int]) -> Region:
        """Lay a region around a zone in a picture of `frame_px` columns and rows."""
        columns, rows = frame_px
        low, high = zone.outline.min(axis=0), zone.outline.max(axis=0)
        width, height = high - low
        above = _ABOVE_VEHICLES if zone.purpose is Purpose.VEHICLE else _ABOVE
        left, right = max(0, int(low[0] - width * _BESIDE)), min(columns, int(high[0] + width * _BESIDE) + 1)
        top, bottom = max(0, int(low[1] - height * above)), min(rows, int(high[1] + height * _BESIDE) + 1)
        scale = min(1.0, _WORKING_LONG_SIDE_PX / max(columns, rows))
        step = round(1 / scale)
        if abs(step * scale - 1) < _WHOLE_STEP:  # whole steps shrink far quicker, if the sides fit
            right, bottom, scale = right - (right - left) % step, bottom - (bottom - top) % step, 1 / step
        shape = (max(8, round((bottom - top) * scale)), max(8, round((right - left) * scale)))
        ground = np.zeros(shape, np.uint8)
        corners = (zone.outline - np.array([left, top], np.float32)) * scale
        cv2.fillPoly(ground, [np.round(corners).astype(np.int32)], (1,))
        return cls(
            left=left, top=top, right=right, bottom=bottom, scale=scale, ground=ground.astype(np.bool_)
        )

    def cut(self, image: Image, shift_px: tuple[float, float] = (0.0, 0.0)) -> Image:
        """The working picture, (rows, columns, 3), lightly smoothed, of a place moved by `shift_px`.

        Whole pixels cost nothing. The rest is moved once the picture is small: it is half a pixel at most.
        """
        rows, columns = self.ground.shape
        right, down = round(shift_px[0]), round(shift_px[1])
        left, top = self.left + right, self.top + down
        part = image[max(0, top) : max(0, self.bottom + down), max(0, left) : max(0, self.right + right)]
        beyond = (
            max(0, -top),
            max(0, self.bottom + down - image.shape[0]),
            max(0, -left),
            max(0, self.right + right - image.shape[1]),
        )
        if any(beyond):
            part = np.asarray(cv2.copyMakeBorder(part, *beyond, borderType=cv2.BORDER_REPLICATE), np.uint8)
        if part.shape[:2] != (rows, columns):
            # The mean over an area costs far more and differs only where a picture shrinks to less than half.
            how = cv2.INTER_LINEAR if self.scale >= 0.5 else cv2.INTER_AREA
            part = np.asarray(cv2.resize(part, (columns, rows), interpolation=how), np.uint8)
        part = moved_back(part, ((shift_px[0] - right) * self.scale, (shift_px[1] - down) * self.scale))
        return np.asarray(cv2.blur(part, (3, 3)), np.uint8)

    def in_picture(self, box: tuple[int, int, int, int]) -> tuple[float, float, float, float]:
        """A box of the working picture in pixels of the full picture."""
        left, top, right, bottom = (edge / self.scale for edge in box)
        return left + self.left, top + self.top, right + self.left, bottom + self.top


def moved_back(picture: Image, shift: tuple[float, float]) -> Image:
    """A picture in which everything lies `shift` pixels too far right and down, put right."""
    if shift == (0.0, 0.0):
        return picture
    matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
    # Cubic: the mean of neighbours would blur each look by another amount, which shows in its steps.
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    size = (picture.shape[1], picture.shape[0])
    back = cv2.warpAffine(picture, matrix, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(back, np.uint8)

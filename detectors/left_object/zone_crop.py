"""The part of the picture around one zone, cut out and shrunk to working size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.ground import Box
from detectors.left_object.blobs import HalfBox
from detectors.left_object.settings import LeftObjectSettings
from detectors.look import Image
from detectors.places import Purpose, Zone

_WHOLE_STEP: Final = 0.01
"""A scale this close to 1/n becomes 1/n, because shrinking by a whole number is far quicker."""
_MIN_SIDE_PX: Final = 8


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ZoneCrop:
    """The rectangle to cut out around a zone, and its scale.

    Objects stand up from the ground, so the cut extends above the zone by a multiple of the zone's height.

    Attributes:
        left: first column in the full picture.
        top: first row.
        right: last column, exclusive.
        bottom: last row, exclusive.
        scale: working pixels for one pixel of the full picture.
        ground: (rows, columns) bool of the working picture: the zone itself.
        half_ground: (rows / 2, columns / 2) bool, the same at half the working size.
    """

    left: int
    top: int
    right: int
    bottom: int
    scale: float
    ground: NDArray[np.bool_]
    half_ground: NDArray[np.bool_]

    @classmethod
    def around(cls, zone: Zone, frame_px: tuple[int, int], settings: LeftObjectSettings) -> ZoneCrop:
        """The cut around a zone in a picture of `frame_px` columns and rows."""
        columns, rows = frame_px
        low, high = zone.outline.min(axis=0), zone.outline.max(axis=0)
        width, height = high - low
        above = settings.crop_above_vehicle if zone.purpose is Purpose.VEHICLE else settings.crop_above
        beside = settings.crop_beside
        left, right = max(0, int(low[0] - width * beside)), min(columns, int(high[0] + width * beside) + 1)
        top, bottom = max(0, int(low[1] - height * above)), min(rows, int(high[1] + height * beside) + 1)
        scale = min(1.0, settings.working_long_side_px / max(columns, rows))
        step = round(1 / scale)
        if abs(step * scale - 1) < _WHOLE_STEP:
            right, bottom, scale = right - (right - left) % step, bottom - (bottom - top) % step, 1 / step
        shape = (
            max(_MIN_SIDE_PX, round((bottom - top) * scale)),
            max(_MIN_SIDE_PX, round((right - left) * scale)),
        )
        filled = np.zeros(shape, np.uint8)
        corners = (zone.outline - np.array([left, top], np.float32)) * scale
        cv2.fillPoly(filled, [np.round(corners).astype(np.int32)], (1,))
        ground = filled.astype(np.bool_)
        half_rows, half_columns = (side // 2 for side in shape)
        half_ground = ground[: 2 * half_rows : 2, : 2 * half_columns : 2].copy()
        return cls(
            left=left,
            top=top,
            right=right,
            bottom=bottom,
            scale=scale,
            ground=ground,
            half_ground=half_ground,
        )

    def cut(self, image: Image, shift_px: tuple[float, float] = (0.0, 0.0)) -> Image:
        """The working picture, (rows, columns, 3), lightly smoothed.

        Args:
            image: the full picture.
            shift_px: how far the zone lies right and down of its outline, in pixels of the full picture. The
                cut follows the whole pixels, at no cost. The working picture is moved by the rest, which is
                half a pixel at most.
        """
        rows, columns = self.ground.shape
        right, down = round(shift_px[0]), round(shift_px[1])
        left, top = self.left + right, self.top + down
        part = image[max(0, top) : max(0, self.bottom + down), max(0, left) : max(0, self.right + right)]
        padding = (
            max(0, -top),
            max(0, self.bottom + down - image.shape[0]),
            max(0, -left),
            max(0, self.right + right - image.shape[1]),
        )
        if any(padding):
            part = np.asarray(cv2.copyMakeBorder(part, *padding, borderType=cv2.BORDER_REPLICATE), np.uint8)
        if part.shape[:2] != (rows, columns):
            # The mean over an area costs far more, and differs only if a picture shrinks to less than half.
            how = cv2.INTER_LINEAR if self.scale >= 0.5 else cv2.INTER_AREA
            part = np.asarray(cv2.resize(part, (columns, rows), interpolation=how), np.uint8)
        part = shifted_back(part, ((shift_px[0] - right) * self.scale, (shift_px[1] - down) * self.scale))
        return np.asarray(cv2.blur(part, (3, 3)), np.uint8)

    def full_box(self, box: HalfBox) -> Box:
        """Convert a box at half the working size to pixels of the full picture."""
        left, top, right, bottom = (2 * edge / self.scale for edge in box)
        return left + self.left, top + self.top, right + self.left, bottom + self.top

    @property
    def box_px(self) -> Box:
        """The whole cut in pixels of the full picture."""
        rows, columns = self.half_ground.shape
        return self.full_box((0, 0, columns, rows))


def shifted_back(picture: Image, shift: tuple[float, float]) -> Image:
    """Move a picture left and up by `shift` pixels, which may be fractions."""
    if shift == (0.0, 0.0):
        return picture
    matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
    # Cubic, because linear interpolation would blur each look by a different amount and change its gradient.
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    size = (picture.shape[1], picture.shape[0])
    back = cv2.warpAffine(picture, matrix, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(back, np.uint8)

"""The part of the picture around one cover, shrunk to a size at which features are comparable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.cover.settings import CoverSettings
from detectors.errors import DetectorError
from detectors.look import Image
from detectors.places import CoverPlace, Polygon

Grey = NDArray[np.uint8]
Mask = NDArray[np.bool_]

_INSIDE_RADIUS: Final = 0.86
"""The inside of a cover ends here, in radii of the outline: its edge and the frame's shadow lie outside."""
_RING_INNER_RADIUS: Final = 1.22
"""The ring of pavement begins here, in radii of the outline: the frame lies within."""
_RING_OUTER_RADIUS: Final = 1.9
"""The ring, and with it the window, ends here, in radii of the outline."""
_RIM_RADII: Final = (0.74, 0.84, 1.04, 1.09, 1.2, 1.28)
"""Lines along the outline, in its radii: two just inside, two on the frame, two on the pavement."""
_RIM_POINTS: Final = 48
"""Points on each of these lines."""
_MIN_HEIGHT: Final = 0.45
"""Least height of the part that the window is laid around, in widths of the cover; for slanted views."""
_SIDE_MULTIPLE: Final = 16
"""Sides are multiples of 16: at other sizes cv2.phaseCorrelate returns a shift that is not there."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Window:
    """The rectangle to cut out, its scale, and masks of the cover and of the pavement in it.

    Attributes:
        left: first column of the cut in the full picture.
        top: first row.
        scale: working pixels for one pixel of the full picture.
        width: columns of the working picture, a multiple of 16.
        height: rows of the working picture, a multiple of 16.
        cover_px: width of the cover in the full picture.
        outline: (height, width), true on the cover.
        inside: (height, width), true on the cover without its rim.
        ring: (height, width), true on the pavement around, without the frame.
        rim: (2, 6, points) float32: x and y of points along the outline, from inside outwards.
        inside_weights: (height, width) float32, 1 inside.
        ring_weights: (height, width) float32, 1 on the ring.
        taper: (height, width) float32, weight for registration: the ring with soft edges.
        box_px: left, top, right, bottom of the cover in the full picture.
    """

    left: int
    top: int
    scale: float
    width: int
    height: int
    cover_px: float
    outline: Mask
    inside: Mask
    ring: Mask
    rim: NDArray[np.float32]
    inside_weights: NDArray[np.float32]
    ring_weights: NDArray[np.float32]
    taper: NDArray[np.float32]
    box_px: tuple[float, float, float, float]

    @classmethod
    def around(cls, place: CoverPlace, frame_px: tuple[int, int], settings: CoverSettings) -> Window:
        """Lay a window around a cover in a picture of `frame_px` columns and rows.

        Raises:
            DetectorError: the cover is too small to be judged, or lies partly outside the picture.
        """
        left, top = place.outline.min(axis=0)
        right, bottom = place.outline.max(axis=0)
        if right - left < settings.min_width_px:
            raise DetectorError(
                f"cover {place.id} is {right - left:.0f} px wide; "
                f"at least {settings.min_width_px:.0f} are needed"
            )
        if left < 0 or top < 0 or right > frame_px[0] or bottom > frame_px[1]:
            raise DetectorError(
                f"cover {place.id} extends outside the picture of {frame_px[0]}x{frame_px[1]}"
            )
        scale = min(1.0, settings.working_width_px / float(right - left))
        centre = np.array([(left + right) / 2, (top + bottom) / 2], np.float32)
        width = _rounded_up((right - left) * _RING_OUTER_RADIUS * scale)
        height = _rounded_up(max(bottom - top, (right - left) * _MIN_HEIGHT) * _RING_OUTER_RADIUS * scale)
        corner = np.round(centre - np.array([width, height]) / scale / 2).astype(np.float32)
        outline = ((place.outline - corner) * scale).astype(np.float32)
        middle = ((centre - corner) * scale).astype(np.float32)
        whole = _filled(outline, middle, _RING_OUTER_RADIUS, width, height)
        frame = _filled(outline, middle, _RING_INNER_RADIUS, width, height)
        inside = _filled(outline, middle, _INSIDE_RADIUS, width, height)
        ring = whole & ~frame
        return cls(
            left=int(corner[0]),
            top=int(corner[1]),
            scale=scale,
            width=width,
            height=height,
            cover_px=float(right - left),
            outline=_filled(outline, middle, 1.0, width, height),
            inside=inside,
            ring=ring,
            rim=_rim_lines(outline, middle),
            inside_weights=inside.astype(np.float32),
            ring_weights=ring.astype(np.float32),
            taper=np.asarray(
                cv2.GaussianBlur(ring.astype(np.float32), (0, 0), 2.0)
                * cv2.createHanningWindow((width, height), cv2.CV_32F) ** 0.25,
                np.float32,
            ),
            box_px=(float(left), float(top), float(right), float(bottom)),
        )

    def dragged_box(self, right: float, down: float) -> tuple[float, float, float, float]:
        """The box of the cover after a displacement, in widths and in heights of the cover."""
        left, top, far, bottom = self.box_px
        across, along = right * (far - left), down * (bottom - top)
        return left + across, top + along, far + across, bottom + along

    def cut(self, image: Image, shift_px: tuple[float, float] = (0.0, 0.0)) -> Grey:
        """The working picture, (height, width) grey, of a place that has moved by `shift_px`.

        `shift_px` is (right, down) in pixels of the full picture.
        """
        columns, rows = round(self.width / self.scale), round(self.height / self.scale)
        left, top = self.left + round(shift_px[0]), self.top + round(shift_px[1])
        right, bottom = left + columns, top + rows
        part = image[max(0, top) : bottom, max(0, left) : right]
        grey = cv2.cvtColor(part, cv2.COLOR_BGR2GRAY) if part.ndim == 3 else part
        padding = (
            max(0, -top),
            rows - max(0, -top) - part.shape[0],
            max(0, -left),
            columns - max(0, -left) - part.shape[1],
        )
        if any(padding):
            grey = cv2.copyMakeBorder(grey, *padding, borderType=cv2.BORDER_REPLICATE)
        if (columns, rows) != (self.width, self.height):
            grey = cv2.resize(grey, (self.width, self.height), interpolation=cv2.INTER_AREA)
        return np.asarray(grey, np.uint8)


def _rounded_up(length: float) -> int:
    return max(2 * _SIDE_MULTIPLE, int(-(-length // _SIDE_MULTIPLE)) * _SIDE_MULTIPLE)


def _filled(outline: Polygon, middle: NDArray[np.float32], radius: float, width: int, height: int) -> Mask:
    """A mask of the outline, scaled by `radius` around its middle."""
    mask = np.zeros((height, width), np.uint8)
    corners = (
        middle + (outline - middle) * radius
    ) * 16  # fillPoly takes four fractional bits, that is 16ths
    cv2.fillPoly(mask, [np.round(corners).astype(np.int32)], (1,), cv2.LINE_8, 4)
    return mask.astype(np.bool_)


def _rim_lines(outline: Polygon, middle: NDArray[np.float32]) -> NDArray[np.float32]:
    """Points evenly spread along lines around the outline: (2, lines, points), x and y."""
    closed = np.vstack([outline, outline[:1]])
    arc_length = np.concatenate([[0.0], np.hypot(*np.diff(closed, axis=0).T).cumsum()])
    steps = np.linspace(0.0, arc_length[-1], _RIM_POINTS, endpoint=False)
    points = np.stack([np.interp(steps, arc_length, closed[:, axis]) for axis in (0, 1)], axis=1)
    lines = np.stack([middle + (points - middle) * radius for radius in _RIM_RADII])
    return np.ascontiguousarray(np.moveaxis(lines, 2, 0), np.float32)

"""What an installer draws into a camera's picture: covers and zones, in pixels of the full picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.errors import DetectorError
from detectors.ground import Box, SizeLimits
from detectors.hours import Hours

Polygon = NDArray[np.float32]
"""(corners, 2): x to the right, y downwards, pixels."""

_ELLIPSE_CORNERS: Final = 32
_MIN_AREA_PX: Final = 36.0
_VEHICLE_SHARE: Final = 0.02
VEHICLE_WIDTH_M: Final = (1.2, 15.0)
"""Least and greatest width of a vehicle's box: a small car from the front, whose box is a little too narrow;
a long bus from the side."""
VEHICLE_HEIGHT_M: Final = 1.5
"""A heap of cartons may be as wide as a car from the front, but is lower."""


class Purpose(StrEnum):
    """What must not stay in a zone."""

    STALL = "stall"
    GOODS = "goods"
    VEHICLE = "vehicle"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverPlace:
    """A manhole cover's outline in the picture."""

    id: str
    outline: Polygon


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """An area of ground in which no object may stay.

    Attributes:
        id: its name within the camera.
        outline: the ground it covers.
        purpose: which objects are looked for.
        dwell_s: how long an object must have stood still before it counts, seconds.
        allowed: the hours in which objects may stand there; None for no hours.
        size: limits of an object's size; None without a calibration of the camera.
    """

    id: str
    outline: Polygon
    purpose: Purpose
    dwell_s: float
    allowed: Hours | None = None
    size: SizeLimits | None = None

    def __post_init__(self) -> None:
        """Refuse a dwell that is too short or too long to be measured."""
        if not 2.0 <= self.dwell_s <= 86_400.0:
            raise DetectorError(f"zone {self.id}: dwell_s is {self.dwell_s}; give 2 s to one day")

    def counts(self, box_px: Box) -> bool:
        """Whether an object in this box, in pixels of the full picture, is of a size that is looked for.

        If no size is set, a vehicle's box must have at least 2 % of the zone's area in the picture. The box
        of a carton or a person has less; that of a car at the far end of a long zone has more.
        """
        if self.size is not None:
            return self.size.allow(box_px)
        if self.purpose is not Purpose.VEHICLE:
            return True
        left, top, right, bottom = box_px
        return (right - left) * (bottom - top) >= _VEHICLE_SHARE * cv2.contourArea(self.outline)


def polygon(corners: Sequence[Sequence[float]]) -> Polygon:
    """An outline from its corners.

    Raises:
        DetectorError: there are fewer than three corners, a corner is not a point, or the area is too small.
    """
    points = np.asarray(corners, np.float32)
    if points.ndim != 2 or points.shape[0] < 3 or points.shape[1] != 2 or not np.isfinite(points).all():
        raise DetectorError("an outline needs at least three corners [x, y] in pixels")
    if cv2.contourArea(points) < _MIN_AREA_PX:
        raise DetectorError(
            f"an outline of less than {_MIN_AREA_PX:.0f} square pixels shows nothing; draw it larger"
        )
    return points


def ellipse(x: float, y: float, width: float, height: float, angle_deg: float = 0.0) -> Polygon:
    """An outline from an ellipse's centre, full width and full height, turned clockwise by `angle_deg`."""
    turn = math.radians(angle_deg)
    steps = np.linspace(0.0, math.tau, _ELLIPSE_CORNERS, endpoint=False)
    along, across = np.cos(steps) * width / 2, np.sin(steps) * height / 2
    corners = np.stack(
        [
            x + along * math.cos(turn) - across * math.sin(turn),
            y + along * math.sin(turn) + across * math.cos(turn),
        ],
        axis=1,
    )
    return polygon(corners.tolist())

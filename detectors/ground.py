"""From pixels to the ground: calibration of a camera by points whose pixel and place are known. Pure.

The ground is assumed to be a plane. Its homography to the picture follows from four points, no three of which
lie on a line, and from more points by least squares. An object that stands up from the ground is measured at
its foot.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.errors import DetectorError

Points = NDArray[np.float64]
"""(n, 2): x and y, pixels or metres."""
Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels of the full picture."""

MAX_POINTS: Final = 16
_METRES_PER_DEGREE: Final = 111_320.0
"""Of latitude, on a sphere. Lengths near a camera are wrong by less than 0.6 %; places are not affected."""
_FLAT_TRIANGLE: Final = 0.01
"""Height divided by length; three points whose triangle is flatter count as lying on a line."""
_HORIZON: Final = 0.02
"""Pixels more than fifty times as far away as the marked points count as above the horizon."""
_MAX_ERROR: Final = 0.03
"""The largest error of a single point that is accepted, as a share of the span of all points."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ground:
    """Where a pixel lies on the ground.

    Attributes:
        matrix: (3, 3) float64, the homography from pixels to metres of a local plane, scaled so that its
            third row is 1 in the middle of the marked points and falls to 0 at the horizon.
        origin: (lat, lon) of the plane's (0, 0), degrees; x points east and y north. None if the points were
            given in metres only.
    """

    matrix: Points
    origin: tuple[float, float] | None = None

    @classmethod
    def of_metres(cls, pixels: Sequence[tuple[float, float]], metres: Sequence[tuple[float, float]]) -> Self:
        """Calibrate by points whose (x, y) in metres of any flat plane is known; at least four.

        Raises:
            DetectorError: the points give no homography; the text says why and what to do.
        """
        return cls(matrix=_homography(np.array(pixels, np.float64), np.array(metres, np.float64)))

    @classmethod
    def of_degrees(
        cls, pixels: Sequence[tuple[float, float]], degrees: Sequence[tuple[float, float]]
    ) -> Self:
        """Calibrate by points whose (lat, lon) in WGS-84 degrees is known; at least four.

        Raises:
            DetectorError: as for `of_metres`, and if the points are mirrored.
        """
        places = np.array(degrees, np.float64)
        lat, lon = places.mean(axis=0).tolist()
        east = (places[:, 1] - lon) * _METRES_PER_DEGREE * math.cos(math.radians(lat))
        metres = np.column_stack([east, (places[:, 0] - lat) * _METRES_PER_DEGREE])
        matrix = _homography(np.array(pixels, np.float64), metres)
        if (
            np.linalg.det(matrix) > 0
        ):  # rows count downwards, which reverses the orientation of a view from above
            raise DetectorError(
                "the points are mirrored: their order is clockwise in the picture and counter-clockwise on "
                "the map, or the reverse; check which pixel belongs to which place"
            )
        return cls(matrix=matrix, origin=(lat, lon))

    def metres(self, pixels: Sequence[tuple[float, float]]) -> Points:
        """The (n, 2) metres of pixels; NaN where a pixel shows no ground: at the horizon and above."""
        flat = np.column_stack([np.array(pixels, np.float64), np.ones(len(pixels))]) @ self.matrix.T
        near = np.where(flat[:, 2] > _HORIZON, flat[:, 2], np.nan)
        return np.asarray(flat[:, :2] / near[:, None], np.float64)

    def width_m(self, box_px: Box) -> float:
        """The width of a box at its foot: metres on the ground between its lower corners; NaN above it.

        For an object seen from the front this is its width; from the side, its length. For one seen askew it
        lies between the two, or is a little more than the longer side.
        """
        left, _, right, bottom = box_px
        one, other = self.metres([(left, bottom), (right, bottom)])
        return float(np.hypot(*(other - one)))

    def height_m(self, box_px: Box) -> float:
        """The height of a box in metres, by the scale at its foot; NaN above the horizon.

        For an upright object this is most of its height and, because a camera looks down, some of its depth.
        """
        left, top, right, bottom = box_px
        return self.width_m(box_px) * (bottom - top) / (right - left) if right > left else math.nan

    def place(self, pixel: tuple[float, float]) -> tuple[float, float] | None:
        """The (lat, lon) of a pixel, degrees; None at or above the horizon, or without an `origin`."""
        east, north = self.metres([pixel])[0].tolist()
        if self.origin is None or math.isnan(east):
            return None
        lat, lon = self.origin
        return (
            lat + north / _METRES_PER_DEGREE,
            lon + east / (_METRES_PER_DEGREE * math.cos(math.radians(lat))),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeLimits:
    """Limits of an object's size.

    Attributes:
        ground: the calibration by which sizes are measured.
        min_m: least width at the foot, metres.
        max_m: greatest width at the foot, metres.
        min_height_m: least height by the scale at the foot, metres.
    """

    ground: Ground
    min_m: float
    max_m: float
    min_height_m: float = 0.0

    def __post_init__(self) -> None:
        """Refuse limits that no width can satisfy."""
        if not 0 <= self.min_m < self.max_m:
            raise DetectorError(
                f"no width lies from {self.min_m:g} m to {self.max_m:g} m; give the smaller limit first"
            )

    def allow(self, box_px: Box) -> bool:
        """Whether a box is within the limits."""
        wide = self.min_m <= self.ground.width_m(box_px) <= self.max_m
        return wide and self.ground.height_m(box_px) >= self.min_height_m


def _homography(pixels: Points, metres: Points) -> Points:
    if not 4 <= len(pixels) <= MAX_POINTS:
        raise DetectorError(f"{len(pixels)} points are given; 4 to {MAX_POINTS} are needed")
    if not (np.isfinite(pixels).all() and np.isfinite(metres).all()):
        raise DetectorError("a point is not a finite number; give pixels and places as plain numbers")
    _refuse_lines(pixels, "in the picture")
    _refuse_lines(metres, "on the ground")
    _refuse_crossed(pixels, metres)
    found, _ = cv2.findHomography(pixels, metres, 0)
    matrix = np.asarray(found, np.float64)
    middle = matrix[2] @ np.append(pixels.mean(axis=0), 1.0)
    matrix /= middle
    _refuse_unfit(matrix, pixels, metres)
    return matrix


def _refuse_lines(points: Points, where: str) -> None:
    """Require four points of which no three lie on a line."""
    bad = {
        three for three in combinations(range(len(points)), 3) if abs(_turn(points, three)) < _FLAT_TRIANGLE
    }
    for four in combinations(range(len(points)), 4):
        if not any(three in bad for three in combinations(four, 3)):
            return
    first = ", ".join(str(index + 1) for index in min(bad))
    raise DetectorError(
        f"points {first} lie on a line {where}, or nearly so; mark four points that span an area, none of "
        "them between two others"
    )


def _refuse_crossed(pixels: Points, metres: Points) -> None:
    """Require that all triangles of points keep their orientation on the ground, or that all reverse it."""
    ways = set()
    for three in combinations(range(len(pixels)), 3):
        seen, true = _turn(pixels, three), _turn(metres, three)
        if min(abs(seen), abs(true)) >= _FLAT_TRIANGLE:
            ways.add(seen * true > 0)
    if len(ways) > 1:
        raise DetectorError(
            "the points lie in another order in the picture than on the ground, as if two were swapped; "
            "check which pixel belongs to which place"
        )


def _refuse_unfit(matrix: Points, pixels: Points, metres: Points) -> None:
    """Require that each place, projected back into the picture, lies near its marked pixel."""
    ahead = np.column_stack([pixels, np.ones(len(pixels))]) @ matrix[2]
    back = np.column_stack([metres, np.ones(len(metres))]) @ np.linalg.inv(matrix).T
    off_px = np.hypot(*(back[:, :2] / back[:, 2:] - pixels).T)
    worst = int(np.argmax(off_px))
    if (ahead <= 0).any() or off_px[worst] > _MAX_ERROR * np.hypot(*np.ptp(pixels, axis=0)):
        raise DetectorError(
            f"the points do not fit one flat piece of ground: point {worst + 1} is {off_px[worst]:.0f} "
            "pixels off where the others put it; measure it again, or leave it out"
        )


def _turn(points: Points, three: tuple[int, int, int]) -> float:
    """Height divided by length of the triangle of three points; the sign is its orientation."""
    one, two, other = points[list(three)]
    (ax, ay), (bx, by) = two - one, other - one
    longest = max(math.dist(one, two), math.dist(two, other), math.dist(other, one))
    return float(ax * by - ay * bx) / longest**2 if longest > 0 else 0.0

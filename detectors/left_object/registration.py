"""How far the camera has moved in a look, to a fraction of a pixel.

A pole sways in the wind, and the picture with it. Registration searches for the shift at which a look fits
the reference picture best. It takes Gauss-Newton steps along the slope of the reference, from coarse to fine
(B. Lucas and T. Kanade, 1981, in the inverse form of S. Baker and I. Matthews, 2004: the slope is computed
once for each reference). Both pictures are logarithms; their broad, soft part, which is light, is subtracted.
The weight of large differences, such as a passer-by or the edge of a shadow, is bounded (P. Huber, 1964).

A shift is accepted only if the camera moved in most of the last looks. A lorry that fills the picture also
looks like a moved camera, but in one look only.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.left_object.log_gradient import LOG
from detectors.left_object.settings import LeftObjectSettings
from detectors.look import Image

Shift = tuple[float, float]
"""To the right and downwards."""
_Plane = NDArray[np.float32]

_BROAD_PX: Final = 31
"""Side of the square, working pixels, whose mean is subtracted from the logarithm."""
_DIVISORS: Final = (4, 2, 1)
"""Sizes of the pyramid, as divisors of the working size."""
_BLOCK: Final = 4
"""Side of a block, working pixels; the steepest pixel of each block is a point of the reference."""
_RIM: Final = 12
"""Working pixels along the edge without points, because a shift may move them out of the picture."""
_SCHARR: Final = 32.0
"""The result of Scharr's operator for a slope of one."""
_MAX_STEPS: Final = 4
"""Gauss-Newton steps at one size."""
_MAX_STEP: Final = 1.0
"""Longest step, pixels of that size."""
_MIN_STEP: Final = 0.01
"""A shorter step, working pixels, ends the search."""
_MIN_ENERGY: Final = 50.0
"""With less slope over all points the equations have no reliable solution."""
_SHIFTS_KEPT: Final = 9
"""Shifts of the last looks whose median is taken."""
_NO_SHIFT: Final = (0.0, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    """The reference at one size, at the steepest pixel of each block; `x`, `y` and `value` are (points,)."""

    divisor: int
    x: _Plane
    y: _Plane
    value: _Plane
    slope: _Plane  # (2, points): rightward, downward
    residual_max: float

    @classmethod
    def of(cls, picture: Image, divisor: int, settings: LeftObjectSettings) -> _Level:
        """Choose the points of a reference picture."""
        plane = _high_pass(picture, divisor, settings.contrast_max)
        slope = np.stack([cv2.Scharr(plane, cv2.CV_32F, 1, 0), cv2.Scharr(plane, cv2.CV_32F, 0, 1)])
        slope = np.asarray(slope / np.float32(_SCHARR), np.float32)
        rim, block = -(-_RIM // divisor), _BLOCK // divisor
        rows, columns = (max(0, side - 2 * rim) // block for side in plane.shape)
        inside = slope[:, rim : rim + rows * block, rim : rim + columns * block]
        steepness = np.square(inside).sum(axis=0).reshape(rows, block, columns, block)
        steepest = steepness.swapaxes(1, 2).reshape(rows, columns, block * block).argmax(axis=2)
        y = (np.arange(rows)[:, None] * block + steepest // block + rim).ravel()
        x = (np.arange(columns)[None, :] * block + steepest % block + rim).ravel()
        points = x.astype(np.float32), y.astype(np.float32)
        slopes = np.asarray(slope[:, y, x], np.float32)
        return cls(divisor, *points, plane[y, x], slopes, settings.residual_max)

    def refined(self, look: _Plane, shift: Shift) -> Shift:
        """A shift improved by Gauss-Newton steps, for a look of the same size."""
        right, down = shift[0] / self.divisor, shift[1] / self.divisor
        for _ in range(_MAX_STEPS):
            residual = self._sampled(look, right, down) - self.value
            weighted = self.slope / np.maximum(1.0, np.abs(residual) / self.residual_max)
            energy = np.asarray(weighted @ self.slope.T, np.float64)
            if np.linalg.det(energy) < _MIN_ENERGY**2:
                break
            step = np.linalg.solve(energy, np.asarray(weighted @ residual, np.float64))
            step *= min(1.0, _MAX_STEP / float(np.abs(step).max() + 1e-9))
            right, down = right - float(step[0]), down - float(step[1])
            if float(np.abs(step).max()) * self.divisor < _MIN_STEP:
                break
        return right * self.divisor, down * self.divisor

    def residual(self, look: _Plane, shift: Shift) -> float:
        """The difference that a shift leaves in a look of the same size: sum over all points, log units."""
        seen = self._sampled(look, shift[0] / self.divisor, shift[1] / self.divisor)
        return float(np.minimum(np.abs(seen - self.value), self.residual_max).sum())

    def _sampled(self, look: _Plane, right: float, down: float) -> _Plane:
        if not self.value.size:  # the zone is hardly larger than the rim, and has no points
            return self.value
        seen = cv2.remap(
            look, self.x + right, self.y + down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(seen, np.float32).ravel()


class ReferencePicture:
    """A picture against which looks are registered; its finer sizes are computed when first needed."""

    def __init__(self, picture: Image, settings: LeftObjectSettings) -> None:
        self._picture = picture
        self._settings = settings
        self._coarse = _Level.of(picture, _DIVISORS[0], settings)

    @cached_property
    def _finer(self) -> list[_Level]:
        return [_Level.of(self._picture, divisor, self._settings) for divisor in _DIVISORS[1:]]

    def coarse_shift(self, picture: Image, *starts: Shift) -> Shift:
        """The shift of a picture of the same size, working pixels, found at the smallest pyramid size."""
        plane = self._plane(picture, self._coarse)
        found = [self._coarse.refined(plane, start) for start in starts]
        return min(found, key=lambda shift: self._coarse.residual(plane, shift))

    def exact_shift(self, picture: Image, coarse: Shift, *others: Shift) -> Shift | None:
        """The exact shift of a picture of the same size, working pixels; None if no shift explains it.

        At the small sizes a shadow that moves over the ground can dominate, and the shift follows the shadow.
        At full size the fine pattern of the ground decides. The coarse shift and `others` are refined there.
        The one with the least remaining difference is the result, if that difference is small enough.
        """
        *middle, finest = self._finer
        for level in middle:
            coarse = level.refined(self._plane(picture, level), coarse)
        plane = self._plane(picture, finest)
        found = [finest.refined(plane, one) for one in (coarse, *others)]
        residuals = [finest.residual(plane, shift) for shift in found]
        minimum = min(residuals)
        explained = minimum <= self._settings.unexplained_max * finest.value.size
        return found[residuals.index(minimum)] if explained else None

    def _plane(self, picture: Image, level: _Level) -> _Plane:
        return _high_pass(picture, level.divisor, self._settings.contrast_max)


def _high_pass(picture: Image, divisor: int, contrast_max: float) -> _Plane:
    """The logarithm of a shrunk picture without its broad part, bounded."""
    grey = np.asarray(cv2.LUT(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), LOG), np.uint8)
    if divisor > 1:
        size = (grey.shape[1] // divisor, grey.shape[0] // divisor)
        grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
    fine = grey.astype(np.float32)
    broad = _BROAD_PX // divisor // 2 * 2 + 1
    return np.clip(cv2.subtract(fine, cv2.blur(fine, (broad, broad))), -contrast_max, contrast_max)


class Registration:
    """Registers the looks at one zone. Results are in pixels of the full picture.

    Attributes:
        rest_px: the shift, in whole pixels, that the zone has in most looks; each look is first cut there.
    """

    def __init__(self, scale: float, settings: LeftObjectSettings) -> None:
        """Prepare for pictures with `scale` working pixels for one pixel of the full picture."""
        self._scale = scale
        self._settings = settings
        self._last_px: deque[Shift] = deque(maxlen=_SHIFTS_KEPT)
        self._reference: ReferencePicture | None = None
        self.rest_px: Shift = (0.0, 0.0)

    @property
    def shakes(self) -> bool:
        """Whether most of the last shifts lie apart from their median."""
        median_px = self._median_px()
        distances = [_distance(one, median_px) for one in self._last_px]
        return _upper_median(distances) * self._scale > self._settings.still_px

    def learn(self, pictures: Sequence[Image]) -> list[Shift]:
        """The shifts of the first looks, all cut at `rest_px`, relative to their median."""
        first = ReferencePicture(pictures[0], self._settings)
        shifts = np.array(
            [
                first.exact_shift(one, first.coarse_shift(one, _NO_SHIFT), _NO_SHIFT) or _NO_SHIFT
                for one in pictures
            ]
        )
        found_px = (shifts - np.median(shifts, axis=0)) / self._scale + self.rest_px
        self._last_px = deque(((right, down) for right, down in found_px.tolist()), maxlen=_SHIFTS_KEPT)
        return [self._believed(one) for one in found_px.tolist()]

    def set_reference(self, picture: Image) -> None:
        """Register against this picture of the empty zone, cut at `rest_px`, from now on."""
        self._reference = ReferencePicture(picture, self._settings)

    def register(self, picture: Image, guess_px: Shift) -> Shift:
        """The shift of a look that was cut at `rest_px`; a wrong guess only costs time."""
        if self._reference is None:
            return self.rest_px
        starts = [self._from_rest(self._median_px())]
        guess = self._from_rest(guess_px)
        if _distance(guess, starts[0]) > self._settings.second_start_px:
            starts.append(guess)
        coarse = self._reference.coarse_shift(picture, *starts)
        is_still = not self.shakes and _distance(coarse, starts[0]) < self._settings.coarse_still_px
        found = None if is_still else self._reference.exact_shift(picture, coarse, starts[0], _NO_SHIFT)
        if found is None:
            self._last_px.append(self._median_px())
            return self._believed(self._last_px[-1])
        right, down = found
        found_px = self.rest_px[0] + right / self._scale, self.rest_px[1] + down / self._scale
        self._last_px.append(found_px)
        believed = self._believed(found_px)
        median_px = self._median_px()
        if _distance(median_px, self.rest_px) > self._settings.turned_px:
            self.rest_px = float(round(median_px[0])), float(round(median_px[1]))
        return believed

    def _believed(self, found_px: Shift) -> Shift:
        """The shift to use: the found one if the camera shakes, else the median of the last shifts."""
        if self.shakes:
            return found_px[0], found_px[1]
        median_px = self._median_px()
        has_turned = _distance(self._from_rest(median_px), _NO_SHIFT) > self._settings.still_px
        return median_px if has_turned else self.rest_px

    def _median_px(self) -> Shift:
        if not self._last_px:
            return self.rest_px
        return (
            _upper_median([right for right, _ in self._last_px]),
            _upper_median([down for _, down in self._last_px]),
        )

    def _from_rest(self, shift_px: Shift) -> Shift:
        """Convert a shift of the full picture to one of the working picture that was cut at `rest_px`."""
        right, down = shift_px[0] - self.rest_px[0], shift_px[1] - self.rest_px[1]
        return right * self._scale, down * self._scale


def _distance(one: Shift, other: Shift) -> float:
    return max(abs(one[0] - other[0]), abs(one[1] - other[1]))


def _upper_median(values: list[float]) -> float:
    """The upper median; 0 for an empty list. For nine values a list is far quicker than an array."""
    return sorted(values)[len(values) // 2] if values else 0.0

"""Where a look lies against what is known of its place, to a fraction of a pixel.

A pole sways in the wind, and the picture with it. The shift at which a look is most like the known picture is
sought by Gauss and Newton's steps along the known picture's slope, from coarse to fine (B. Lucas and T.
Kanade, 1981, in the inverse form of S. Baker and I. Matthews, 2004: the slope is worked out once). Both are
logarithms without what is broad and soft, which is light. What differs much, a passer or the edge of a
shadow, pulls with a bounded weight (P. Huber, 1964).

A shift is believed only of a camera that moved in most of the last looks: a lorry that fills the picture
looks like a turn of the camera, once.
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

from detectors.left_object.pattern import LOG
from detectors.look import Image

Shift = tuple[float, float]
"""To the right and downwards."""
_Plane = NDArray[np.float32]

_BROAD_PX: Final = 31
_MOST: Final = 12.0
"""Contrasts above it say no more: a white line does not outweigh the street."""
_LARGE: Final = 8.0
"""What differs by more pulls no harder."""
_UNEXPLAINED: Final = 3.8
"""A look that still differs by so much at a point shows another light; right shifts leave 3 at most."""
_SHRUNK: Final = (4, 2, 1)
_BLOCK: Final = 4
_RIM: Final = 12
"""Pixels along the edge that a shift may bring in or out; these two are of the largest size."""
_SCHARR: Final = 32.0
"""What the operator answers to a slope of one."""
_MOST_STEPS: Final = 4
_MOST_STEP: Final = 1.0
_LEAST_STEP: Final = 0.01
_LEAST_ENERGY: Final = 50.0
_REMEMBERED: Final = 9
_STILL: Final = 0.2
_ABOUT: Final = 0.5
"""Working pixels up to which the smallest size is believed that a camera which stood still still does."""
_FAR: Final = 2.0
_TURNED_PX: Final = 0.75
_NONE: Final = (0.0, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    """A known picture at one size, at the steepest pixel of each block; `x`, `y` and `value` (points,)."""

    shrunk: int
    x: _Plane
    y: _Plane
    value: _Plane
    slope: _Plane  # (2, points): to the right, downwards

    @classmethod
    def of(cls, picture: Image, shrunk: int) -> _Level:
        """Choose the points of a known picture."""
        plane = _plane(picture, shrunk)
        slope = np.stack([cv2.Scharr(plane, cv2.CV_32F, 1, 0), cv2.Scharr(plane, cv2.CV_32F, 0, 1)])
        slope = np.asarray(slope / np.float32(_SCHARR), np.float32)
        rim, block = -(-_RIM // shrunk), _BLOCK // shrunk
        rows, columns = (max(0, side - 2 * rim) // block for side in plane.shape)
        inside = slope[:, rim : rim + rows * block, rim : rim + columns * block]
        steepness = np.square(inside).sum(axis=0).reshape(rows, block, columns, block)
        steepest = steepness.swapaxes(1, 2).reshape(rows, columns, block * block).argmax(axis=2)
        y = (np.arange(rows)[:, None] * block + steepest // block + rim).ravel()
        x = (np.arange(columns)[None, :] * block + steepest % block + rim).ravel()
        points = x.astype(np.float32), y.astype(np.float32)
        return cls(shrunk, *points, plane[y, x], np.asarray(slope[:, y, x], np.float32))

    def refined(self, look: _Plane, shift: Shift) -> Shift:
        """A shift brought nearer to the one at which a look, shrunk alike, fits best."""
        right, down = shift[0] / self.shrunk, shift[1] / self.shrunk
        for _ in range(_MOST_STEPS):
            rest = self._sampled(look, right, down) - self.value
            weighted = self.slope / np.maximum(1.0, np.abs(rest) / _LARGE)
            energy = np.asarray(weighted @ self.slope.T, np.float64)
            if np.linalg.det(energy) < _LEAST_ENERGY**2:
                break
            step = np.linalg.solve(energy, np.asarray(weighted @ rest, np.float64))
            step *= min(1.0, _MOST_STEP / float(np.abs(step).max() + 1e-9))
            right, down = right - float(step[0]), down - float(step[1])
            if float(np.abs(step).max()) * self.shrunk < _LEAST_STEP:
                break
        return right * self.shrunk, down * self.shrunk

    def rest(self, look: _Plane, shift: Shift) -> float:
        """How much of a look, shrunk alike, a shift leaves unexplained."""
        seen = self._sampled(look, shift[0] / self.shrunk, shift[1] / self.shrunk)
        return float(np.minimum(np.abs(seen - self.value), _LARGE).sum())

    def _sampled(self, look: _Plane, right: float, down: float) -> _Plane:
        if not self.value.size:  # the zone is hardly larger than its rim: nothing to go by
            return self.value
        seen = cv2.remap(
            look, self.x + right, self.y + down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(seen, np.float32).ravel()


class Known:
    """A picture that looks are held against."""

    def __init__(self, picture: Image) -> None:
        self._picture = picture
        self._coarse = _Level.of(picture, _SHRUNK[0])

    @cached_property
    def _finer(self) -> list[_Level]:
        return [_Level.of(self._picture, shrunk) for shrunk in _SHRUNK[1:]]

    def about(self, picture: Image, *starts: Shift) -> Shift:
        """About how far a picture of the same size lies right and down, in pixels, sought from `starts`."""
        plane = _plane(picture, self._coarse.shrunk)
        found = [self._coarse.refined(plane, start) for start in starts]
        return min(found, key=lambda shift: self._coarse.rest(plane, shift))

    def shift(self, picture: Image, about: Shift, *others: Shift) -> Shift | None:
        """How far exactly, sought from there, and from `others` at full size only; None: nothing explains it.

        Shade that moves over the ground fills the small pictures, which follow it. At full size the ground's
        own fine pattern decides: the shift that leaves the least of it unexplained, if that is little enough.
        """
        *coarser, finest = self._finer
        for level in coarser:
            about = level.refined(_plane(picture, level.shrunk), about)
        plane = _plane(picture, finest.shrunk)
        found = [finest.refined(plane, one) for one in (about, *others)]
        rests = [finest.rest(plane, shift) for shift in found]
        least = min(rests)
        return found[rests.index(least)] if least <= _UNEXPLAINED * finest.value.size else None


def _plane(picture: Image, shrunk: int) -> _Plane:
    grey = np.asarray(cv2.LUT(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), LOG), np.uint8)
    if shrunk > 1:
        size = (grey.shape[1] // shrunk, grey.shape[0] // shrunk)
        grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
    fine = grey.astype(np.float32)
    broad = _BROAD_PX // shrunk // 2 * 2 + 1
    return np.clip(cv2.subtract(fine, cv2.blur(fine, (broad, broad))), -_MOST, _MOST)


class Registration:
    """Where the looks of one place lie, in pixels of the whole picture; `scale` working pixels for each.

    Attributes:
        stands_px: whole pixels at which the place lies in most looks: cut there first.
    """

    def __init__(self, scale: float) -> None:
        self._scale = scale
        self._lay: deque[Shift] = deque(maxlen=_REMEMBERED)
        self._known: Known | None = None
        self.stands_px: Shift = (0.0, 0.0)

    @property
    def shakes(self) -> bool:
        """Whether most of the last looks lay elsewhere than in the middle of all."""
        middle = self._middle()
        return _median([_far(one, middle) for one in self._lay]) * self._scale > _STILL

    def learn(self, pictures: Sequence[Image]) -> list[Shift]:
        """Where each of the first looks lies, all cut at `stands_px`, which is where most of them lie."""
        first = Known(pictures[0])
        shifts = np.array([first.shift(one, first.about(one, _NONE), _NONE) or _NONE for one in pictures])
        lay = (shifts - np.median(shifts, axis=0)) / self._scale + self.stands_px
        self._lay = deque(((right, down) for right, down in lay.tolist()), maxlen=_REMEMBERED)
        return [self._believed(one) for one in lay.tolist()]

    def hold_against(self, known: Image) -> None:
        """Take a picture of the empty place, lying at `stands_px`, for what looks are held against."""
        self._known = Known(known)

    def lies(self, picture: Image, about_px: Shift) -> Shift:
        """Where a look lies that was cut at `stands_px`; `about_px` is a guess that need not be right."""
        if self._known is None:
            return self.stands_px
        starts = [self._from_stands(self._middle())]
        guess = self._from_stands(about_px)
        if _far(guess, starts[0]) > _FAR:
            starts.append(guess)
        about = self._known.about(picture, *starts)
        stands = not self.shakes and _far(about, starts[0]) < _ABOUT
        found = None if stands else self._known.shift(picture, about, starts[0], _NONE)
        if found is None:
            self._lay.append(self._middle())
            return self._believed(self._lay[-1])
        right, down = found
        lies = self.stands_px[0] + right / self._scale, self.stands_px[1] + down / self._scale
        self._lay.append(lies)
        believed = self._believed(lies)
        middle = self._middle()
        if _far(middle, self.stands_px) > _TURNED_PX:
            self.stands_px = float(round(middle[0])), float(round(middle[1]))
        return believed

    def _believed(self, lies: Shift) -> Shift:
        if self.shakes:
            return lies[0], lies[1]
        middle = self._middle()
        return middle if _far(self._from_stands(middle), _NONE) > _STILL else self.stands_px

    def _middle(self) -> Shift:
        if not self._lay:
            return self.stands_px
        return _median([right for right, _ in self._lay]), _median([down for _, down in self._lay])

    def _from_stands(self, place_px: Shift) -> Shift:
        right, down = place_px[0] - self.stands_px[0], place_px[1] - self.stands_px[1]
        return right * self._scale, down * self._scale


def _far(one: Shift, other: Shift) -> float:
    return max(abs(one[0] - other[0]), abs(one[1] - other[1]))


def _median(values: list[float]) -> float:
    """The upper median, 0 of nothing: of nine figures far quicker than by an array."""
    return sorted(values)[len(values) // 2] if values else 0.0

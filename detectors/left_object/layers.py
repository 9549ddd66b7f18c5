"""The memory of every pixel: what was there before, what stands there now, and since when.

Four pictures of equal size:

    background   the place with nothing in it
    standing     what each pixel has shown for some time; equal to the background where nothing was left
    fresh        what it has shown in the last looks; becomes `standing` once it has held for `settle_s`
    former       what a piece of background was before it was given up; brought back if it is seen again

A walker only ever touches `fresh`. Because times are kept and not counts, a look that shows nothing new
need not be worked on at all.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.look import Image

Mask = NDArray[np.bool_]

_SAME: Final = 15
_DIFFERENT: Final = 22
_ACTIVITY_MEMORY: Final = 0.12
_FOLLOW_EVERY_S: Final = 4.0


def difference(one: Image, other: Image) -> NDArray[np.uint8]:
    """The largest difference over the channels, (rows, columns)."""
    blue, green, red = cv2.split(cv2.absdiff(one, other))
    return np.asarray(cv2.max(cv2.max(blue, green), red), np.uint8)


class Layers:
    """The four pictures of one zone and their times."""

    def __init__(self, first: Image, at_s: float, settle_s: float) -> None:
        self.settle_s = settle_s
        self.background = first.copy()
        self.standing = first.copy()
        self.former = first.copy()
        self._fresh = first.copy()
        self._begun_s = at_s  # times are kept as float32 seconds from here
        shape = first.shape[:2]
        self.arrived = np.zeros(shape, np.float32)
        self._fresh_since = np.zeros(shape, np.float32)
        self.activity = np.zeros(shape, np.float32)
        self.matched: Mask = np.ones(shape, np.bool_)
        self.unsettled = False
        self._followed_s = 0.0

    def age_s(self, at_s: float) -> NDArray[np.float32]:
        """How long each pixel has shown what stands there, (rows, columns)."""
        return np.asarray(np.float32(at_s - self._begun_s) - self.arrived, np.float32)

    def clock_s(self, arrived: float) -> float:
        """A kept time on the caller's clock."""
        return self._begun_s + arrived

    def learn(self, stack: list[Image], at_s: float) -> None:
        """Take the median of the first looks for the background, what else they showed for the former one.

        Somebody who stands there for half of that time gets into the median; the ground that was seen before
        he came is then the former background, and is brought back when he leaves.
        """
        median = np.median(np.stack(stack), axis=0).astype(np.uint8)
        self.background, self.standing, self.former, self._fresh = (median.copy() for _ in range(4))
        others = np.stack([difference(image, median) > _DIFFERENT for image in stack])
        for image, other in zip(reversed(stack), others[::-1], strict=True):
            np.copyto(self.former, image, where=other[:, :, None])
        self.arrived[:] = at_s - self._begun_s
        self._fresh_since[:] = at_s - self._begun_s
        self.activity[:] = 0
        self.matched[:] = True

    def take(self, image: Image, at_s: float) -> bool:
        """Take in a look; answer whether what stands anywhere has changed."""
        now = np.float32(at_s - self._begun_s)
        matched = difference(image, self.standing) <= _SAME
        held = difference(image, self._fresh) <= _SAME
        settled = ~matched & held & (now - self._fresh_since >= self.settle_s)
        changed = bool(settled.any())
        if changed:
            np.copyto(self.standing, self._fresh, where=settled[:, :, None])
            np.copyto(self.arrived, self._fresh_since, where=settled)
            self.activity[settled] = 0  # its own arrival is not restlessness
            matched |= settled
        restart = matched | ~held
        np.copyto(self._fresh, image, where=restart[:, :, None])
        self._fresh_since[restart] = now
        cv2.accumulateWeighted((~matched).astype(np.float32), self.activity, _ACTIVITY_MEMORY)
        self.matched = matched
        self.unsettled = not bool(matched.all())
        if now - self._followed_s >= _FOLLOW_EVERY_S:
            self._followed_s = float(now)
            self._follow(image, matched)
        return changed

    def different(self) -> Mask:
        """Where what stands is not the background."""
        return np.asarray(difference(self.standing, self.background) > _DIFFERENT)

    def give_up(self, where: Mask) -> None:
        """Call what stands there background from now on; the old background is kept as the former one."""
        np.copyto(self.former, self.background, where=where[:, :, None])
        np.copyto(self.background, self.standing, where=where[:, :, None])

    def bring_back(self) -> bool:
        """Where the former background stands again, it is the background again."""
        back = self.different() & (difference(self.standing, self.former) <= _SAME)
        if not back.any():
            return False
        kept = self.background.copy()
        np.copyto(self.background, self.former, where=back[:, :, None])
        np.copyto(self.former, kept, where=back[:, :, None])
        return True

    def _follow(self, image: Image, matched: Mask) -> None:
        """Follow the slow course of light, by one grey level at a time."""
        quiet = (matched & ~self.different()).astype(np.uint8)
        one = cv2.merge([quiet, quiet, quiet])
        for layer in (self.background, self.standing):
            brighter = cv2.bitwise_and(cv2.compare(image, layer, cv2.CMP_GT), one)
            darker = cv2.bitwise_and(cv2.compare(image, layer, cv2.CMP_LT), one)
            cv2.subtract(cv2.add(layer, brighter, dst=layer), darker, dst=layer)

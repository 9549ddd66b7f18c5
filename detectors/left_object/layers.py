"""The memory of a place: what was there before, what stands there now, and since when.

    background   the steps of the place with nothing in it
    steady       the steps that the last looks agree on (`pattern.Recent`)
    relief       what of it is not background, as a picture (`relief.Summing`)
    standing     the relief that has held for `settle_s`, at each pixel, and since when
    former       what a piece of background was before it was given up; brought back if it is seen again

Because times are kept and not counts, a look that shows nothing new need not be worked on at all.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.left_object.pattern import ZERO, Layout, Recent, Steps
from detectors.left_object.relief import Relief, Summing

Mask = NDArray[np.bool_]

_LEAST_STEP: Final = (2, 5)
_NOISES: Final = 6.0
_SAMPLED: Final = 17
_STEPS: Final = 3
_DIFFERENT: Final = (6, 9)
_COLOURED_STEP: Final = 4
_FOLLOW_EVERY_S: Final = 1.9
_COLOURLESS: Final = 0.01
_ALIKE: Final = 0.3
_BLURRED: Final = 0.75
_HALF: Final = 0.5
_CLOSER: Final = 0.6
_MARGIN: Final = 3
_KERNEL: Final = np.ones((3, 3), np.uint8)


def difference(one: Relief, other: Relief | int) -> NDArray[np.uint8]:
    """The largest difference over brightness and colours, (rows, columns)."""
    if isinstance(other, int):
        other = np.full_like(one, other)
    first, second, third = cv2.split(cv2.absdiff(one, other))
    return np.asarray(cv2.max(cv2.max(first, second), third), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class _GivenUp:
    where: Mask
    former: Steps


class Layers:
    """What is remembered of one zone in one kind of light; masks are of half the working size."""

    def __init__(self, layout: Layout, at_s: float, settle_s: float) -> None:
        self.layout = layout
        self.settle_s = settle_s
        self.recent = Recent()
        self.colour_jumps = False  # to and fro on its coarse grid, with the camera
        self.background: Steps = np.full(layout.size, ZERO, np.uint8)
        self._summing = Summing(layout)
        self._begun_s = at_s  # times are kept as float32 seconds from here
        self.standing: Relief = np.full((*layout.half, 3), ZERO, np.uint8)
        self.arrived = np.zeros(layout.half, np.float32)
        self._other_since = np.full(layout.half, np.inf, np.float32)
        self.different: Mask = np.zeros(layout.half, np.bool_)
        self._followed_s = -np.inf
        self._unsettled = False
        self._learned = False
        self._known_since = -np.inf
        self._given_up: deque[_GivenUp] = deque(maxlen=8)

    def age_s(self, at_s: float) -> NDArray[np.float32]:
        """How long each pixel has shown what stands there, (rows, columns)."""
        return np.asarray(np.float32(at_s - self._begun_s) - self.arrived, np.float32)

    def clock_s(self, arrived: float) -> float:
        """A kept time on the caller's clock."""
        return self._begun_s + arrived

    @property
    def strength(self) -> NDArray[np.uint8]:
        """How far what stands differs from the background, (rows, columns)."""
        return difference(self.standing, ZERO)

    @property
    def steady(self) -> Steps:
        """What the last looks agree on; the background until there are enough of them."""
        return self.background if self.recent.steady is None else self.recent.steady

    def fits(self, steps: Steps) -> bool:
        """Whether a look shows this ground, in a light that colour cannot tell from another one."""
        brightness, colour = self.layout.brightness, self.layout.colour
        strong = np.abs(colour(self.background).astype(np.int16) - ZERO) > _COLOURED_STEP
        if float(strong.mean()) > _COLOURLESS:
            return False
        one, other = (
            brightness(vector).ravel().astype(np.float32) - ZERO for vector in (steps, self.background)
        )
        size = float(np.sqrt(one @ one) * np.sqrt(other @ other))
        return float(one @ other) > _ALIKE * size

    def learn(self, background: Steps, at_s: float, *, sure: bool) -> None:
        """Begin with a background; what was not there from the first look after `sure` ones came later."""
        self.background = background.copy()
        self.arrived[:] = at_s - self._begun_s
        self._known_since = -np.inf if sure else float(at_s - self._begun_s)
        self._learned = True

    def was_learned_with(self, arrived: float, *, alike: bool) -> bool:
        """Whether what arrived then stood there while the place was learned: it was not empty.

        A camera that shakes is learned a little blurred; what looks much alike may have arrived until the
        median holds only later looks.
        """
        looks = self.recent.looks
        return arrived <= self._known_since + (_BLURRED * (looks[-1][0] - looks[0][0]) if alike else 0.0)

    def take(self, steps: Steps, at_s: float) -> None:
        """Take in a look."""
        changed = self.recent.add(at_s, steps)
        if self.recent.steady is None or not self._learned:
            return
        if changed or self._unsettled:
            self._settle(np.float32(self.recent.middle_s - self._begun_s))
        if changed and at_s - self._followed_s >= _FOLLOW_EVERY_S:
            self._followed_s = at_s
            self._follow()

    def _settle(self, now: np.float32) -> None:
        """Bring what stands up to date where something else has held for long enough."""
        step = self._least_step()
        relief = self._summing.relief(self.steady, self.background, step)
        plain = int(np.clip(_STEPS * step, *_DIFFERENT))
        other = difference(relief, self.standing) > np.maximum(plain, difference(self.standing, ZERO) // 2)
        other |= (difference(relief, ZERO) > plain) != self.different
        self._other_since[~other] = np.inf
        self._other_since[other & ~np.isfinite(self._other_since)] = now
        settled = other & (now - self._other_since >= self.settle_s)
        if settled.any():
            np.copyto(self.standing, relief, where=settled[:, :, None])
            np.copyto(self.arrived, self._other_since, where=settled)
            self._other_since[settled] = np.inf
            self.different = np.asarray(difference(self.standing, ZERO) > plain)
            self._bring_back()
        self._unsettled = bool((other & ~settled).any())

    def _least_step(self) -> int:
        """The change of a step that counts: more where the whole place is unquiet."""
        change = cv2.absdiff(self.steady[::_SAMPLED, None], self.background[::_SAMPLED, None])
        least, most = _LEAST_STEP
        return int(np.clip(least + _NOISES * float(np.asarray(change).mean()), least, most))

    def give_up(self, where: Mask) -> None:
        """Call what stands there background from now on; the old background is kept as the former one."""
        self._given_up.append(_GivenUp(where, self.background))
        self._put(_wide(where), self.steady)

    def _bring_back(self) -> None:
        """Where the former background stands again, it is the background again."""
        for given in list(self._given_up):
            if float(self.different[given.where].mean()) < _HALF:
                continue
            spread = self._spread(given.where)
            now, former, latter = (
                one[spread].astype(np.float32) for one in (self.steady, given.former, self.background)
            )
            if float(np.abs(now - former).sum()) < _CLOSER * float(np.abs(now - latter).sum()):
                self._put(_wide(given.where), given.former)
                self._given_up.remove(given)

    def _put(self, where: Mask, steps: Steps) -> None:
        self.background = self.background.copy()
        np.copyto(self.background, steps, where=self._spread(where))
        self.standing[where] = ZERO
        self.different = self.different & ~where
        self._other_since[where] = np.inf

    def _spread(self, where: Mask) -> Mask:
        """A mask of half size as one over the vector of steps."""
        spread = np.zeros(self.layout.size, np.bool_)
        self.layout.brightness(spread)[:] = np.repeat(np.repeat(where, 2, axis=0), 2, axis=1)
        self.layout.colour(spread)[:] = where
        return spread

    def _follow(self) -> None:
        """Follow the slow course of the ground by one unit at a time, nowhere near a thing."""
        free = np.ones(self.layout.size, np.bool_)
        closed = self.different | np.isfinite(self._other_since)
        if closed.any():
            free = ~self._spread(np.asarray(cv2.dilate(closed.astype(np.uint8), _KERNEL) > 0))
        one = free.astype(np.uint8)[:, None]
        now, before = self.steady[:, None], self.background[:, None]
        brighter = cv2.bitwise_and(cv2.compare(now, before, cv2.CMP_GT), one)
        darker = cv2.bitwise_and(cv2.compare(now, before, cv2.CMP_LT), one)
        self.background = np.asarray(cv2.subtract(cv2.add(before, brighter), darker), np.uint8).reshape(-1)


def _wide(where: Mask) -> Mask:
    return np.asarray(cv2.dilate(where.astype(np.uint8), _KERNEL, iterations=_MARGIN) > 0)

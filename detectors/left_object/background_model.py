"""The background model of one zone in one kind of light: the empty zone, the foreground, and its age.

    background   the gradient of the empty zone
    current      the median gradient of the last looks (`TemporalMedian`)
    relief       the difference of the two, as an image (`relief.ReliefSolver`)
    settled      for each pixel, the last relief that held for `settle_s`
    arrived      for each pixel, since when it has its settled relief
    foreground   where `settled` differs from the background
    absorbed     areas whose foreground was made background; the former background returns if it is seen again

The model keeps times, not counts of looks, so a look that shows nothing new need not be analysed.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.left_object.log_gradient import ZERO, GradientLayout, LogGradient
from detectors.left_object.relief import Relief, ReliefSolver
from detectors.left_object.settings import LeftObjectSettings
from detectors.left_object.temporal_median import TemporalMedian

Mask = NDArray[np.bool_]

_SAMPLE_STRIDE: Final = 17
"""The mean change is estimated from every 17th value; a prime number coincides with no row or column."""
_ABSORBED_KEPT: Final = 8
_ABSORBED_MARGIN_PX: Final = 3
_KERNEL: Final = np.ones((3, 3), np.uint8)


def difference(one: Relief, other: Relief | int) -> NDArray[np.uint8]:
    """The largest difference over brightness and colours, (rows, columns), relief units."""
    if isinstance(other, int):
        other = np.full_like(one, other)
    first, second, third = cv2.split(cv2.absdiff(one, other))
    return np.asarray(cv2.max(cv2.max(first, second), third), np.uint8)


@dataclass(slots=True, eq=False)
class Absorbed:
    """An absorbed area.

    Attributes:
        where: the area, at half the working size.
        former: the whole background from before.
        restored: whether the former background was seen again and has returned.
    """

    where: Mask
    former: LogGradient
    restored: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Foreground at a moment, with its arrival; shapes as in `BackgroundModel`."""

    where: Mask
    arrived: NDArray[np.float32]

    @classmethod
    def none(cls, shape: tuple[int, ...]) -> Standing:
        """Nothing stands there; the shape is that of the masks."""
        return cls(np.zeros(shape, np.bool_), np.zeros(shape, np.float32))


class BackgroundModel:
    """The model of one zone in one kind of light; masks are (rows / 2, columns / 2) of the working picture.

    Attributes:
        layout: layout of the gradients.
        settle_s: how long a pixel must differ before it is settled, seconds.
        settings: the thresholds.
        recent: the last looks.
        background: the gradient of the empty zone.
        arrived: (rows / 2, columns / 2) float32, since when each pixel has its settled relief, seconds on the
            model's clock.
        foreground: where the zone differs from its background.
        colour_reliable: whether motion can be measured at edges of colour; they jump when a camera shakes
            (ADR 0094).
    """

    def __init__(
        self, layout: GradientLayout, at_s: float, settle_s: float, settings: LeftObjectSettings
    ) -> None:
        self.layout = layout
        self.settle_s = settle_s
        self.settings = settings
        self.recent = TemporalMedian()
        self.colour_reliable = True
        self.background: LogGradient = np.full(layout.size, ZERO, np.uint8)
        self.arrived = np.zeros(layout.half, np.float32)
        self.foreground: Mask = np.zeros(layout.half, np.bool_)
        self._solver = ReliefSolver(layout, settings.relief_reach_px)
        self._begun_s = at_s  # the model's clock counts float32 seconds from here
        self._settled: Relief = np.full((*layout.half, 3), ZERO, np.uint8)
        self._differs_since = np.full(layout.half, np.inf, np.float32)
        self._adapted_s = -np.inf
        self._unsettled = False
        self._learned = False
        self._learned_at = -np.inf
        self._absorbed: deque[Absorbed] = deque(maxlen=_ABSORBED_KEPT)

    def clock_s(self, arrived: float) -> float:
        """Convert a moment of the model's clock to the caller's clock, seconds."""
        return self._begun_s + arrived

    @property
    def current(self) -> LogGradient:
        """The median gradient of the last looks; the background until there are enough looks."""
        return self.background if self.recent.value is None else self.recent.value

    @property
    def relief(self) -> Relief:
        """The settled relief, as an image: 128 where the zone equals its background."""
        return self._settled

    @property
    def change(self) -> NDArray[np.uint8]:
        """How far each pixel differs from the background, relief units, (rows / 2, columns / 2)."""
        return difference(self._settled, ZERO)

    def foreground_for(self, at_s: float, seconds: float) -> Mask:
        """The foreground that, at the moment `at_s`, has not changed for at least so many seconds."""
        age_s = np.asarray(np.float32(at_s - self._begun_s) - self.arrived, np.float32)
        return self.foreground & (age_s >= seconds)

    def foreground_share(self, where: Mask) -> float:
        """The share of an area that is foreground, 0 to 1; 0 of no area."""
        inside = self.foreground[where]
        return float(inside.mean()) if inside.size else 0.0

    def cleared_at_s(self, where: Mask) -> float | None:
        """When the median pixel of an area became background, on the caller's clock; None if none did."""
        cleared = self.arrived[where & ~self.foreground]
        return self.clock_s(float(np.median(cleared))) if cleared.size else None

    def shows_same_ground(self, gradient: LogGradient) -> bool:
        """Whether a look in the other light shows the same ground; never true of coloured ground.

        Ground without colour looks alike in both lights.
        """
        brightness, colour = self.layout.brightness, self.layout.colour
        strong = np.abs(colour(self.background).astype(np.int16) - ZERO) > self.settings.coloured_step
        if float(strong.mean()) > self.settings.coloured_share:
            return False
        one, other = (
            brightness(vector).ravel().astype(np.float32) - ZERO for vector in (gradient, self.background)
        )
        size = float(np.sqrt(one @ one) * np.sqrt(other @ other))
        return float(one @ other) > self.settings.same_ground * size

    def learn(self, background: LogGradient, at_s: float, *, known_empty: bool) -> None:
        """Begin with a background.

        Args:
            background: the gradient of the empty zone.
            at_s: the moment of the last look that it was learned from, on the caller's clock.
            known_empty: whether the background is known to show the empty zone. If so, everything that
                differs from it arrived later. If not, an object that arrived while the zone was learned may
                be part of it.
        """
        self.background = background.copy()
        self.arrived[:] = at_s - self._begun_s
        self._learned_at = -np.inf if known_empty else float(at_s - self._begun_s)
        self._learned = True

    def arrived_while_learning(self, arrived: float, *, resembles_ground: bool) -> bool:
        """Whether foreground that arrived at a moment of the model's clock dates from learning the zone.

        The background of a shaking camera is a little blurred. Foreground that resembles the ground may be a
        sharper view of the ground. It counts as learned until the median holds no look from the learning.
        """
        span_s = self.settings.learned_blur_share * self.recent.span_s if resembles_ground else 0.0
        return arrived <= self._learned_at + span_s

    def update(self, gradient: LogGradient, at_s: float, *, colour_reliable: bool | None = None) -> None:
        """Take in a look; `colour_reliable` is set unless it is None."""
        if colour_reliable is not None:
            self.colour_reliable = colour_reliable
        changed = self.recent.add(at_s, gradient)
        if self.recent.value is None or not self._learned:
            return
        if changed or self._unsettled:
            self._settle(np.float32(self.recent.middle_s - self._begun_s))
        if changed and at_s - self._adapted_s >= self.settings.adapt_every_s:
            self._adapted_s = at_s
            self._adapt()

    def absorb(self, where: Mask) -> Absorbed:
        """Make the present look of an area its background; the former background returns if it is seen."""
        absorbed = Absorbed(where, self.background)
        self._absorbed.append(absorbed)
        self._set_background(_dilated(where), self.current)
        return absorbed

    def standing(self) -> Standing:
        """The foreground of this moment, to be kept for `absorb_all_but`."""
        return Standing(self.foreground, self.arrived.copy())

    def absorb_all_but(self, standing: Standing) -> Absorbed:
        """Make the present look the background, because light or camera changed, except of what stood there.

        What was foreground before the change keeps its former background, and its arrival. The former
        background of the rest returns if it is seen again.
        """
        kept = _dilated(standing.where)
        absorbed = Absorbed(~kept, self.background)
        self._absorbed.append(absorbed)
        self._set_background(absorbed.where, self.current)
        # The margin has come with what it surrounds; otherwise the change there would be a blob of its own.
        arrived = np.where(standing.where, standing.arrived, -np.inf).astype(np.float32)
        arrived = np.asarray(cv2.dilate(arrived, _KERNEL, iterations=_ABSORBED_MARGIN_PX), np.float32)
        np.copyto(self.arrived, arrived, where=kept)
        return absorbed

    def _settle(self, now: np.float32) -> None:
        """Replace the settled relief where another relief has held for `settle_s`."""
        step = self._min_step()
        relief = self._solver.solve(self.current, self.background, step)
        minimum = int(np.clip(self.settings.foreground_per_step * step, *self.settings.foreground))
        differs = difference(relief, self._settled) > np.maximum(
            minimum, difference(self._settled, ZERO) // 2
        )
        differs |= (difference(relief, ZERO) > minimum) != self.foreground
        self._differs_since[~differs] = np.inf
        self._differs_since[differs & ~np.isfinite(self._differs_since)] = now
        settled = differs & (now - self._differs_since >= self.settle_s)
        if settled.any():
            np.copyto(self._settled, relief, where=settled[:, :, None])
            np.copyto(self.arrived, self._differs_since, where=settled)
            self._differs_since[settled] = np.inf
            self.foreground = np.asarray(difference(self._settled, ZERO) > minimum)
            self._restore_former()
        self._unsettled = bool((differs & ~settled).any())

    def _min_step(self) -> int:
        """The least change of a gradient that counts, log units; higher while the whole zone changes."""
        change = cv2.absdiff(self.current[::_SAMPLE_STRIDE, None], self.background[::_SAMPLE_STRIDE, None])
        minimum, maximum = self.settings.step
        noise = self.settings.step_per_noise * float(np.asarray(change).mean())
        return int(np.clip(minimum + noise, minimum, maximum))

    def _restore_former(self) -> None:
        """Bring a former background back where it is seen again."""
        for absorbed in list(self._absorbed):
            if self.foreground_share(absorbed.where) < self.settings.restored_foreground:
                continue
            area = self._of_gradient(absorbed.where)
            now, former, present = (
                one[area].astype(np.float32) for one in (self.current, absorbed.former, self.background)
            )
            to_former, to_present = float(np.abs(now - former).sum()), float(np.abs(now - present).sum())
            if to_former < self.settings.restored_distance * to_present:
                self._set_background(_dilated(absorbed.where), absorbed.former)
                self._absorbed.remove(absorbed)
                absorbed.restored = True

    def _set_background(self, where: Mask, gradient: LogGradient) -> None:
        self.background = self.background.copy()
        np.copyto(self.background, gradient, where=self._of_gradient(where))
        self._settled[where] = ZERO
        self.foreground = self.foreground & ~where
        self._differs_since[where] = np.inf

    def _of_gradient(self, where: Mask) -> Mask:
        """Convert a mask of half the working size to a mask of a gradient vector."""
        area = np.zeros(self.layout.size, np.bool_)
        self.layout.brightness(area)[:] = np.repeat(np.repeat(where, 2, axis=0), 2, axis=1)
        self.layout.colour(area)[:] = where
        return area

    def _adapt(self) -> None:
        """Move the background one log unit towards the current look, away from all foreground."""
        free = np.ones(self.layout.size, np.bool_)
        closed = self.foreground | np.isfinite(self._differs_since)
        if closed.any():
            free = ~self._of_gradient(np.asarray(cv2.dilate(closed.astype(np.uint8), _KERNEL) > 0))
        one = free.astype(np.uint8)[:, None]
        now, before = self.current[:, None], self.background[:, None]
        brighter = cv2.bitwise_and(cv2.compare(now, before, cv2.CMP_GT), one)
        darker = cv2.bitwise_and(cv2.compare(now, before, cv2.CMP_LT), one)
        self.background = np.asarray(cv2.subtract(cv2.add(before, brighter), darker), np.uint8).reshape(-1)


def _dilated(where: Mask) -> Mask:
    return np.asarray(cv2.dilate(where.astype(np.uint8), _KERNEL, iterations=_ABSORBED_MARGIN_PX) > 0)

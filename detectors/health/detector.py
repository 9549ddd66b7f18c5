"""Black, white, frozen, covered, out of focus, moved, wrong size: told from a small grey picture."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import median
from typing import Final

import cv2
import numpy as np

from detectors.health.sight import SIZE, Pattern, Sight, Small, alike, edges_of, pattern_of
from detectors.look import Look

_MEMORY: Final = 0.03
_TRUSTED_RESPONSE: Final = 0.06
_JITTER_RESPONSE: Final = 0.1
_JITTER_MOST: Final = 0.02
_STILL_ALIKE: Final = 0.3


class Fault(StrEnum):
    """What is wrong with a camera."""

    BLACK = "black"
    WHITE = "white"
    FROZEN = "frozen"
    COVERED = "covered"
    DEFOCUSED = "defocused"
    MOVED = "moved"
    WRONG_SIZE = "wrong_size"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What is known about a camera after a look.

    Attributes:
        fault: what is wrong; None when nothing is, or while it is still being confirmed.
        doubtful: whether this very look should not be judged, confirmed or not.
        shift_px: how far the picture has moved right and down since it was learned, in its own pixels.
        sharpness: edge strength against what was learned; 1 is as sharp.
        jitter_px: how far this one look lies from there, of a camera that shakes; not to be trusted while
            somebody passes close by.
    """

    fault: Fault | None
    doubtful: bool
    shift_px: tuple[float, float]
    sharpness: float
    jitter_px: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSettings:
    """Limits; one set for all cameras.

    Attributes:
        look_gap_s: how often health is measured.
        learn_looks: looks of which the first reference is made.
        confirm_looks: measurements in a row that must say the same.
        frozen_s: how long a picture may be the same to the last bit.
        black_most: mean grey of a black picture.
        white_least: mean grey of a white one.
        flat_contrast: share of the learned contrast below which something hangs before the lens.
        blurred: share of the learned sharpness below which it is out of focus.
        follow_share: shifts up to this share of the width are followed, larger ones are a fault.
        alike_least: gradient correlation with what was learned below which it is another scene.
    """

    look_gap_s: float = 1.9
    learn_looks: int = 6
    confirm_looks: int = 3
    frozen_s: float = 20.0
    black_most: float = 9.0
    white_least: float = 244.0
    flat_contrast: float = 0.3
    blurred: float = 0.4
    follow_share: float = 0.02
    alike_least: float = 0.08


@dataclass(slots=True)
class _Known:
    """What was learned about one kind of light."""

    grey: Small
    edges: Small
    pattern: Pattern
    sharpness: float
    contrast: float


class HealthDetector:
    """Holds each look against what was learned, by day and in infrared apart."""

    def __init__(self, frame_px: tuple[int, int], settings: HealthSettings | None = None) -> None:
        self.settings = settings or HealthSettings()
        self._frame_px = frame_px
        self._known: dict[bool, _Known] = {}
        self._learning: list[Sight] = []
        self._learning_infrared = False
        self._last_s = -np.inf
        self._last: Small | None = None
        self._same_since_s = 0.0
        self._suspect: Fault | None = None
        self._shifts: deque[tuple[float, float]] = deque(maxlen=5)
        self._agreed = 0
        self._health = Health(fault=None, doubtful=False, shift_px=(0.0, 0.0), sharpness=1.0)
        self._taper = cv2.createHanningWindow(SIZE, cv2.CV_32F)

    @property
    def last(self) -> Health:
        """What is known after the last look."""
        return self._health

    def look(self, look: Look) -> Health:
        """Take a look; between two measurements the last answer stands."""
        if look.size_px != self._frame_px:
            return self._confirm(Fault.WRONG_SIZE, (0.0, 0.0), 1.0)
        if look.at_s - self._last_s < self.settings.look_gap_s:
            self._health = replace(self._health, jitter_px=(0.0, 0.0))  # it is of another look
            return self._health
        self._last_s = look.at_s
        sight = Sight.of(look.image)
        if self._last is None or not np.array_equal(sight.grey, self._last):
            self._last, self._same_since_s = sight.grey, look.at_s
        suspect = self._plain(sight, look.at_s)
        if suspect is not None:
            return self._confirm(suspect, (0.0, 0.0), 1.0)
        known = self._known.get(look.infrared)
        if known is None:
            return self._meet(sight, infrared=look.infrared)
        return self._compare(sight, known)

    def _meet(self, sight: Sight, *, infrared: bool) -> Health:
        """Learn this scene in a light in which it is not known yet, if it is this scene.

        A hand is as colourless as a night, or warmer than a grey street.
        """
        other, suspect = self._known.get(not infrared), None
        if other is not None and self._hidden(sight, other):
            suspect = Fault.COVERED
        elif other is not None and alike(other.pattern, pattern_of(sight.grey)) < self.settings.alike_least:
            suspect = Fault.MOVED
        else:
            self._learn(sight, infrared=infrared)
        return self._confirm(suspect, (0.0, 0.0), 1.0)

    def _plain(self, sight: Sight, at_s: float) -> Fault | None:
        """Faults that need nothing learned."""
        if sight.mean <= self.settings.black_most and float(np.percentile(sight.grey, 98)) < 40:
            return Fault.BLACK
        if sight.mean >= self.settings.white_least:
            return Fault.WHITE
        if at_s - self._same_since_s >= self.settings.frozen_s:
            return Fault.FROZEN
        return None

    def _compare(self, sight: Sight, known: _Known) -> Health:
        edges = edges_of(sight.grey)
        sharpness = sight.sharpness / max(known.sharpness, 1e-5)
        (right, down), response = cv2.phaseCorrelate(known.edges * self._taper, edges * self._taper)
        scale = self._frame_px[0] / SIZE[0]
        shift_px = (right * scale, down * scale) if response > _TRUSTED_RESPONSE else (0.0, 0.0)
        far = max(abs(shift_px[0]), abs(shift_px[1])) > self.settings.follow_share * self._frame_px[0]
        back = (0, 0) if far or response <= _TRUSTED_RESPONSE else (-round(right), -round(down))
        likeness = alike(known.pattern, pattern_of(sight.moved(*back)))
        if self._hidden(sight, known):
            suspect = Fault.COVERED
        elif far and response > 0.12 and likeness < 0.6:
            suspect = Fault.MOVED
        elif sharpness < self.settings.blurred:
            suspect = Fault.DEFOCUSED
        elif likeness < self.settings.alike_least:
            suspect = Fault.MOVED
        else:
            suspect = None
            if not far and likeness > 0.5 and max(abs(right), abs(down)) < 0.3:
                self._adapt(sight, known)
        self._shifts.append(shift_px)  # traffic can feign a shift in one look, not in most
        middle = (median(one[0] for one in self._shifts), median(one[1] for one in self._shifts))
        steady = (0.0, 0.0) if max(abs(middle[0]), abs(middle[1])) < 0.4 * scale else middle
        if suspect not in {None, Fault.MOVED}:
            return self._confirm(suspect, (0.0, 0.0), sharpness)
        jitter = (shift_px[0] - steady[0], shift_px[1] - steady[1])
        sure = response > _JITTER_RESPONSE and max(map(abs, jitter)) < _JITTER_MOST * self._frame_px[0]
        return self._confirm(suspect, steady, sharpness, jitter if sure else (0.0, 0.0))

    def _hidden(self, sight: Sight, known: _Known) -> bool:
        """Whether hardly anything is left of what was learned: something hangs before the lens.

        So near it is out of focus; lit from one side it may have as much contrast as the street had.
        """
        flat = sight.contrast < self.settings.flat_contrast * known.contrast
        soft = sight.sharpness < self.settings.blurred * known.sharpness
        return (flat or soft) and alike(known.pattern, pattern_of(sight.grey)) < _STILL_ALIKE

    def _learn(self, sight: Sight, *, infrared: bool) -> None:
        if infrared is not self._learning_infrared:
            self._learning.clear()
            self._learning_infrared = infrared
        self._learning.append(sight)
        if len(self._learning) >= self.settings.learn_looks:
            grey = np.median(np.stack([one.grey for one in self._learning]), axis=0).astype(np.float32)
            self._known[infrared] = _Known(
                grey=grey,
                edges=edges_of(grey),
                pattern=pattern_of(grey),
                sharpness=median(one.sharpness for one in self._learning),
                contrast=Sight.measured(grey).contrast,
            )
            self._learning.clear()

    def _adapt(self, sight: Sight, known: _Known) -> None:
        known.grey = ((1 - _MEMORY) * known.grey + _MEMORY * sight.grey).astype(np.float32)
        known.edges = edges_of(known.grey)
        known.pattern = pattern_of(known.grey)
        known.sharpness += _MEMORY * (sight.sharpness - known.sharpness)
        known.contrast += _MEMORY * (sight.contrast - known.contrast)

    def _confirm(
        self,
        suspect: Fault | None,
        shift_px: tuple[float, float],
        sharpness: float,
        jitter_px: tuple[float, float] = (0.0, 0.0),
    ) -> Health:
        self._agreed = self._agreed + 1 if suspect is self._suspect else 1
        self._suspect = suspect
        fault = suspect if self._agreed >= self.settings.confirm_looks else self._health.fault
        self._health = Health(
            fault=fault,
            doubtful=suspect is not None or fault is not None,
            shift_px=shift_px,
            sharpness=sharpness,
            jitter_px=jitter_px,
        )
        return self._health

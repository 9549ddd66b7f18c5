"""Detects in a small grey picture whether a camera is black, white, frozen, covered, blurred or moved."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import median
from typing import Final

import cv2
import numpy as np

from detectors.health.features import (
    SIZE,
    HealthFeatures,
    Pattern,
    SmallGrey,
    correlation,
    edge_strength,
    pattern_of,
)
from detectors.health.settings import HealthSettings
from detectors.look import Look

_SHIFTS_KEPT: Final = 5
_BRIGHT_PERCENTILE: Final = 98
_NO_SHIFT: Final = (0.0, 0.0)


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
    """The health of a camera after a look.

    Attributes:
        fault: the confirmed fault; None if there is none, or while it is still being confirmed.
        doubtful: whether this look must not be judged, because of a fault or a suspected one.
        shift_px: how far the picture has moved right and down since it was learned, pixels of the full
            picture.
        sharpness: edge strength, divided by the learned one.
        jitter_px: how far this look lies from `shift_px` because the camera shakes, same unit; wrong while
            somebody passes close by.
    """

    fault: Fault | None
    doubtful: bool
    shift_px: tuple[float, float]
    sharpness: float
    jitter_px: tuple[float, float] = (0.0, 0.0)


@dataclass(slots=True)
class _Reference:
    """The learned features of the scene in one kind of light."""

    grey: SmallGrey
    edges: SmallGrey
    pattern: Pattern
    sharpness: float
    contrast: float


class HealthDetector:
    """Compares each look with a reference; there is one for the day and one for infrared."""

    def __init__(self, frame_px: tuple[int, int], settings: HealthSettings | None = None) -> None:
        self.settings = settings or HealthSettings()
        self._frame_px = frame_px
        self._known: dict[bool, _Reference] = {}
        self._learning: list[HealthFeatures] = []
        self._learning_infrared = False
        self._last_s = -np.inf
        self._last: SmallGrey | None = None
        self._same_since_s = 0.0
        self._suspect: Fault | None = None
        self._shifts: deque[tuple[float, float]] = deque(maxlen=_SHIFTS_KEPT)
        self._agreed = 0
        self._health = Health(fault=None, doubtful=False, shift_px=(0.0, 0.0), sharpness=1.0)
        self._taper = cv2.createHanningWindow(SIZE, cv2.CV_32F)

    @property
    def last(self) -> Health:
        """The health after the last look."""
        return self._health

    def look(self, look: Look) -> Health:
        """Measure a look; between two measurements the last result is returned."""
        if look.size_px != self._frame_px:
            return self._confirm(Fault.WRONG_SIZE, (0.0, 0.0), 1.0)
        if look.at_s - self._last_s < self.settings.look_gap_s:
            self._health = replace(self._health, jitter_px=(0.0, 0.0))  # the jitter was that of another look
            return self._health
        self._last_s = look.at_s
        features = HealthFeatures.of(look.image)
        if self._last is None or not np.array_equal(features.grey, self._last):
            self._last, self._same_since_s = features.grey, look.at_s
        suspect = self._fault_alone(features, look.at_s)
        if suspect is not None:
            return self._confirm(suspect, (0.0, 0.0), 1.0)
        known = self._known.get(look.infrared)
        if known is None:
            return self._learn_light(features, infrared=look.infrared)
        return self._compare(features, known)

    def _learn_light(self, features: HealthFeatures, *, infrared: bool) -> Health:
        """Learn the scene in a light in which it is not known yet, unless the picture shows another scene.

        A hand before the lens looks like a change of light: it is as colourless as infrared, or more coloured
        than a grey street.
        """
        other, suspect = self._known.get(not infrared), None
        if other is not None and self._is_covered(features, other):
            suspect = Fault.COVERED
        elif (
            other is not None
            and correlation(other.pattern, pattern_of(features.grey)) < self.settings.same_scene_min
        ):
            suspect = Fault.MOVED
        else:
            self._learn(features, infrared=infrared)
        return self._confirm(suspect, (0.0, 0.0), 1.0)

    def _fault_alone(self, features: HealthFeatures, at_s: float) -> Fault | None:
        """A fault that can be detected without a reference."""
        if (
            features.mean <= self.settings.black_max
            and float(np.percentile(features.grey, _BRIGHT_PERCENTILE)) < self.settings.black_bright_max
        ):
            return Fault.BLACK
        if features.mean >= self.settings.white_min:
            return Fault.WHITE
        if at_s - self._same_since_s >= self.settings.frozen_s:
            return Fault.FROZEN
        return None

    def _compare(self, features: HealthFeatures, known: _Reference) -> Health:
        edges = edge_strength(features.grey)
        sharpness = features.sharpness / max(known.sharpness, 1e-5)
        (right, down), response, likeness = self._shifted(features, edges, known)
        scale = self._frame_px[0] / SIZE[0]
        shift_px = (right * scale, down * scale)
        far = max(abs(shift_px[0]), abs(shift_px[1])) > self.settings.follow_share * self._frame_px[0]
        if self._is_covered(features, known):
            suspect = Fault.COVERED
        elif far and response > self.settings.moved_response and likeness < self.settings.moved_match_max:
            suspect = Fault.MOVED
        elif sharpness < self.settings.blurred:
            suspect = Fault.DEFOCUSED
        elif likeness < self.settings.same_scene_min:
            suspect = Fault.MOVED
        else:
            suspect = None
            if (
                not far
                and likeness > self.settings.adapt_match
                and max(abs(right), abs(down)) < self.settings.adapt_shift_px
            ):
                self._adapt(features, known)
        # Traffic can look like a shift in one look, but not in most looks. A large shift is never followed.
        self._shifts.append((0.0, 0.0) if far else shift_px)
        middle = (median(one[0] for one in self._shifts), median(one[1] for one in self._shifts))
        steady = (
            (0.0, 0.0) if max(abs(middle[0]), abs(middle[1])) < self.settings.still_px * scale else middle
        )
        if suspect not in {None, Fault.MOVED}:
            return self._confirm(suspect, (0.0, 0.0), sharpness)
        jitter = (shift_px[0] - steady[0], shift_px[1] - steady[1])
        sure = (
            response > self.settings.jitter_response
            and max(map(abs, jitter)) < self.settings.jitter_max * self._frame_px[0]
        )
        return self._confirm(suspect, steady, sharpness, jitter if sure else (0.0, 0.0))

    def _shifted(
        self, features: HealthFeatures, edges: SmallGrey, known: _Reference
    ) -> tuple[tuple[float, float], float, float]:
        """How far the scene has been shifted, pixels of the small picture; the response; the likeness.

        A shift is none if the scene is as much alike in its old place: then an object was moved, such as a
        cover on plain ground, and not the camera. The likeness is that after the shift if it can be followed.
        """
        (right, down), response = cv2.phaseCorrelate(known.edges * self._taper, edges * self._taper)
        in_place = correlation(known.pattern, pattern_of(features.grey))
        back = (-round(right), -round(down))
        if response <= self.settings.shift_response:
            return (0.0, 0.0), response, in_place
        if back == (0, 0):
            return (right, down), response, in_place
        likeness = correlation(known.pattern, pattern_of(features.shifted(*back)))
        if likeness <= in_place:
            return (0.0, 0.0), response, in_place
        far = max(abs(right), abs(down)) > self.settings.follow_share * SIZE[0]
        return (right, down), response, in_place if far else likeness

    def _is_covered(self, features: HealthFeatures, known: _Reference) -> bool:
        """Whether something hangs before the lens: hardly anything of the learned scene can be recognised.

        An object that near is out of focus. If it is lit from one side, it may have as much contrast as the
        street.
        """
        flat = features.contrast < self.settings.flat_contrast * known.contrast
        soft = features.sharpness < self.settings.blurred * known.sharpness
        return (flat or soft) and correlation(
            known.pattern, pattern_of(features.grey)
        ) < self.settings.covered_max

    def _learn(self, features: HealthFeatures, *, infrared: bool) -> None:
        if infrared is not self._learning_infrared:
            self._learning.clear()
            self._learning_infrared = infrared
        self._learning.append(features)
        if len(self._learning) >= self.settings.learn_looks:
            grey = np.median(np.stack([one.grey for one in self._learning]), axis=0).astype(np.float32)
            self._known[infrared] = _Reference(
                grey=grey,
                edges=edge_strength(grey),
                pattern=pattern_of(grey),
                sharpness=median(one.sharpness for one in self._learning),
                contrast=HealthFeatures.measured(grey).contrast,
            )
            self._learning.clear()

    def _adapt(self, features: HealthFeatures, known: _Reference) -> None:
        share = self.settings.adapt_share
        known.grey = ((1 - share) * known.grey + share * features.grey).astype(np.float32)
        known.edges = edge_strength(known.grey)
        known.pattern = pattern_of(known.grey)
        known.sharpness += share * (features.sharpness - known.sharpness)
        known.contrast += share * (features.contrast - known.contrast)

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

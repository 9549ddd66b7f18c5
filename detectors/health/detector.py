"""Black, white, frozen, covered, out of focus, moved, wrong size: told from a small grey picture."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.look import Image, Look

Small = NDArray[np.float32]
Pattern = NDArray[np.float32]
"""(2, 144, 256): the gradient of the logarithm, bounded: no shadow outweighs the street."""

_WIDTH: Final = 256
_HEIGHT: Final = 144
_MEMORY: Final = 0.03
_DARK_FLOOR: Final = 10.0
_PLAIN_EDGE: Final = 0.3
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
        self._learning: list[Small] = []
        self._learning_infrared = False
        self._last_s = -np.inf
        self._last: Small | None = None
        self._same_since_s = 0.0
        self._suspect: Fault | None = None
        self._shifts: deque[tuple[float, float]] = deque(maxlen=5)
        self._agreed = 0
        self._health = Health(fault=None, doubtful=False, shift_px=(0.0, 0.0), sharpness=1.0)
        self._taper = cv2.createHanningWindow((_WIDTH, _HEIGHT), cv2.CV_32F)

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
        small = _small(look.image)
        if self._last is None or not np.array_equal(small, self._last):
            self._last, self._same_since_s = small, look.at_s
        suspect = self._plain(small, look.at_s)
        if suspect is not None:
            return self._confirm(suspect, (0.0, 0.0), 1.0)
        known = self._known.get(look.infrared)
        if known is None:
            return self._meet(small, infrared=look.infrared)
        return self._compare(small, known)

    def _meet(self, small: Small, *, infrared: bool) -> Health:
        """Learn this scene in a light in which it is not known yet, if it is this scene.

        A hand is as colourless as a night, or warmer than a grey street.
        """
        other, suspect = self._known.get(not infrared), None
        if other is not None and self._hidden(small, other):
            suspect = Fault.COVERED
        elif other is not None and _alike(other.pattern, _pattern(small)) < self.settings.alike_least:
            suspect = Fault.MOVED
        else:
            self._learn(small, infrared=infrared)
        return self._confirm(suspect, (0.0, 0.0), 1.0)

    def _plain(self, small: Small, at_s: float) -> Fault | None:
        """Faults that need nothing learned."""
        mean = float(small.mean())
        if mean <= self.settings.black_most and float(np.percentile(small, 98)) < 40:
            return Fault.BLACK
        if mean >= self.settings.white_least:
            return Fault.WHITE
        if at_s - self._same_since_s >= self.settings.frozen_s:
            return Fault.FROZEN
        return None

    def _compare(self, small: Small, known: _Known) -> Health:
        edges = _edges(small)
        sharpness = _sharpness(small) / max(known.sharpness, 1e-5)
        (right, down), response = cv2.phaseCorrelate(known.edges * self._taper, edges * self._taper)
        scale = self._frame_px[0] / _WIDTH
        shift_px = (right * scale, down * scale) if response > _TRUSTED_RESPONSE else (0.0, 0.0)
        far = max(abs(shift_px[0]), abs(shift_px[1])) > self.settings.follow_share * self._frame_px[0]
        back = (0, 0) if far or response <= _TRUSTED_RESPONSE else (-round(down), -round(right))
        alike = _alike(known.pattern, _pattern(np.roll(small, back, axis=(0, 1))))
        if self._hidden(small, known):
            suspect = Fault.COVERED
        elif far and response > 0.12 and alike < 0.6:
            suspect = Fault.MOVED
        elif sharpness < self.settings.blurred:
            suspect = Fault.DEFOCUSED
        elif alike < self.settings.alike_least:
            suspect = Fault.MOVED
        else:
            suspect = None
            if not far and alike > 0.5 and max(abs(right), abs(down)) < 0.3:
                self._adapt(small, known)
        self._shifts.append(shift_px)  # traffic can feign a shift in one look, not in most
        middle = (
            float(np.median([one[0] for one in self._shifts])),
            float(np.median([one[1] for one in self._shifts])),
        )
        steady = (0.0, 0.0) if max(abs(middle[0]), abs(middle[1])) < 0.4 * scale else middle
        if suspect not in {None, Fault.MOVED}:
            return self._confirm(suspect, (0.0, 0.0), sharpness)
        jitter = (shift_px[0] - steady[0], shift_px[1] - steady[1])
        sure = response > _JITTER_RESPONSE and max(map(abs, jitter)) < _JITTER_MOST * self._frame_px[0]
        return self._confirm(suspect, steady, sharpness, jitter if sure else (0.0, 0.0))

    def _hidden(self, small: Small, known: _Known) -> bool:
        """Whether hardly anything is left of what was learned: something hangs before the lens.

        So near it is out of focus; lit from one side it may have as much contrast as the street had.
        """
        flat = float(small.std()) < self.settings.flat_contrast * known.contrast
        soft = _sharpness(small) < self.settings.blurred * known.sharpness
        return (flat or soft) and _alike(known.pattern, _pattern(small)) < _STILL_ALIKE

    def _learn(self, small: Small, *, infrared: bool) -> None:
        if infrared is not self._learning_infrared:
            self._learning.clear()
            self._learning_infrared = infrared
        self._learning.append(small)
        if len(self._learning) >= self.settings.learn_looks:
            grey = np.median(np.stack(self._learning), axis=0).astype(np.float32)
            sharpness = float(np.median([_sharpness(one) for one in self._learning]))
            self._known[infrared] = _Known(grey, _edges(grey), _pattern(grey), sharpness, float(grey.std()))
            self._learning.clear()

    def _adapt(self, small: Small, known: _Known) -> None:
        known.grey = ((1 - _MEMORY) * known.grey + _MEMORY * small).astype(np.float32)
        known.edges = _edges(known.grey)
        known.pattern = _pattern(known.grey)
        known.sharpness += _MEMORY * (_sharpness(small) - known.sharpness)
        known.contrast += _MEMORY * (float(small.std()) - known.contrast)

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


def _small(image: Image) -> Small:
    """(144, 256) grey, whatever the camera's size: multiples of 16, as phaseCorrelate needs."""
    step = max(1, image.shape[1] // (2 * _WIDTH - 64))
    green = np.ascontiguousarray(image[::step, ::step, 1])
    return np.asarray(cv2.resize(green, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA), np.float32)


def _edges(small: Small) -> Small:
    strength = cv2.magnitude(cv2.Sobel(small, cv2.CV_32F, 1, 0), cv2.Sobel(small, cv2.CV_32F, 0, 1))
    return np.asarray(np.minimum(strength, 200.0) - float(np.mean(np.minimum(strength, 200.0))), np.float32)


def _pattern(small: Small) -> Pattern:
    smooth = cv2.GaussianBlur(cv2.log(small + _DARK_FLOOR), (0, 0), 1.0)
    across, down = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    return np.asarray(np.stack([across, down]) / (cv2.magnitude(across, down) + _PLAIN_EDGE), np.float32)


def _sharpness(small: Small) -> float:
    """Strength of fine edges against the brightness, so that a darker picture is not a softer one."""
    return float(np.asarray(cv2.Laplacian(small, cv2.CV_32F)).std()) / max(8.0, float(small.mean()))


def _alike(one: Pattern, other: Pattern) -> float:
    return float((one * other).sum() / max(1e-3, np.sqrt(float((one**2).sum()) * float((other**2).sum()))))

"""The ground before a fire exit, cell by cell: other edges than when it was free mean an obstacle."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.look import Image, Look
from detectors.observations import Observation, Observations, Verdict, columns
from detectors.places import Polygon
from detectors.thresholds import COST, UNRECORDED, Threshold

_WORKING_PX: Final = (96, 64)
_CELLS: Final = (12, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitPlace:
    """The ground that must stay free before an exit."""

    id: str
    outline: Polygon


@dataclass(frozen=True, slots=True, kw_only=True)
class FireExitSettings:
    """All thresholds; each annotation gives unit, meaning and origin."""

    looks: Annotated[int, Threshold("looks", "of so many the median is taken, without who passes", COST)] = 9
    look_gap_s: Annotated[float, Threshold("s", "looks that come sooner are left out", COST)] = 1.9
    other_edges: Annotated[
        float, Threshold("grey levels", "a cell whose edges changed by more is another", UNRECORDED)
    ] = 6.0
    blocked_share: Annotated[
        float, Threshold("share of cells", "with more other cells the exit is obstructed", UNRECORDED)
    ] = 0.06
    unseen_share: Annotated[
        float, Threshold("share of cells", "with more the whole picture changed: unknown", UNRECORDED)
    ] = 0.7


@dataclass(slots=True)
class _Watched:
    place: ExitPlace
    rect: Sequence[int]  # left, top, width, height
    looks: defaultdict[bool, deque[Image]]  # by: is it infrared
    free: dict[bool, NDArray[np.float32]] = field(default_factory=dict)  # likewise
    last_s: float = -np.inf


class FireExitDetector:
    """Answers `ok`, `obstructed` or `unknown` for each exit; the first looks are taken for the free one."""

    def __init__(self, places: Sequence[ExitPlace], settings: FireExitSettings | None = None) -> None:
        self.settings = settings or FireExitSettings()
        none: partial[deque[Image]] = partial(deque, maxlen=self.settings.looks)
        self._exits = [_Watched(p, cv2.boundingRect(p.outline), defaultdict(none)) for p in places]

    def look(self, look: Look, shift_px: tuple[float, float] = (0.0, 0.0)) -> Observations:
        """Judge all exits of a picture that has moved by `shift_px`; no row between two looks."""
        due = [e for e in self._exits if look.at_s - e.last_s >= self.settings.look_gap_s]
        return columns(look.at_s, [self._judge(watched, look, shift_px) for watched in due])

    def _judge(self, watched: _Watched, look: Look, shift_px: tuple[float, float]) -> Observation:
        watched.last_s = look.at_s
        looks = watched.looks[look.infrared]
        looks.append(_cut(look.image, watched.rect, shift_px))
        verdict, share = Verdict.UNKNOWN, 0.0
        if len(looks) == self.settings.looks:
            now = _edges(np.median(np.stack(looks), axis=0).astype(np.uint8))
            free = watched.free.setdefault(look.infrared, now)
            share = float(np.mean(np.abs(now - free) > self.settings.other_edges))
            if share < self.settings.unseen_share:
                verdict = Verdict.OBSTRUCTED if share >= self.settings.blocked_share else Verdict.OK
        left, top, width, height = watched.rect
        return Observation(
            place=watched.place.id, object_number=0, verdict=verdict, confidence=0.8, since_s=look.at_s,
            box_px=(left, top, left + width, top + height), cues={"other_share": share},
        )  # fmt: skip


def _cut(image: Image, rect: Sequence[int], shift_px: tuple[float, float]) -> Image:
    left, top = max(0, rect[0] + round(shift_px[0])), max(0, rect[1] + round(shift_px[1]))
    part = image[top : top + rect[3], left : left + rect[2], 1]
    return np.asarray(cv2.resize(part, _WORKING_PX, interpolation=cv2.INTER_AREA), np.uint8)


def _edges(grey: Image) -> NDArray[np.float32]:
    """Mean strength of edges in each cell, relative to the brightness, so that light cancels out."""
    level = grey.astype(np.float32) * (100.0 / max(10.0, float(np.median(grey))))
    strength = cv2.magnitude(cv2.Sobel(level, cv2.CV_32F, 1, 0), cv2.Sobel(level, cv2.CV_32F, 0, 1)) / 4
    return np.asarray(cv2.resize(strength, _CELLS, interpolation=cv2.INTER_AREA), np.float32)

"""The things in one zone: each is followed from its coming to its going."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np

from detectors.left_object.evidence import Evidence, weigh
from detectors.left_object.layers import Layers, Mask
from detectors.left_object.parts import Part, firm, gathered, near, parts
from detectors.left_object.place import Place
from detectors.left_object.verdict import Word, judge
from detectors.places import Purpose

_KERNEL: Final = np.ones((3, 3), np.uint8)
_FORGET_GONE_S: Final = 30.0
_LEAST_SPLIT_S: Final = 2.5
_LEAST_SOON_S: Final = 12.0
_LEAST_GHOST_S: Final = 10.0
_SILENCE_S: Final = 10.0
_KEPT: Final = 15
_SAME: Final = 0.5
_ALIKE: Final = 0.4


@dataclass(slots=True, eq=False)
class Thing:
    """Something that was left.

    Attributes:
        number: its own, among all things of the camera.
        core: its pixels when it was told, at half the working size.
        box: left, top, right, bottom, exclusive, likewise; grows with it.
        arrived: when, on the layers' clock.
        evidence: what spoke for it.
        layers: the memory in which it was found.
        gone_since_s: since when it is no longer there.
    """

    number: int
    core: Mask
    box: tuple[int, int, int, int]
    arrived: float
    evidence: Evidence
    layers: Layers
    gone_since_s: float | None = None


@dataclass(slots=True, eq=False)
class _Candidate:
    part: Part
    since_s: float
    last_s: float


@dataclass(slots=True, eq=False)
class Things:
    """Follows what stands in one place.

    Attributes:
        place: where.
        numbers: gives each thing its number.
        all: the things that are known, the newest last.
    """

    place: Place
    numbers: Iterator[int]
    all: list[Thing] = field(default_factory=list)
    _likely: list[_Candidate] = field(default_factory=list)
    _ghosts: list[_Candidate] = field(default_factory=list)
    _swayed: list[_Candidate] = field(default_factory=list)

    def follow(self, layers: Layers, at_s: float) -> None:
        """Take in what stands there now."""
        for thing in self.all:
            if thing.layers is layers:
                self._look_after(thing, layers, at_s)
        dwell_s = self.place.zone.dwell_s
        self._likely = [one for one in self._likely if at_s - one.last_s < _SILENCE_S]
        self._swayed = [one for one in self._swayed if at_s - one.last_s < dwell_s]
        aged = layers.different & (layers.age_s(at_s) >= dwell_s)
        if not aged.any():
            return
        settings, size = self.place.settings, self.place.ground.size
        least = max(settings.least_area_px // 4, int(settings.least_area * size))
        gap_s = max(_LEAST_SPLIT_S, dwell_s / 3)
        large = self.place.zone.purpose is Purpose.VEHICLE
        for found in gathered(parts(aged, layers.arrived, least, gap_s), gap_s):
            part = firm(found, layers.strength, layers.arrived) if large else found
            if part.area > settings.most_area * size:
                continue
            known = self._belongs(layers, part)
            if known is None:
                self._consider(layers, part, at_s)
            elif known.gone_since_s is None:
                known.box = _around(known.box, part.box)

    def forget_gone(self, at_s: float) -> None:
        """Let go of what has been gone for long enough to have been told."""
        for thing in list(self.all):
            if thing.gone_since_s is not None and at_s - thing.gone_since_s >= _FORGET_GONE_S:
                self.all.remove(thing)
                left = thing.core & thing.layers.different
                if left.any():  # the ground it hid has changed meanwhile: it snowed around it
                    thing.layers.give_up(left)

    def _look_after(self, thing: Thing, layers: Layers, at_s: float) -> None:
        if float(layers.different[thing.core].mean()) >= self.place.settings.gone_share:
            thing.gone_since_s = None
        elif thing.gone_since_s is None:
            back = layers.arrived[thing.core & ~layers.different]
            thing.gone_since_s = layers.clock_s(float(np.median(back))) if back.size else at_s

    def _belongs(self, layers: Layers, part: Part) -> Thing | None:
        """The thing that a part is a piece of, or an outgrowth: a canopy that opens, a bag that topples."""
        reach = np.asarray(cv2.dilate(part.mask.astype(np.uint8), _KERNEL, iterations=2) > 0)
        for thing in self.all:
            if thing.layers is not layers:
                continue
            close = thing.core & reach
            soon = abs(part.arrived - thing.arrived) <= max(_LEAST_SOON_S, 3 * self.place.zone.dwell_s)
            if float((thing.core & part.mask).sum()) > 0.3 * min(part.area, int(thing.core.sum())) or (
                soon and (close.any() or near(thing.box, part.box))
            ):
                return thing
        return None

    def _consider(self, layers: Layers, part: Part, at_s: float) -> None:
        if not self._stands_on(part) or not self.place.zone.counts(self.place.in_picture(part.box)):
            return
        evidence = weigh(part, layers)
        word = judge(evidence, self.place.settings)
        if layers.was_learned_with(part.arrived, alike=evidence.light > _ALIKE):
            word = Word.GHOST
        if word is not Word.THING:
            self._likely = [one for one in self._likely if not _same(one.part, part)]
            if word is Word.GHOST:
                self._maybe_give_up(layers, part, at_s)
            elif word is Word.SWAYS:
                self._swayed = [_Candidate(part, at_s, at_s), *self._swayed[:_KEPT]]
        elif _held_s(self._likely, part, at_s) >= self._sure_s(part, layers):
            self.all.append(Thing(next(self.numbers), part.mask, part.box, part.arrived, evidence, layers))

    def _sure_s(self, part: Part, layers: Layers) -> float:
        """For how long a part must be called a thing; longer if it swayed, or might unseen."""
        settings = self.place.settings
        swayed = any(_overlap(one.part, part) > _SAME * min(one.part.area, part.area) for one in self._swayed)
        doubtful = swayed or layers.colour_jumps
        return (settings.sure_share_swayed if doubtful else settings.sure_share) * self.place.zone.dwell_s

    def _maybe_give_up(self, layers: Layers, part: Part, at_s: float) -> None:
        """Give up a piece of background only after it has been called a ghost for a dwell."""
        if _held_s(self._ghosts, part, at_s) >= max(self.place.zone.dwell_s, _LEAST_GHOST_S):
            layers.give_up(part.mask)
            self._ghosts = [one for one in self._ghosts if not _same(one.part, part)]

    def _stands_on(self, part: Part) -> bool:
        _, top, _, bottom = part.box
        foot = part.mask.copy()
        foot[: bottom - max(1, (bottom - top) // 4)] = False
        return (
            float(self.place.ground[foot].mean()) >= self.place.settings.foot_share if foot.any() else False
        )


def _held_s(candidates: list[_Candidate], part: Part, at_s: float) -> float:
    """For how long a part has been a candidate; it becomes one with its first look."""
    for one in candidates:
        if _same(one.part, part):
            one.part, one.last_s = part, at_s
            return at_s - one.since_s
    candidates.insert(0, _Candidate(part, at_s, at_s))
    del candidates[_KEPT:]
    return 0.0


def _same(one: Part, other: Part) -> bool:
    return _overlap(one, other) > _SAME * max(one.area, other.area)


def _overlap(one: Part, other: Part) -> int:
    return int((one.mask & other.mask).sum())


def _around(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])

"""The zones of one camera: follows each thing from its coming to its going."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np

from detectors.left_object import exposure
from detectors.left_object.evidence import Evidence, stir, weigh
from detectors.left_object.layers import Layers, Mask
from detectors.left_object.parts import Part, gathered, near, parts
from detectors.left_object.region import Region
from detectors.look import Image, Look
from detectors.observations import Observation, Observations, Verdict, columns
from detectors.places import Zone

_KERNEL: Final = np.ones((3, 3), np.uint8)
_GATE_STEP: Final = 4
_GATE_DIFFERENCE: Final = 14
_GATE_PIXELS: Final = 2
_FORGET_GONE_S: Final = 30.0
_NOTHING: Final = Evidence(light=0.0, removed=0.0, restless=0.0, stir=0.0, fill=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftObjectSettings:
    """Limits; one set for all cameras.

    Attributes:
        learn_s: how long the empty place is watched at first.
        least_area: smallest thing, share of the region's pixels.
        least_area_px: and in working pixels.
        most_area: largest, share of the region.
        restless_most: a thing whose pixels are missed in more than this share of looks does not hold still.
        stir_most: and neither does one around which more than this share is missed: somebody who stands.
        removed_most: above it the outline was an edge before and is none now: a ghost.
        foot_share: share of the lowest quarter of a thing that must stand on the zone.
        gone_share: a thing is gone when less than this of its core still differs from the background.
        upheaval: share of the region that changes at once when light or camera, not things, changed.
    """

    learn_s: float = 8.0
    least_area: float = 0.0025
    least_area_px: int = 90
    most_area: float = 0.6
    restless_most: float = 0.12
    stir_most: float = 0.13
    removed_most: float = 0.25
    foot_share: float = 0.4
    gone_share: float = 0.35
    upheaval: float = 0.7


@dataclass(slots=True, eq=False)
class _Thing:
    number: int
    core: Mask
    box: tuple[int, int, int, int]
    arrived: float
    evidence: Evidence
    infrared: bool
    gone_since_s: float | None = None


@dataclass(slots=True, eq=False)
class _Watched:
    """One zone: what is remembered of it, by day and in infrared apart, and the things in it."""

    zone: Zone
    region: Region
    layers: dict[bool, Layers] = field(default_factory=dict)  # by: is it infrared
    learning: list[Image] = field(default_factory=list)
    learning_since_s: float = 0.0
    infrared: bool = False
    things: list[_Thing] = field(default_factory=list)
    ghosts: list[tuple[Part, float]] = field(default_factory=list)
    gate: Image | None = None
    upset_since_s: float | None = None
    remembered: dict[bool, Image] = field(default_factory=dict)  # by: is it infrared


class LeftObjectDetector:
    """Answers a row for each thing that has stood still in a zone for its dwell, and one when it has gone.

    A row with `thing` 0 stands for the zone: `ok` when it is clear, `unknown` while it is learned.
    """

    def __init__(
        self, zones: Sequence[Zone], frame_px: tuple[int, int], settings: LeftObjectSettings | None = None
    ) -> None:
        self.settings = settings or LeftObjectSettings()
        self._zones = [_Watched(zone, Region.around(zone, frame_px)) for zone in zones]
        self._numbers = 0
        self.looks_worked_on = 0
        """How many looks at a zone passed the gate; the rest showed nothing new."""

    @property
    def wanted_gap_s(self) -> float:
        """How far apart looks should be: at most a quarter of the shortest dwell, better a twelfth."""
        shortest = min((watched.zone.dwell_s for watched in self._zones), default=24.0)
        return float(np.clip(shortest / 12, 0.5, 2.0))

    def backgrounds(self) -> dict[str, dict[bool, Image]]:
        """The empty zones as they are known now, zone → infrared or not → picture, to keep over a restart."""
        return {
            watched.zone.id: {watched.infrared: watched.layers[watched.infrared].background.copy()}
            for watched in self._zones
            if watched.infrared in watched.layers and not watched.learning
        }

    def remember(self, backgrounds: Mapping[str, Mapping[bool, Image]]) -> None:
        """Take up what an earlier run knew a short while ago, so that what stands there now is not learned.

        A picture of another size is left out. Backgrounds from another hour's light do more harm than good.
        """
        for watched in self._zones:
            for infrared, picture in backgrounds.get(watched.zone.id, {}).items():
                if picture.shape == (*watched.region.ground.shape, 3):
                    watched.remembered[infrared] = picture

    def look(self, look: Look, shift_px: tuple[float, float] = (0.0, 0.0)) -> Observations:
        """Judge all zones of a picture in which everything has moved by `shift_px`.

        Returns:
            One row for each zone and one for each thing in it, with `Evidence` as cues.
        """
        rows: list[Observation] = []
        for watched in self._zones:
            rows.extend(self._watch(watched, look, shift_px))
        return columns(look.at_s, rows)

    def _watch(self, watched: _Watched, look: Look, shift_px: tuple[float, float]) -> list[Observation]:
        image = watched.region.cut(look.image, shift_px)
        if watched.infrared is not look.infrared:
            self._change_light(watched, infrared=look.infrared)
        layers = watched.layers.get(look.infrared)
        if layers is None:
            self._begin(watched, image, look)
            return self._blind(watched, look.at_s)
        if watched.learning:
            watched.learning.append(image)
            if look.at_s - watched.learning_since_s >= self.settings.learn_s and len(watched.learning) >= 4:
                layers.learn(watched.learning, look.at_s)
                watched.learning.clear()
            return self._blind(watched, look.at_s)
        image = exposure.compensated(image, exposure.gain(image, layers.standing, layers.matched))
        if self._passes_gate(watched, image, layers):
            self.looks_worked_on += 1
            if layers.take(image, look.at_s):
                layers.bring_back()
            if self._upheaval(watched, layers, image, look):
                return self._blind(watched, look.at_s)
        self._follow_things(watched, layers, look.at_s)
        return self._rows(watched, layers, look.at_s)

    def _change_light(self, watched: _Watched, *, infrared: bool) -> None:
        """Day became night or the other way round; what was remembered of this light is taken up again."""
        if watched.learning:
            del watched.layers[watched.infrared]
        watched.infrared = infrared
        watched.learning.clear()
        watched.ghosts.clear()
        watched.gate = None
        watched.upset_since_s = None

    def _begin(self, watched: _Watched, image: Image, look: Look) -> None:
        settle_s = float(np.clip(watched.zone.dwell_s / 3, 1.5, 8.0))
        known = watched.remembered.pop(look.infrared, None)
        watched.layers[look.infrared] = Layers(image if known is None else known, look.at_s, settle_s)
        watched.learning = [image] if known is None else []
        watched.learning_since_s = look.at_s
        watched.gate = None
        watched.upset_since_s = None

    def _passes_gate(self, watched: _Watched, image: Image, layers: Layers) -> bool:
        """Whether a look shows anything that the last one worked on did not, or something still settles."""
        small = image[::_GATE_STEP, ::_GATE_STEP, 1]
        before, watched.gate = watched.gate, small
        if before is None or layers.unsettled:
            return True
        moved = np.asarray(cv2.absdiff(small, before)) > _GATE_DIFFERENCE
        if int(np.count_nonzero(moved)) > _GATE_PIXELS:
            return True
        watched.gate = before  # slow change must not slip by in small steps
        return False

    def _upheaval(self, watched: _Watched, layers: Layers, image: Image, look: Look) -> bool:
        if float(np.mean(~layers.matched)) < self.settings.upheaval:
            watched.upset_since_s = None
            return False
        if watched.upset_since_s is None:
            watched.upset_since_s = look.at_s
        elif look.at_s - watched.upset_since_s > 3 * layers.settle_s:
            watched.things.clear()
            self._begin(watched, image, look)
        return True

    def _follow_things(self, watched: _Watched, layers: Layers, at_s: float) -> None:
        changed = layers.different()
        for thing in watched.things:
            if thing.infrared is not watched.infrared:
                continue
            there = float(changed[thing.core].mean())
            if there >= self.settings.gone_share:
                thing.gone_since_s = None
            elif thing.gone_since_s is None:
                thing.gone_since_s = at_s
        aged = changed & (layers.age_s(at_s) >= watched.zone.dwell_s)
        if not aged.any():
            return
        size = watched.region.ground.size
        least = max(self.settings.least_area_px, int(self.settings.least_area * size))
        gap_s = max(2.5, watched.zone.dwell_s / 3)
        calm = [
            part
            for part in parts(aged, layers.arrived, least, gap_s)
            if stir(part, layers) <= self.settings.stir_most
        ]
        for part in gathered(calm, gap_s):
            if part.area > self.settings.most_area * size:
                continue
            known = self._belongs(watched, part)
            if known is not None:
                known.box = _around(known.box, part.box) if known.gone_since_s is None else known.box
                continue
            self._consider(watched, layers, part, at_s)

    def _belongs(self, watched: _Watched, part: Part) -> _Thing | None:
        """The thing that a part is a piece of, or an outgrowth: a canopy that opens, a bag that topples."""
        reach = np.asarray(cv2.dilate(part.mask.astype(np.uint8), _KERNEL, iterations=4) > 0)
        for thing in watched.things:
            if thing.infrared is not watched.infrared:
                continue
            close = thing.core & reach
            soon = abs(part.arrived - thing.arrived) <= max(12.0, 3 * watched.zone.dwell_s)
            if float((thing.core & part.mask).sum()) > 0.3 * min(part.area, int(thing.core.sum())) or (
                soon and (close.any() or near(thing.box, part.box))
            ):
                return thing
        return None

    def _consider(self, watched: _Watched, layers: Layers, part: Part, at_s: float) -> None:
        if not self._stands_on(watched, part) or not watched.zone.counts(watched.region.in_picture(part.box)):
            return
        evidence = weigh(part, layers)
        if evidence.is_light or evidence.removed > self.settings.removed_most:
            self._maybe_ghost(watched, layers, part, at_s)
            return
        if evidence.restless > self.settings.restless_most or evidence.fill < 0.25:
            return
        self._numbers += 1
        watched.things.append(
            _Thing(self._numbers, part.mask, part.box, part.arrived, evidence, watched.infrared)
        )

    def _maybe_ghost(self, watched: _Watched, layers: Layers, part: Part, at_s: float) -> None:
        """Give up a piece of background only after it has been called a ghost for a dwell."""
        for index, (ghost, since_s) in enumerate(watched.ghosts):
            if int((ghost.mask & part.mask).sum()) > 0.6 * max(ghost.area, part.area):
                if at_s - since_s >= max(watched.zone.dwell_s, 10.0):
                    layers.give_up(part.mask)
                    del watched.ghosts[index]
                return
        watched.ghosts = [(part, at_s), *watched.ghosts[:15]]

    def _stands_on(self, watched: _Watched, part: Part) -> bool:
        _, top, _, bottom = part.box
        foot = part.mask.copy()
        foot[: bottom - max(2, (bottom - top) // 4)] = False
        return float(watched.region.ground[foot].mean()) >= self.settings.foot_share if foot.any() else False

    def _rows(self, watched: _Watched, layers: Layers, at_s: float) -> list[Observation]:
        rows = [self._zone_row(watched, at_s, Verdict.OCCUPIED if watched.things else Verdict.OK)]
        rows.extend(self._thing_row(watched, thing, layers) for thing in watched.things)
        watched.things = [
            thing
            for thing in watched.things
            if thing.gone_since_s is None or at_s - thing.gone_since_s < _FORGET_GONE_S
        ]
        return rows

    def _blind(self, watched: _Watched, at_s: float) -> list[Observation]:
        """Nothing can be said for now: what lies there stays, what is new waits."""
        return [self._zone_row(watched, at_s, Verdict.UNKNOWN)]

    def _thing_row(self, watched: _Watched, thing: _Thing, layers: Layers) -> Observation:
        if thing.infrared is not watched.infrared:
            verdict, confidence = Verdict.UNKNOWN, 0.0
        elif thing.gone_since_s is None:
            verdict, confidence = Verdict.OCCUPIED, _confidence(thing.evidence)
        else:
            verdict, confidence = Verdict.OK, 0.9
        return Observation(
            place=watched.zone.id,
            thing=thing.number,
            verdict=verdict,
            confidence=confidence,
            box_px=watched.region.in_picture(thing.box),
            since_s=layers.clock_s(thing.arrived) if thing.gone_since_s is None else thing.gone_since_s,
            cues=_cues(thing.evidence),
        )

    def _zone_row(self, watched: _Watched, at_s: float, verdict: Verdict) -> Observation:
        rows, columns_ = watched.region.ground.shape
        return Observation(
            place=watched.zone.id,
            thing=0,
            verdict=verdict,
            confidence=0.0 if verdict is Verdict.UNKNOWN else 0.9,
            box_px=watched.region.in_picture((0, 0, columns_, rows)),
            since_s=at_s,
            cues=_cues(_NOTHING),
        )


def _confidence(evidence: Evidence) -> float:
    against = 1.5 * evidence.restless + 0.3 * max(0.0, evidence.light) + 0.4 * max(0.0, evidence.removed)
    return float(np.clip(0.95 - against, 0.3, 0.95))


def _cues(evidence: Evidence) -> dict[str, float]:
    return {name: float(getattr(evidence, name)) for name in Evidence.__slots__}


def _around(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])

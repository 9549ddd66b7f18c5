"""One zone's place: looks go in, the memory of what stands there comes out, by day and in infrared apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.left_object.layers import Layers, Mask
from detectors.left_object.pattern import Layout, Steps, steps_of
from detectors.left_object.region import Region, moved_back
from detectors.left_object.registration import Registration, Shift
from detectors.left_object.verdict import LeftObjectSettings
from detectors.look import Image, Look
from detectors.places import Zone

_GATE_STEP: Final = 4
_GATE_DIFFERENCE: Final = 14
_GATE_PIXELS: Final = 2
_LEAST_LEARNED: Final = 4
_LEAST_SETTLE_S: Final = 1.0
_MOST_SETTLE_S: Final = 4.0
_UPSET_SETTLES: Final = 6.0
_RENEW_EVERY_S: Final = 4.0
_HELD_S: Final = 30.0
_COLOUR_GRID: Final = 0.5
"""Scale at which a working pixel is as large as one of colour (4:2:0)."""


@dataclass(slots=True, eq=False)
class Place:
    """Cuts a zone's region out of each look and remembers it.

    Attributes:
        zone: what is watched.
        region: where it lies.
        ground: the zone itself, at half the working size.
        settings: the limits.
        worked_on: how many looks showed something new.
    """

    zone: Zone
    region: Region
    ground: Mask
    settings: LeftObjectSettings
    registration: Registration
    worked_on: int = 0
    _layers: dict[bool, Layers] = field(default_factory=dict)  # by: is it infrared
    _pictures: dict[bool, Image] = field(default_factory=dict)  # likewise: the empty zone, for a restart
    _remembered: dict[bool, Image] = field(default_factory=dict)  # likewise: from before a restart
    _infrared: bool = False
    _learning: list[tuple[float, Image]] = field(default_factory=list)
    _renewed_s: float = 0.0
    _held_s: float = -np.inf
    _gate: Image | None = None
    _last: Steps = field(default_factory=lambda: np.zeros(0, np.uint8))
    _lies_px: Shift = (0.0, 0.0)
    _upset_since_s: float | None = None

    @classmethod
    def of(cls, zone: Zone, frame_px: tuple[int, int], settings: LeftObjectSettings) -> Place:
        """Lay a region around a zone in a picture of `frame_px` columns and rows."""
        region = Region.around(zone, frame_px)
        rows, columns = (side // 2 for side in region.ground.shape)
        ground = region.ground[: 2 * rows : 2, : 2 * columns : 2].copy()
        return cls(zone, region, ground, settings, Registration(region.scale))

    @property
    def background(self) -> dict[bool, Image]:
        """The empty zone as it is known now, by: is it infrared; nothing while it is learned."""
        known = self._pictures.get(self._infrared)
        return {} if known is None or self._learning else {self._infrared: known.copy()}

    def remember(self, infrared: bool, picture: Image) -> None:  # noqa: FBT001 (the key of a mapping)
        """Take up what an earlier run knew; a picture of another size is left out."""
        if picture.shape == (*self.region.ground.shape, 3):
            self._remembered[infrared] = picture

    def see(self, look: Look, shift_px: tuple[float, float]) -> Layers | None:
        """Take in a look in which everything has moved by about `shift_px`; None while it tells nothing."""
        cut = self.region.cut(look.image, self.registration.stands_px)
        if self._infrared is not look.infrared:
            self._change_light(cut, infrared=look.infrared)
        layers = self._layers.get(look.infrared)
        if layers is None:
            self._learn(cut, look)
            return None
        fresh = self._shows_something_new(cut)
        stood_px = self.registration.stands_px
        if fresh:
            self._hold_fresh(look.at_s)
            self._lies_px = self.registration.lies(cut, shift_px)
        image = cut if self._lies_px == stood_px else self.region.cut(look.image, self._lies_px)
        if fresh:
            self._last = steps_of(image, layers.layout)
            layers.colour_jumps = self.registration.shakes and self.region.scale > _COLOUR_GRID
        layers.take(self._last, look.at_s)
        if self._upheaval(layers, cut, look):
            return None
        self._renew(image, layers, look.at_s)
        return layers

    def in_picture(self, box: tuple[int, int, int, int]) -> tuple[float, float, float, float]:
        """A box at half the working size in pixels of the full picture."""
        left, top, right, bottom = (2 * edge for edge in box)
        return self.region.in_picture((left, top, right, bottom))

    def _learn(self, cut: Image, look: Look) -> None:
        """Gather the first looks until the empty place can be known by them."""
        if not self._shows_something_new(cut) and self._learning:
            cut = self._learning[-1][1]
        self._learning.append((look.at_s, cut))
        known = self._remembered.pop(look.infrared, None)
        begun_s = self._learning[0][0]
        if known is not None or (
            look.at_s - begun_s >= self.settings.learn_s and len(self._learning) >= _LEAST_LEARNED
        ):
            self._open(look, known)
            self._learning.clear()

    def _open(self, look: Look, known: Image | None) -> None:
        """Begin a memory with a known background, or with the median of the first looks, put right."""
        cuts = [cut for _, cut in self._learning]
        if known is None:
            cuts = self._put_right(cuts)
        settle_s = float(np.clip(self.zone.dwell_s / 6, _LEAST_SETTLE_S, _MOST_SETTLE_S))
        layout = Layout(rows=2 * self.ground.shape[0], columns=2 * self.ground.shape[1])
        layers = self._layers[look.infrared] = Layers(layout, self._learning[0][0], settle_s)
        steps = [steps_of(cut, layout) for cut in cuts]
        for (at_s, _), one in zip(self._learning, steps, strict=True):
            layers.take(one, at_s)
        if known is None:
            layers.learn(np.median(np.stack(steps), axis=0).astype(np.uint8), look.at_s, sure=False)
            known = np.median(np.stack(cuts), axis=0).astype(np.uint8)
        else:
            layers.learn(steps_of(known, layout), look.at_s, sure=True)
        self._last, self._pictures[look.infrared], self._held_s = steps[-1], known, -np.inf

    def _put_right(self, cuts: list[Image]) -> list[Image]:
        stands_px, scale = self.registration.stands_px, self.region.scale
        lies = self.registration.learn(cuts)
        return [
            moved_back(cut, ((right - stands_px[0]) * scale, (down - stands_px[1]) * scale))
            for cut, (right, down) in zip(cuts, lies, strict=True)
        ]

    def _hold_fresh(self, at_s: float) -> None:
        """Hold looks against the empty zone as it is now, save where that was done a short while ago."""
        if at_s - self._held_s >= _HELD_S:
            self._held_s = at_s
            self.registration.hold_against(self._pictures[self._infrared])

    def _change_light(self, image: Image, *, infrared: bool) -> None:
        """Day became night or the other way round; what was remembered of this light is taken up again.

        A grey street under a grey sky is taken for a night picture now and then. Where the ground has no
        colour to tell by, and looks as it did, the memory stays the same.
        """
        before = self._layers.get(self._infrared)
        if self._learning:
            self._learning.clear()
        elif (
            before is not None
            and infrared not in self._layers
            and before.fits(steps_of(image, before.layout))
        ):
            self._layers[infrared] = before
            self._pictures[infrared] = self._pictures[self._infrared]
        self._infrared = infrared
        if self._layers.get(infrared) is not before:
            self._gate = self._upset_since_s = None
            self._held_s = -np.inf

    def _shows_something_new(self, cut: Image) -> bool:
        """Whether a look shows what the last one that did so did not."""
        small = cut[::_GATE_STEP, ::_GATE_STEP, 1]
        if self._gate is not None:
            moved = np.asarray(cv2.absdiff(small, self._gate)) > _GATE_DIFFERENCE
            if int(np.count_nonzero(moved)) <= _GATE_PIXELS:
                return False  # and the gate stays: slow change must not slip by in small steps
        self.worked_on += 1
        self._gate = small
        return True

    def _upheaval(self, layers: Layers, cut: Image, look: Look) -> bool:
        """Whether most of the place changed at once; if it lasts, the place is learned anew."""
        if float(np.mean(layers.different)) < self.settings.upheaval:
            self._upset_since_s = None
            return False
        if self._upset_since_s is None:
            self._upset_since_s = look.at_s
        elif look.at_s - self._upset_since_s > _UPSET_SETTLES * layers.settle_s:
            del self._layers[look.infrared]
            self._gate = self._upset_since_s = None
            self._learn(cut, look)
        return True

    def _renew(self, image: Image, layers: Layers, at_s: float) -> None:
        """Let the picture of the empty zone follow the light by small steps: a restart finds it fresh."""
        if at_s - self._renewed_s < _RENEW_EVERY_S:
            return
        self._renewed_s = at_s
        picture = self._pictures[self._infrared]
        rows, columns = picture.shape[:2]
        quiet = (~layers.different).astype(np.uint8)
        quiet = np.asarray(cv2.resize(quiet, (columns, rows), interpolation=cv2.INTER_NEAREST), np.uint8)
        self._pictures[self._infrared] = _followed(picture, image, quiet)


def _followed(picture: Image, image: Image, where: NDArray[np.uint8]) -> Image:
    one = cv2.merge([where, where, where])
    brighter = cv2.bitwise_and(cv2.compare(image, picture, cv2.CMP_GT), one)
    darker = cv2.bitwise_and(cv2.compare(image, picture, cv2.CMP_LT), one)
    return np.asarray(cv2.subtract(cv2.add(picture, brighter), darker), np.uint8)

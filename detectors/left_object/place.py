"""One zone's place: looks go in, the memory of what stands there comes out, by day and in infrared apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.left_object.layers import Layers, Mask
from detectors.left_object.pattern import Layout, Steps, steps_of
from detectors.left_object.region import Region
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
    worked_on: int = 0
    _layers: dict[bool, Layers] = field(default_factory=dict)  # by: is it infrared
    _pictures: dict[bool, Image] = field(default_factory=dict)  # likewise: the empty zone, for a restart
    _remembered: dict[bool, Image] = field(default_factory=dict)  # likewise: from before a restart
    _infrared: bool = False
    _learning: list[tuple[Image, Steps]] = field(default_factory=list)
    _learning_since_s: float = 0.0
    _renewed_s: float = 0.0
    _gate: Image | None = None
    _last: Steps | None = None
    _upset_since_s: float | None = None

    @classmethod
    def of(cls, zone: Zone, frame_px: tuple[int, int], settings: LeftObjectSettings) -> Place:
        """Lay a region around a zone in a picture of `frame_px` columns and rows."""
        region = Region.around(zone, frame_px)
        rows, columns = (side // 2 for side in region.ground.shape)
        ground = region.ground[: 2 * rows : 2, : 2 * columns : 2].copy()
        return cls(zone, region, ground, settings)

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
        """Take in a look in which everything has moved by `shift_px`; None when it tells nothing yet."""
        image = self.region.cut(look.image, shift_px)
        if self._infrared is not look.infrared:
            self._change_light(image, infrared=look.infrared)
        layers = self._layers.get(look.infrared)
        if layers is None:
            self._begin(image, look)
            return None
        steps = self._steps(image, layers)
        layers.take(steps, look.at_s)
        if self._learning:
            self._learn(image, steps, layers, look.at_s)
            return None
        if self._upheaval(layers, image, look):
            return None
        self._renew(image, layers, look.at_s)
        return layers

    def in_picture(self, box: tuple[int, int, int, int]) -> tuple[float, float, float, float]:
        """A box at half the working size in pixels of the full picture."""
        left, top, right, bottom = (2 * edge for edge in box)
        return self.region.in_picture((left, top, right, bottom))

    def _begin(self, image: Image, look: Look) -> None:
        settle_s = float(np.clip(self.zone.dwell_s / 6, _LEAST_SETTLE_S, _MOST_SETTLE_S))
        layout = Layout(rows=2 * self.ground.shape[0], columns=2 * self.ground.shape[1])
        layers = self._layers[look.infrared] = Layers(layout, look.at_s, settle_s)
        self._gate = self._last = self._upset_since_s = None
        steps = self._steps(image, layers)
        layers.take(steps, look.at_s)
        known = self._remembered.pop(look.infrared, None)
        self._learning_since_s = look.at_s
        self._learning = [(image, steps)] if known is None else []
        if known is not None:
            self._pictures[look.infrared] = known
            layers.learn(steps_of(known, layout), look.at_s, sure=True)

    def _learn(self, image: Image, steps: Steps, layers: Layers, at_s: float) -> None:
        """Take the median of the first looks for the background."""
        self._learning.append((image, steps))
        if at_s - self._learning_since_s < self.settings.learn_s or len(self._learning) < _LEAST_LEARNED:
            return
        images, stack = zip(*self._learning, strict=True)
        self._pictures[self._infrared] = np.median(np.stack(images), axis=0).astype(np.uint8)
        layers.learn(np.median(np.stack(stack), axis=0).astype(np.uint8), at_s, sure=False)
        self._learning.clear()

    def _change_light(self, image: Image, *, infrared: bool) -> None:
        """Day became night or the other way round; what was remembered of this light is taken up again.

        A grey street under a grey sky is taken for a night picture now and then. Where the ground has no
        colour to tell by, and looks as it did, the memory stays the same.
        """
        before = self._layers.get(self._infrared)
        if self._learning:
            del self._layers[self._infrared]
            self._learning.clear()
        elif (
            before is not None
            and infrared not in self._layers
            and before.fits(steps_of(image, before.layout))
        ):
            self._layers[infrared] = before
            self._pictures[infrared] = self._pictures[self._infrared]
        if self._layers.get(infrared) is not before:
            self._gate = self._last = self._upset_since_s = None
        self._infrared = infrared

    def _steps(self, image: Image, layers: Layers) -> Steps:
        """The steps of a look; those of the last one where it shows nothing that that one did not."""
        small = image[::_GATE_STEP, ::_GATE_STEP, 1]
        if self._gate is not None and self._last is not None:
            moved = np.asarray(cv2.absdiff(small, self._gate)) > _GATE_DIFFERENCE
            if int(np.count_nonzero(moved)) <= _GATE_PIXELS:
                return self._last  # and the gate stays: slow change must not slip by in small steps
        self.worked_on += 1
        self._gate, self._last = small, steps_of(image, layers.layout)
        return self._last

    def _upheaval(self, layers: Layers, image: Image, look: Look) -> bool:
        """Whether most of the place changed at once; if it lasts, the place is learned anew."""
        if float(np.mean(layers.different)) < self.settings.upheaval:
            self._upset_since_s = None
            return False
        if self._upset_since_s is None:
            self._upset_since_s = look.at_s
        elif look.at_s - self._upset_since_s > _UPSET_SETTLES * layers.settle_s:
            self._begin(image, look)
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

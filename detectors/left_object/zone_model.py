"""The background models of one zone, updated look by look: one by day and one in infrared."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.left_object.background_model import Absorbed, BackgroundModel, Mask, Standing
from detectors.left_object.log_gradient import GradientLayout, LogGradient, log_gradient
from detectors.left_object.registration import Registration, Shift
from detectors.left_object.settings import LeftObjectSettings
from detectors.left_object.zone_crop import ZoneCrop, shifted_back
from detectors.look import Image, Look

_GATE_STRIDE: Final = 4
"""The gate compares every fourth row and column."""
_UPHEAVAL_LOOKS: Final = 9
"""The picture of the empty zone after an upheaval is the median of so many looks."""
_UPHEAVALS_KEPT: Final = 4
_COLOUR_SCALE: Final = 0.5
"""At this scale a working pixel is as large as a pixel of colour (4:2:0)."""


@dataclass(slots=True, eq=False)
class ZoneModel:
    """Cuts one zone out of each look and keeps its background models.

    Attributes:
        crop: the cut around the zone.
        dwell_s: the dwell of the zone, seconds.
        settings: the thresholds.
        registration: follows the camera's motion.
        looks_processed: how many looks showed something new and were analysed.
    """

    crop: ZoneCrop
    dwell_s: float
    settings: LeftObjectSettings
    registration: Registration
    looks_processed: int = 0
    # The key of these three says whether the light is infrared.
    _models: dict[bool, BackgroundModel] = field(default_factory=dict)
    _empty_zone: dict[bool, Image] = field(default_factory=dict)  # to be kept over a restart
    _remembered: dict[bool, Image] = field(default_factory=dict)  # from before a restart
    _infrared: bool = False
    _learning: list[tuple[float, Image]] = field(default_factory=list)
    _renewed_s: float = 0.0
    _reference_s: float = -np.inf
    _gate: Image | None = None
    _last_gradient: LogGradient = field(default_factory=lambda: np.zeros(0, np.uint8))
    _shift_px: Shift = (0.0, 0.0)
    _upheaval_since_s: float | None = None
    _upheaval_cuts: deque[Image] = field(default_factory=lambda: deque(maxlen=_UPHEAVAL_LOOKS))
    _calm: Standing | None = None  # what stood there before the upheaval
    _before_upheaval: deque[tuple[Absorbed, Image]] = field(
        default_factory=lambda: deque(maxlen=_UPHEAVALS_KEPT)
    )

    @classmethod
    def of(cls, crop: ZoneCrop, dwell_s: float, settings: LeftObjectSettings) -> ZoneModel:
        """The model of a zone of which nothing has been learned."""
        return cls(crop, dwell_s, settings, Registration(crop.scale, settings))

    @property
    def empty_zone(self) -> dict[bool, Image]:
        """The picture of the empty zone in the present light: whether infrared → picture.

        Empty while the zone is learned.
        """
        known = self._empty_zone.get(self._infrared)
        return {} if known is None or self._learning else {self._infrared: known.copy()}

    def remember(self, infrared: bool, picture: Image) -> None:  # noqa: FBT001 (the key of a mapping)
        """Restore the picture of the empty zone from before a restart; one of another size is left out."""
        if picture.shape == (*self.crop.ground.shape, 3):
            self._remembered[infrared] = picture

    def update(self, look: Look, shift_px: tuple[float, float]) -> BackgroundModel | None:
        """Take in a look.

        Args:
            look: the picture.
            shift_px: an estimate of how far everything in it has moved, in pixels of the full picture.

        Returns:
            The model after the look; None while the zone is learned, or when light or camera changed.
        """
        cut = self.crop.cut(look.image, self.registration.rest_px)
        if self._infrared is not look.infrared:
            self._change_light(cut, infrared=look.infrared)
        model = self._models.get(look.infrared)
        if model is None:
            self._learn(cut, look)
            return None
        rest_px = self.registration.rest_px  # before this look is registered, which may move it
        is_new = self._passes_gate(cut)
        if is_new:
            self._renew_reference(look.at_s)
            self._shift_px = self.registration.register(cut, shift_px)
        image = cut if self._shift_px == rest_px else self.crop.cut(look.image, self._shift_px)
        reliable: bool | None = None
        if is_new:
            self._last_gradient = log_gradient(image, model.layout)
            reliable = not (self.registration.shakes and self.crop.scale > _COLOUR_SCALE)
        model.update(self._last_gradient, look.at_s, colour_reliable=reliable)
        if self._is_upheaval(model, image, look.at_s):
            return None
        self._renew_empty_zone(image, model, look.at_s)
        return model

    def _learn(self, cut: Image, look: Look) -> None:
        """Collect the first looks until the empty zone can be learned from them."""
        if not self._passes_gate(cut) and self._learning:
            cut = self._learning[-1][1]
        self._learning.append((look.at_s, cut))
        known = self._remembered.pop(look.infrared, None)
        long_enough = look.at_s - self._learning[0][0] >= self.settings.learn_s
        if known is not None or (long_enough and len(self._learning) >= self.settings.learn_looks):
            self._start_model(look, known)
            self._learning.clear()

    def _start_model(self, look: Look, known: Image | None) -> None:
        """Begin a model with a known picture of the empty zone, or with the median of the first looks."""
        cuts = [cut for _, cut in self._learning]
        if known is None:
            cuts = self._registered(cuts)
        settle_s = float(np.clip(self.dwell_s / self.settings.settle_divisor, *self.settings.settle_s))
        half_rows, half_columns = self.crop.half_ground.shape
        layout = GradientLayout(rows=2 * half_rows, columns=2 * half_columns)
        model = BackgroundModel(layout, self._learning[0][0], settle_s, self.settings)
        self._models[look.infrared] = model
        gradients = [log_gradient(cut, layout) for cut in cuts]
        for (at_s, _), one in zip(self._learning, gradients, strict=True):
            model.update(one, at_s)
        if known is None:
            middle = np.median(np.stack(gradients), axis=0).astype(np.uint8)
            model.learn(middle, look.at_s, known_empty=False)
            known = np.median(np.stack(cuts), axis=0).astype(np.uint8)
        else:
            model.learn(log_gradient(known, layout), look.at_s, known_empty=True)
        self._last_gradient, self._empty_zone[look.infrared] = gradients[-1], known
        self._reference_s = -np.inf

    def _registered(self, cuts: list[Image]) -> list[Image]:
        """The first looks, each moved to the position that the zone has in most of them."""
        rest_px, scale = self.registration.rest_px, self.crop.scale
        shifts = self.registration.learn(cuts)
        return [
            shifted_back(cut, ((right - rest_px[0]) * scale, (down - rest_px[1]) * scale))
            for cut, (right, down) in zip(cuts, shifts, strict=True)
        ]

    def _renew_reference(self, at_s: float) -> None:
        """Make the present empty zone the reference of the registration, every `reference_every_s`."""
        if at_s - self._reference_s >= self.settings.reference_every_s:
            self._reference_s = at_s
            self.registration.set_reference(self._empty_zone[self._infrared])

    def _change_light(self, cut: Image, *, infrared: bool) -> None:
        """Change to the model of the other light, because the camera switched between day and night.

        A grey street under a grey sky is sometimes taken for an infrared picture. If the ground has no colour
        and looks as before, the other light gets the same model.
        """
        before = self._models.get(self._infrared)
        if self._learning:
            self._learning.clear()
        elif (
            before is not None
            and infrared not in self._models
            and before.shows_same_ground(log_gradient(cut, before.layout))
        ):
            self._models[infrared] = before
            self._empty_zone[infrared] = self._empty_zone[self._infrared]
        self._infrared = infrared
        if self._models.get(infrared) is not before:
            self._gate = self._upheaval_since_s = None
            self._reference_s = -np.inf

    def _passes_gate(self, cut: Image) -> bool:
        """Whether a look differs from the last look that passed the gate."""
        small = cut[::_GATE_STRIDE, ::_GATE_STRIDE, 1]
        if self._gate is not None:
            changed = np.asarray(cv2.absdiff(small, self._gate)) > self.settings.gate_difference
            if int(np.count_nonzero(changed)) <= self.settings.gate_pixels:
                return False  # the gate keeps its picture: slow change must not slip by in small steps
        self.looks_processed += 1
        self._gate = small
        return True

    def _is_upheaval(self, model: BackgroundModel, image: Image, at_s: float) -> bool:
        """Whether most of the zone differs; if that lasts, the present look becomes the background.

        What stood in the zone before is not absorbed. The background from before returns if it is seen again.
        """
        settings, share = self.settings, float(np.mean(model.foreground))
        if share < settings.upheaval_share:
            self._upheaval_since_s = None
            changed = self._calm is None or self._calm.where is not model.foreground
            if changed and share <= settings.calm_share:
                self._calm = model.standing()
            return False
        if self._upheaval_since_s is None:
            self._upheaval_since_s = at_s
            self._upheaval_cuts.clear()
        self._upheaval_cuts.append(image)
        if at_s - self._upheaval_since_s > settings.upheaval_settles * model.settle_s:
            absorbed = model.absorb_all_but(self._calm or Standing.none(model.foreground.shape))
            self._replace_empty_zone(absorbed)
            self._upheaval_since_s = None
        return True

    def _replace_empty_zone(self, absorbed: Absorbed) -> None:
        """Take the picture of the empty zone anew where the background was."""
        picture = self._empty_zone[self._infrared]
        self._before_upheaval.append((absorbed, picture))
        seen = np.median(np.stack(self._upheaval_cuts), axis=0).astype(np.uint8)
        where = _of_working_size(absorbed.where, picture)
        self._empty_zone[self._infrared] = np.where(where[:, :, None] > 0, seen, picture)
        self._reference_s = -np.inf
        self._upheaval_cuts.clear()

    def _renew_empty_zone(self, image: Image, model: BackgroundModel, at_s: float) -> None:
        """Adapt the picture of the empty zone to the light, so that it is recent after a restart."""
        if at_s - self._renewed_s < self.settings.renew_every_s:
            return
        self._renewed_s = at_s
        for absorbed, before in list(self._before_upheaval):
            if absorbed.restored:
                self._before_upheaval.remove((absorbed, before))
                self._empty_zone[self._infrared] = before
                self._reference_s = -np.inf
        picture = self._empty_zone[self._infrared]
        empty = _of_working_size(~model.foreground, picture)
        self._empty_zone[self._infrared] = _moved_towards(picture, image, empty)


def _of_working_size(where: Mask, picture: Image) -> NDArray[np.uint8]:
    """A mask of half the working size, enlarged to that of a working picture: 0 or 1."""
    rows, columns = picture.shape[:2]
    full = cv2.resize(where.astype(np.uint8), (columns, rows), interpolation=cv2.INTER_NEAREST)
    return np.asarray(full, np.uint8)


def _moved_towards(picture: Image, image: Image, where: NDArray[np.uint8]) -> Image:
    """The picture with each pixel where `where` is 1 brought one grey level nearer to the image."""
    one = cv2.merge([where, where, where])
    brighter = cv2.bitwise_and(cv2.compare(image, picture, cv2.CMP_GT), one)
    darker = cv2.bitwise_and(cv2.compare(image, picture, cv2.CMP_LT), one)
    return np.asarray(cv2.subtract(cv2.add(picture, brighter), darker), np.uint8)

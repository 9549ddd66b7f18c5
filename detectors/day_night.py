"""Whether a camera shows day or has switched to infrared: decided once for all detectors, over several looks.

A camera switches twice a day. One picture is not enough to recognise that: a grey street under a grey sky is
nearly as colourless as an infrared picture, and at a low bit-rate its little colour comes and goes. A switch
changes colour, brightness and pattern at once. If a picture has lost a little colour and otherwise looks as
it did two seconds ago, the light is the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.look import Image, Look
from detectors.thresholds import DEFINITION, UNRECORDED, Threshold

_BLOCKS: Final = (16, 9)
_SAMPLES: Final = 96
"""A picture is sampled at about this many columns."""
_DARK_FLOOR: Final = 10.0
"""Grey levels added before the logarithm: below it is noise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayNightSettings:
    """All thresholds; each annotation gives unit, meaning and origin."""

    confirm_looks: Annotated[
        int, Threshold("looks in a row", "this many must show the other light", UNRECORDED)
    ] = 4
    confirm_s: Annotated[float, Threshold("s", "these looks must span at least this time", UNRECORDED)] = 8.0
    colour_change: Annotated[
        float, Threshold("grey levels between channels", "a larger change of colour is a jump", UNRECORDED)
    ] = 6.0
    brightness_change: Annotated[
        float, Threshold("ln", "a larger change of brightness is a jump", UNRECORDED)
    ] = 0.2
    same_blocks: Annotated[
        float, Threshold("correlation", "below: the pattern of the picture has jumped", UNRECORDED)
    ] = 0.5
    flat: Annotated[
        float, Threshold("mean square of ln", "with less structure pictures cannot be compared", DEFINITION)
    ] = 0.01


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Sample:
    """The parts of a picture in which a jump shows.

    Attributes:
        brightness: mean of the logarithm of grey.
        blocks: (144,) logarithm of the brightness of each block, less the mean.
        colour: difference between the colour channels, grey levels.
    """

    brightness: float
    blocks: NDArray[np.float32]
    colour: float

    @classmethod
    def of(cls, look: Look) -> _Sample:
        step = max(1, look.size_px[0] // _SAMPLES)
        blocks = np.log(_grey(look.image[::step, ::step]) + _DARK_FLOOR).ravel()
        mean = float(blocks.mean())
        return cls(brightness=mean, blocks=np.asarray(blocks - mean, np.float32), colour=look.colour)

    def is_like(self, other: _Sample, settings: DayNightSettings) -> bool:
        """Whether nothing has jumped between the two; never true of a picture without structure."""
        spread = float(np.linalg.norm(self.blocks) * np.linalg.norm(other.blocks))
        return (
            abs(self.colour - other.colour) <= settings.colour_change
            and abs(self.brightness - other.brightness) <= settings.brightness_change
            and spread > settings.flat * self.blocks.size
            and float(self.blocks @ other.blocks) >= settings.same_blocks * spread
        )


def _grey(image: Image) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(image[..., 1], _BLOCKS, interpolation=cv2.INTER_AREA), np.float32)


@dataclass(slots=True)
class DayNightFilter:
    """Changes between colour and infrared only after enough looks have shown the other one."""

    settings: DayNightSettings = field(default_factory=DayNightSettings)
    _infrared: bool | None = None
    _others: int = 0
    _since_s: float = 0.0
    _last: _Sample | None = None

    def confirmed(self, look: Look) -> Look | None:
        """The look with the confirmed light; None for one that shows the other light, not confirmed yet."""
        if self._infrared is None:
            self._infrared = look.infrared
        sample = _Sample.of(look)
        is_same = look.doubtful_light or look.infrared is self._infrared
        if is_same or (self._last is not None and sample.is_like(self._last, self.settings)):
            self._others, self._last = 0, sample
            return look if look.infrared is self._infrared else replace(look, infrared=self._infrared)
        if self._others == 0:
            self._since_s = look.at_s
        self._others += 1
        if self._others < self.settings.confirm_looks or look.at_s - self._since_s < self.settings.confirm_s:
            return None
        self._infrared, self._others, self._last = look.infrared, 0, sample
        return look

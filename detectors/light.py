"""Whether it is day or the camera has switched to infrared: once for all detectors, and not by one picture.

A camera switches twice a day. A grey street under a grey sky is nearly as colourless as a night picture, and
at a low bit-rate its little colour comes and goes; whoever believed each picture would forget all the time.
A switch is a jump: what loses a little colour and otherwise looks as two seconds before is in the same light.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.look import Image, Look

_BLOCKS: Final = (16, 9)
_SAMPLES: Final = 96
_LITTLE_COLOUR: Final = 6.0
_SAME_BRIGHTNESS: Final = 0.2
_ALIKE: Final = 0.5
_FLAT: Final = 0.01


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Glance:
    """As much of a picture as tells a jump.

    Attributes:
        brightness: mean of the logarithm.
        blocks: (144,) logarithm of the brightness of each part, without the mean.
        colour: how far its colours are apart.
    """

    brightness: float
    blocks: NDArray[np.float32]
    colour: float

    @classmethod
    def at(cls, look: Look) -> _Glance:
        step = max(1, look.size_px[0] // _SAMPLES)
        blocks = np.log(_grey(look.image[::step, ::step]) + 10.0).ravel()
        mean = float(blocks.mean())
        return cls(brightness=mean, blocks=np.asarray(blocks - mean, np.float32), colour=look.colour)

    def is_like(self, other: _Glance) -> bool:
        """Whether nothing has jumped between the two; never of a picture without any structure."""
        spread = float(np.linalg.norm(self.blocks) * np.linalg.norm(other.blocks))
        return (
            abs(self.colour - other.colour) <= _LITTLE_COLOUR
            and abs(self.brightness - other.brightness) <= _SAME_BRIGHTNESS
            and spread > _FLAT * self.blocks.size
            and float(self.blocks @ other.blocks) >= _ALIKE * spread
        )


def _grey(image: Image) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(image[..., 1], _BLOCKS, interpolation=cv2.INTER_AREA), np.float32)


@dataclass(slots=True)
class Light:
    """Holds on to the light until pictures have said otherwise for long enough.

    Attributes:
        confirm_looks: pictures in a row that must say the other light.
        confirm_s: and the seconds that they must span.
    """

    confirm_looks: int = 4
    confirm_s: float = 8.0
    _held: bool | None = None
    _others: int = 0
    _since_s: float = 0.0
    _last: _Glance | None = None

    def settle(self, look: Look) -> Look | None:
        """The look in the light that holds; None for one that shows the other light before it is sure."""
        if self._held is None:
            self._held = look.infrared
        glance = _Glance.at(look)
        same = look.doubtful_light or look.infrared is self._held
        if same or (self._last is not None and glance.is_like(self._last)):
            self._others, self._last = 0, glance
            return look if look.infrared is self._held else replace(look, infrared=self._held)
        if self._others == 0:
            self._since_s = look.at_s
        self._others += 1
        if self._others < self.confirm_looks or look.at_s - self._since_s < self.confirm_s:
            return None
        self._held, self._others, self._last = look.infrared, 0, glance
        return look

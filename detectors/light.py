"""Whether it is day or the camera has switched to infrared: once for all detectors, and not by one picture.

A camera switches twice a day. A grey street under a grey sky is nearly as colourless as a night picture, and
at a low bit-rate its little colour comes and goes; whoever believed each picture would forget all the time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from detectors.look import Look


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

    def settle(self, look: Look) -> Look | None:
        """The look in the light that holds; None for one that shows the other light before it is sure."""
        if self._held is None:
            self._held = look.infrared
        if look.doubtful_light or look.infrared is self._held:
            self._others = 0
            return look if look.infrared is self._held else replace(look, infrared=self._held)
        if self._others == 0:
            self._since_s = look.at_s
        self._others += 1
        if self._others < self.confirm_looks or look.at_s - self._since_s < self.confirm_s:
            return None
        self._held, self._others = look.infrared, 0
        return look

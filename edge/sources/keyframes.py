"""Whether a stream's keyframes come often enough to look at nothing else. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

_REMEMBERED: Final = 5
_ENOUGH: Final = 2


class KeyframeGauge:
    """Measures the gap between keyframes.

    Args:
        longest_gap_s: tells the gap from which the detectors may miss something.
    """

    def __init__(self, longest_gap_s: Callable[[], float]) -> None:
        self._longest_gap_s = longest_gap_s
        self._gaps: deque[float] = deque(maxlen=_REMEMBERED)
        self._last_s: float | None = None
        self._since_s = self._longest_s = 0.0

    @property
    def longest_gap_s(self) -> float:
        """The gap from which the detectors may miss something."""
        return self._longest_gap_s()

    @property
    def gap_s(self) -> float | None:
        """The longest of the last gaps, one still open included; None until one was measured."""
        if self._since_s > max(self._longest_s, self.longest_gap_s):
            return self._since_s
        return self._longest_s if self._gaps else None

    @property
    def enough(self) -> bool:
        """Whether keyframes alone will do; False until that has been measured."""
        gap_s = self.gap_s
        return len(self._gaps) >= _ENOUGH and gap_s is not None and gap_s <= self.longest_gap_s

    @property
    def too_rare(self) -> bool:
        """Whether keyframes alone are known not to do."""
        limit_s = self.longest_gap_s  # asked with each packet: no more is done here than has to be
        return self._since_s > limit_s or self._longest_s > limit_s

    def saw(self, media_s: float, *, is_keyframe: bool) -> None:
        """Take note of a packet."""
        if self._last_s is not None:
            self._since_s = max(0.0, media_s - self._last_s)
        if is_keyframe:
            if self._last_s is not None and media_s > self._last_s:
                self._gaps.append(media_s - self._last_s)
                self._longest_s = max(self._gaps)
            self._last_s, self._since_s = media_s, 0.0

    def seam(self) -> None:
        """The next packet does not follow the last one: a file begins anew."""
        self._last_s, self._since_s = None, 0.0

"""Whether a stream's keyframes come often enough to decode nothing else. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

_REMEMBERED: Final = 5
_ENOUGH: Final = 2
_PAUSE_S: Final = 10.0
"""A stream that sent nothing for so long has paused: what was missing says nothing about its keyframes."""
_TOLERANCE: Final = 1.05
"""Frames do not come to the millisecond: a keyframe each 2.00 s serves who needs one each 2.00 s."""


class KeyframeIntervals:
    """Measures the interval between keyframes.

    Args:
        longest_gap_s: tells the interval that the detectors need.
    """

    def __init__(self, longest_gap_s: Callable[[], float]) -> None:
        self._longest_gap_s = longest_gap_s
        self._gaps: deque[float] = deque(maxlen=_REMEMBERED)
        self._last_s: float | None = None
        self._newest_s: float | None = None
        self._since_s = self._longest_s = 0.0

    @property
    def longest_gap_s(self) -> float:
        """The interval that the detectors need."""
        return self._longest_gap_s()

    @property
    def measured_s(self) -> float | None:
        """The longest of the last intervals from one keyframe to the next; None until there was one."""
        return self._longest_s if self._gaps else None

    @property
    def gap_s(self) -> float | None:
        """The same, or the time since the last keyframe where that is longer by now."""
        if self._since_s > max(self._longest_s, self._limit_s):
            return self._since_s
        return self.measured_s

    @property
    def enough(self) -> bool:
        """Whether keyframes come often enough; False until that has been measured."""
        return len(self._gaps) >= _ENOUGH and not self.too_rare

    @property
    def too_rare(self) -> bool:
        """Whether keyframes are known to come too rarely."""
        limit_s = self._limit_s  # asked with each packet: no more is done here than has to be
        return self._since_s > limit_s or self._longest_s > limit_s

    @property
    def _limit_s(self) -> float:
        return _TOLERANCE * self._longest_gap_s()

    def observe(self, at_s: float, *, is_keyframe: bool) -> None:
        """Take note of a picture in the stream."""
        if self._newest_s is not None and at_s - self._newest_s > _PAUSE_S:
            self.restart()
        self._newest_s = at_s
        if self._last_s is not None:
            self._since_s = max(0.0, at_s - self._last_s)
        if is_keyframe:
            if self._last_s is not None and at_s > self._last_s:
                self._note(at_s - self._last_s)
            self._last_s, self._since_s = at_s, 0.0

    def restart(self) -> None:
        """The next picture does not follow the last one: a file begins anew, or the stream has paused."""
        if self._since_s > max(self._longest_s, self._limit_s):  # the interval was at least as long
            self._note(self._since_s)
        self._last_s, self._newest_s, self._since_s = None, None, 0.0

    def _note(self, interval_s: float) -> None:
        self._gaps.append(interval_s)
        self._longest_s = max(self._gaps)

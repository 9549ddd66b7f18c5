"""Measures whether a stream's keyframes come often enough to decode nothing else. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

_REMEMBERED: Final = 5
_ENOUGH: Final = 2
_PAUSE_S: Final = 10.0
"""Seconds without packets after which a stream was interrupted; such a gap says nothing about keyframes."""
_TOLERANCE: Final = 1.05
"""Factor of tolerance: a keyframe every 2.00 s is often enough for a need of 2.00 s."""


class KeyframeIntervals:
    """Measures the interval between keyframes.

    Args:
        longest_gap_s: returns the interval that the detectors need, seconds.
    """

    def __init__(self, longest_gap_s: Callable[[], float]) -> None:
        self._longest_gap_s = longest_gap_s
        self._gaps: deque[float] = deque(maxlen=_REMEMBERED)
        self._last_s: float | None = None
        self._newest_s: float | None = None
        self._since_s = self._longest_s = 0.0

    @property
    def longest_gap_s(self) -> float:
        """The interval that the detectors need, seconds."""
        return self._longest_gap_s()

    @property
    def measured_s(self) -> float | None:
        """The longest of the last intervals between keyframes, seconds; None before the first one."""
        return self._longest_s if self._gaps else None

    @property
    def gap_s(self) -> float | None:
        """As `measured_s`, or the time since the last keyframe if that is longer."""
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
        limit_s = self._limit_s  # called for each packet, so it does only what is necessary
        return self._since_s > limit_s or self._longest_s > limit_s

    @property
    def _limit_s(self) -> float:
        return _TOLERANCE * self._longest_gap_s()

    def observe(self, at_s: float, *, is_keyframe: bool) -> None:
        """Count a picture of the stream."""
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
        """Forget the last picture, after an interruption or when a file starts again."""
        if self._since_s > max(self._longest_s, self._limit_s):  # the interval was at least this long
            self._note(self._since_s)
        self._last_s, self._newest_s, self._since_s = None, None, 0.0

    def _note(self, interval_s: float) -> None:
        self._gaps.append(interval_s)
        self._longest_s = max(self._gaps)

"""Measures whether a stream's keyframes come often enough to decode nothing else. No I/O, no clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

_INTERVALS_KEPT: Final = 5
_MIN_INTERVALS: Final = 2
"""Number of measured intervals from which on the measurement is relied upon."""
_PAUSE_S: Final = 10.0
"""Seconds without a picture. A longer pause is an interruption, and tells nothing about keyframes."""
_TOLERANCE: Final = 1.05
"""The tolerated interval is exceeded only beyond this factor: intervals of 2.00 s vary by milliseconds."""


class KeyframeIntervals:
    """Measures the interval between keyframes.

    Args:
        tolerated_interval_s: returns the longest interval that detectors tolerate, seconds; may change.
    """

    def __init__(self, tolerated_interval_s: Callable[[], float]) -> None:
        self._tolerated_interval_s = tolerated_interval_s
        self._intervals: deque[float] = deque(maxlen=_INTERVALS_KEPT)
        self._last_keyframe_s: float | None = None
        self._last_picture_s: float | None = None
        self._since_s = self._longest_s = 0.0

    @property
    def tolerated_interval_s(self) -> float:
        """The longest interval that the detectors tolerate, seconds."""
        return self._tolerated_interval_s()

    @property
    def measured_s(self) -> float | None:
        """The longest of the last intervals, seconds; None until one was measured."""
        return self._longest_s if self._intervals else None

    @property
    def interval_s(self) -> float | None:
        """As `measured_s`; or the time from the last keyframe to the last picture.

        The latter, if it exceeds both `measured_s` and the tolerated interval.
        """
        if self._since_s > max(self._longest_s, self._limit_s):
            return self._since_s
        return self.measured_s

    @property
    def enough(self) -> bool:
        """Whether keyframes come often enough; False until that has been measured."""
        return len(self._intervals) >= _MIN_INTERVALS and not self.too_rare

    @property
    def too_rare(self) -> bool:
        """Whether keyframes are known to come too rarely."""
        limit_s = self._limit_s  # called for each packet, so it does only what is necessary
        return self._since_s > limit_s or self._longest_s > limit_s

    @property
    def _limit_s(self) -> float:
        return _TOLERANCE * self._tolerated_interval_s()

    def observe(self, at_s: float, *, is_keyframe: bool) -> None:
        """Take in the next picture, in decoding order.

        Args:
            at_s: its time, seconds; only differences count.
            is_keyframe: whether it is a keyframe.
        """
        if self._last_picture_s is not None and at_s - self._last_picture_s > _PAUSE_S:
            self.restart()
        self._last_picture_s = at_s
        if self._last_keyframe_s is not None:
            self._since_s = max(0.0, at_s - self._last_keyframe_s)
        if is_keyframe:
            if self._last_keyframe_s is not None and at_s > self._last_keyframe_s:
                self._note(at_s - self._last_keyframe_s)
            self._last_keyframe_s, self._since_s = at_s, 0.0

    def restart(self) -> None:
        """Begin again after an interruption, or at the start of a file; the measured intervals are kept."""
        if self._since_s > max(self._longest_s, self._limit_s):  # the last interval was at least so long
            self._note(self._since_s)
        self._last_keyframe_s, self._last_picture_s, self._since_s = None, None, 0.0

    def _note(self, interval_s: float) -> None:
        self._intervals.append(interval_s)
        self._longest_s = max(self._intervals)

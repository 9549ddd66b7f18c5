"""Decides whether to decode only keyframes of a stream, or every frame. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from edge.sources.keyframes import KeyframeIntervals

Decode = Literal["auto", "keyframes", "all"]

_PASSES: Final = 2
"""Keyframes to try: with periodic intra refresh only the first keyframe of a stream is whole."""
_FAILURES: Final = 3
"""Consecutive looks whose keyframe failed; one or two may be due to damaged data."""
_FIRST_PAUSE_S: Final = 60.0
_LONGEST_PAUSE_S: Final = 600.0


class DecodeChoice:
    """Chooses between keyframes and all frames; the choice changes at keyframes only.

    Keyframes are enough if they come often enough and can be decoded alone. Both are tested before any frame
    is left out. If keyframes fail later, every frame is decoded again, and keyframes are tried again from
    time to time.

    Args:
        setting: `auto` chooses; the other values are fixed.
        intervals: how often keyframes come.

    Attributes:
        decodes_all: whether every frame is decoded.
        standalone: whether keyframes can be decoded alone; None until tried.
    """

    def __init__(self, setting: Decode, intervals: KeyframeIntervals) -> None:
        self.decodes_all = setting != "keyframes"
        self.standalone: bool | None = None
        self._setting = setting
        self._intervals = intervals
        self._passed = 0
        self._failures = 0
        self._try_at_s = 0.0
        self._pause_s = _FIRST_PAUSE_S

    def begin(self) -> None:
        """A file starts again, or a stream was opened."""
        self._passed = 0
        if self._setting == "auto":
            self.decodes_all = not (self._intervals.enough and self.standalone)

    def decoded(self, *, whole: bool) -> None:
        """Note whether an analysed keyframe could be decoded alone. Any thread."""
        self._failures = 0 if whole else self._failures + 1

    @property
    def failing(self) -> bool:
        """Whether only keyframes are decoded, and the last ones could not be."""
        return not self.decodes_all and self._failures >= _FAILURES

    def at_keyframe(self, now: float, is_whole: Callable[[], bool]) -> None:
        """Choose again.

        Args:
            now: monotonic seconds.
            is_whole: tries to decode the keyframe alone.
        """
        if self._setting != "auto":
            if self.failing:
                self.standalone = False
            return
        if self._intervals.too_rare:
            self.decodes_all, self._passed = True, 0
        elif self.failing:
            self._failed(now)
        elif self.decodes_all and self._intervals.measured_s is not None and now >= self._try_at_s:
            self._try(now, is_whole)

    def _try(self, now: float, is_whole: Callable[[], bool]) -> None:
        if not is_whole():
            self._failed(now)
            return
        self._passed += 1
        if self._passed >= _PASSES and self._intervals.enough:
            self.decodes_all, self.standalone, self._failures = False, True, 0

    def _failed(self, now: float) -> None:
        self.decodes_all, self.standalone, self._passed, self._failures = True, False, 0, 0
        self._try_at_s = now + self._pause_s
        self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)

"""The newest two frames of a camera that wait for the analysis; a third one displaces the oldest.

With room for one frame, a look is lost whenever a frame waits longer than the gap between two, such as when a
host halts for a second. With room for two, the look is at most one gap late (ADR 0097).
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from edge.sources.captured_frame import CapturedFrame

_ROOM: Final = 2


class FrameQueue:
    """A bounded queue of two frames that drops the oldest. Safe for two threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._frames: deque[CapturedFrame] = deque(maxlen=_ROOM)

    def put(self, frame: CapturedFrame) -> bool:
        """Add a frame; returns whether the oldest one was dropped."""
        with self._changed:
            displaced = len(self._frames) == _ROOM
            self._frames.append(frame)
            self._changed.notify()
            return displaced

    def wait(self, timeout_s: float) -> bool:
        """Wait until there is a frame; False after the time-out."""
        with self._changed:
            return self._changed.wait_for(lambda: bool(self._frames), timeout_s)

    def take(self) -> CapturedFrame | None:
        """Remove and return the oldest frame, or None."""
        with self._changed:
            return self._frames.popleft() if self._frames else None

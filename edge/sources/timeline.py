"""One continuous time from a stream's timestamps. Pure.

Cameras and recorders send timestamps that jump (a new recording, a clock that was set, a counter that
wrapped), repeat, go back a little, or are missing. The continuous time follows the timestamps while they are
plausible; otherwise it advances by the usual time from one frame to the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_LONGEST_STEP_S: Final = 10.0
_LONGEST_STEP_FRAMES: Final = 3.0
"""A timestamp ahead by more than both is a jump: seconds, and frames; the second is for very slow streams."""
_BACK_S: Final = 1.0
_BACK_FRAMES: Final = 4.0
"""A timestamp that goes back by more than both is a jump. A smaller step is the difference between decoding
and presentation order."""
_STEP_GROWS: Final = 2.0
"""Largest growth of the usual step; reordered frames may make one step several frames long."""
_STUCK_PACKETS: Final = 16
"""Consecutive timestamps that do not advance, after which they are ignored; no codec reorders over more
frames."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketTime:
    """The time of a packet.

    Attributes:
        at_s: seconds on the continuous time, or on a clock.
        is_presentation: whether it is a presentation time; otherwise it is a decoding time.
    """

    at_s: float
    is_presentation: bool


class Timeline:
    """Gives the packets of a stream, or of several recordings in sequence, one continuous time.

    Attributes:
        without_pts: whether presentation timestamps are ignored. AVI has none, and FFmpeg invents them.
        unstamped: packets without a timestamp since the last one with a timestamp.
    """

    def __init__(self) -> None:
        self.without_pts = False
        self.unstamped = 0
        self._offset_s: float | None = None
        self._last_s = 0.0
        self._end_s: float | None = None
        self._step_s = 0.0
        self._stuck = 0

    @property
    def step_s(self) -> float:
        """The usual time from one packet to the next, seconds."""
        return self._step_s

    def begin(self, step_s: float, *, without_pts: bool = False) -> None:
        """Begin a recording, or a connection, right after the last packet.

        Args:
            step_s: announced seconds from one picture to the next.
            without_pts: whether its presentation timestamps are invented.
        """
        self.without_pts = without_pts
        self.unstamped = 0
        self._offset_s = None
        self._step_s = step_s
        self._stuck = 0

    def place(self, pts_s: float | None, dts_s: float | None) -> PacketTime:
        """Give the next packet its time.

        Args:
            pts_s: its presentation timestamp, seconds; None without one.
            dts_s: its decoding timestamp, seconds; None without one.
        """
        if self.without_pts:
            pts_s, dts_s = None, pts_s if dts_s is None else dts_s
        stamp_s = dts_s if pts_s is None else pts_s
        if stamp_s is None:
            self.unstamped += 1
            return self._put(self._next_s(), is_presentation=False)
        self.unstamped = 0
        is_presentation = pts_s is not None
        if self._offset_s is None:
            return self._join(stamp_s, is_presentation=is_presentation)
        step_s = stamp_s + self._offset_s - self._last_s
        if (
            not -max(_BACK_S, _BACK_FRAMES * self._step_s)
            <= step_s
            <= max(_LONGEST_STEP_S, _LONGEST_STEP_FRAMES * self._step_s)
        ):
            return self._join(stamp_s, is_presentation=is_presentation)
        if step_s > 0:
            self._stuck = 0
            self._step_s = min(step_s, _STEP_GROWS * self._step_s)
        else:
            self._stuck += 1
            if self._stuck > _STUCK_PACKETS:
                self._offset_s = self._next_s() - stamp_s
                is_presentation = False
        return self._put(stamp_s + self._offset_s, is_presentation=is_presentation)

    def _join(self, stamp_s: float, *, is_presentation: bool) -> PacketTime:
        """Place a packet right after the last one, whatever its timestamp."""
        self._stuck = 0
        begins_s = 0.0 if self._end_s is None else self._end_s + self._step_s
        self._offset_s = begins_s - stamp_s
        return self._put(begins_s, is_presentation=is_presentation)

    def _next_s(self) -> float:
        return 0.0 if self._end_s is None else self._last_s + self._step_s

    def _put(self, at_s: float, *, is_presentation: bool) -> PacketTime:
        self._last_s = at_s
        self._end_s = at_s if self._end_s is None else max(self._end_s, at_s)
        return PacketTime(at_s=at_s, is_presentation=is_presentation)

"""Converts a stream's continuous time to our clock. Pure: the time is passed in."""

from __future__ import annotations

from typing import Final

from edge.sources.timeline import PacketTime

_HELD_UP_S: Final = 5.0
"""A file that is later than this continues without catching up; one that is less late catches up."""
_ASTRAY_S: Final = 2.0
"""A packet that is later than this sets the clock again: the link stalled, or the timestamps jumped."""
_BURST_S: Final = 1.0
"""At first, packets come in a burst, which says nothing about their rate: FFmpeg has read ahead, and some
cameras send all frames since the last keyframe."""
_FIRST_CHECK_S: Final = 3.0
_CHECK_S: Final = 10.0
"""Seconds over which the rate of the timestamps is measured: the first time, and afterwards."""
_RATES: Final = (0.75, 1.33)
"""Range of plausible rates: media seconds for each second of arrival. A wrong unit (90 kHz for milliseconds)
lies far outside; a link that stalls for two of ten seconds lies within."""


class FilePace:
    """When each frame of a file is due.

    After the program was stopped for long (a suspended machine), the file continues from where it was, at its
    normal rate.
    """

    def __init__(self, now: float) -> None:
        self._began_s = now

    def due_s(self, media_s: float, now: float) -> float:
        """When to show the frame that stands at `media_s` of the continuous time, on the clock of `now`."""
        late_s = now - (self._began_s + media_s)
        if late_s > _HELD_UP_S:
            self._began_s += late_s
        return self._began_s + media_s


class LivePace:
    """Estimates when the packets of a live stream were sent, although they arrive in bursts.

    The sending times are as even as the timestamps. The packet with the least delay sets the clock, so no
    packet gets a time in the future. The timestamps are used while they run as fast as packets arrive, which
    is checked every few seconds. Otherwise the time of arrival counts.

    Attributes:
        believed: whether the timestamps are used.
    """

    def __init__(self) -> None:
        self.believed = True
        self._offset_s: float | None = None
        self._first_s: float | None = None
        self._checked: tuple[float, float] | None = None
        self._check_after_s = _FIRST_CHECK_S

    def place(self, packet: PacketTime, now: float) -> PacketTime:
        """The packet with its sending time on the clock of `now`; `now` is its time of arrival."""
        self._check(packet.at_s, now)
        if not self.believed:
            return PacketTime(at_s=now, is_presentation=False)
        if self._offset_s is None or not 0 <= now - (self._offset_s + packet.at_s) < _ASTRAY_S:
            self._offset_s = now - packet.at_s
        return PacketTime(at_s=packet.at_s + self._offset_s, is_presentation=packet.is_presentation)

    def _check(self, media_s: float, now: float) -> None:
        if self._first_s is None:
            self._first_s = now
        if self._checked is None:
            if now - self._first_s >= _BURST_S:
                self._checked = (media_s, now)
            return
        began_media_s, began_s = self._checked
        if now - began_s >= self._check_after_s:
            slowest, fastest = _RATES
            believed = slowest <= (media_s - began_media_s) / (now - began_s) <= fastest
            if believed and not self.believed:
                self._offset_s = None
            self.believed = believed
            self._checked = (media_s, now)
            self._check_after_s = _CHECK_S

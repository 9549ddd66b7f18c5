"""Converts a stream's continuous time to our clock. Pure: the time is passed in."""

from __future__ import annotations

from typing import Final

from edge.sources.timeline import PacketTime

_HELD_UP_S: Final = 5.0
"""Seconds. A file that is later than this continues from its present time; otherwise it catches up."""
_ASTRAY_S: Final = 2.0
"""Seconds. A packet that is later resets the clock: the link has stalled, or the timestamps have jumped."""
_BURST_S: Final = 1.0
"""Seconds. The first packets come in a burst that says nothing about their rate: FFmpeg has read ahead, and
some cameras send what they kept since the last keyframe."""
_FIRST_CHECK_S: Final = 3.0
_CHECK_S: Final = 10.0
"""Seconds over which the rate of the timestamps is measured, the first time and later."""
_RATES: Final = (0.75, 1.33)
"""Range of plausible rates: media seconds for each second of arrival. A wrong unit (90 kHz for milliseconds)
is far outside; a link that stalls for two seconds of ten is inside."""


class FilePace:
    """Tells when each frame of a file is due.

    After a long interruption of the program (a suspended machine), the file continues from its present frame
    and does not catch up.
    """

    def __init__(self, now: float) -> None:
        self._began_s = now

    def due_s(self, media_s: float, now: float) -> float:
        """When to show the frame at `media_s` of the continuous time, on the clock of `now`."""
        late_s = now - (self._began_s + media_s)
        if late_s > _HELD_UP_S:
            self._began_s += late_s
        return self._began_s + media_s


class LivePace:
    """Estimates when a live stream's packets were sent, from timestamps and times of arrival.

    The packet that arrived with the least delay sets the clock, so no packet is ever in the future.
    Timestamps are used as long as they run as fast as packets arrive, which is checked every few seconds.
    Otherwise the time of arrival counts.

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
        """The packet's time on the clock of `now`, which is its time of arrival."""
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

"""From a stream's own timestamps to our clock. Pure: the time is passed in."""

from __future__ import annotations

import math
from typing import Final

_HELD_UP_S: Final = 5.0
_ASTRAY_S: Final = 2.0


class FilePace:
    """When each frame of a file is due, over any number of rounds.

    A round begins where the last one ended, so that time goes on over the seam. After the program was held up
    for long (a suspended machine) the file goes on from where it was, and does not hurry.
    """

    def __init__(self, now: float) -> None:
        self._began_s = now
        self._first_s: float | None = None
        self._end_s = 0.0

    def due_s(self, media_s: float, now: float) -> float:
        """When to show the frame that stands at `media_s` of the file, on the clock of `now`."""
        if self._first_s is None:
            self._first_s = media_s
        into_s = media_s - self._first_s
        late_s = now - (self._began_s + into_s)
        if late_s > _HELD_UP_S:
            self._began_s += late_s
        return self._began_s + into_s

    def passed(self, media_s: float, duration_s: float) -> None:
        """Note a frame, whether anybody waits for it or not: the last one tells how long the round is."""
        if self._first_s is None:
            self._first_s = media_s
        self._end_s = max(self._end_s, media_s - self._first_s + duration_s)

    def again(self) -> None:
        """Begin the file anew."""
        self._began_s += self._end_s
        self._first_s = None
        self._end_s = 0.0


class LivePace:
    """When a live stream's pictures were taken: even, as its timestamps are, though they arrive in bursts.

    What arrived the least late sets the clock, so no picture is ever taken for one of the future.
    """

    def __init__(self) -> None:
        self._offset_s = math.nan
        self._last_s = -math.inf

    def taken_s(self, media_s: float, now: float) -> float:
        """The moment of the picture that stands at `media_s`, on the clock of `now`; never goes back."""
        late_s = now - (self._offset_s + media_s)
        if not 0 <= late_s < _ASTRAY_S:  # also at first, when it is no number
            self._offset_s = now - media_s
        self._last_s = max(self._last_s, self._offset_s + media_s)
        return self._last_s

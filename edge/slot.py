"""Where a camera's newest two pictures wait to be looked at; a third that comes puts the oldest out.

Room for one would lose a look whenever a picture waits longer than one gap, though the box has time to spare
a moment later: a host that halts for a second was enough. With two, a look may come late by a gap.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from edge.sources.picture import Picture

_ROOM: Final = 2


class Slot:
    """Room for two pictures. Safe for two threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._pictures: deque[Picture] = deque(maxlen=_ROOM)

    def put(self, picture: Picture) -> bool:
        """Leave a picture; answers whether another had to give way that nobody had looked at."""
        with self._changed:
            displaced = len(self._pictures) == _ROOM
            self._pictures.append(picture)
            self._changed.notify()
            return displaced

    def wait(self, timeout_s: float) -> bool:
        """Wait until a picture is there."""
        with self._changed:
            return self._changed.wait_for(lambda: bool(self._pictures), timeout_s)

    def take(self) -> Picture | None:
        """The older picture, if one is there."""
        with self._changed:
            return self._pictures.popleft() if self._pictures else None

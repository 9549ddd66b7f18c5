"""Where a camera's newest picture waits to be looked at; an older one gives way."""

from __future__ import annotations

import threading

from edge.sources.picture import Picture


class Slot:
    """Room for one picture. Safe for two threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._picture: Picture | None = None

    def put(self, picture: Picture) -> bool:
        """Leave a picture; answers whether another had to give way that nobody had looked at."""
        with self._changed:
            displaced = self._picture is not None
            self._picture = picture
            self._changed.notify()
            return displaced

    def wait(self, timeout_s: float) -> bool:
        """Wait until a picture is there."""
        with self._changed:
            return self._changed.wait_for(lambda: self._picture is not None, timeout_s)

    def take(self) -> Picture | None:
        """The picture, if one is there."""
        with self._changed:
            picture, self._picture = self._picture, None
            return picture

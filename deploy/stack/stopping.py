"""Signals that end `up`, whatever it is doing."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Any, Final, Self

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(KeyboardInterrupt):
    """A signal asked us to stop. It is a KeyboardInterrupt so that an event loop lets it through."""


class StopSignals:
    """While entered, the first SIGINT, SIGTERM or SIGHUP raises `Stopped` in the main thread; more do not.

    Attributes:
        received: whether a signal has come; for loops, because an exception may be lost in a finalizer.
    """

    def __init__(self) -> None:
        self.received = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._stop) for number in _SIGNALS}
        return self

    def __exit__(self, *unused: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        if not self.received:  # else we are on our way down already
            self.received = True
            raise Stopped

"""Whether the program's event loop still runs: the liveness of a program, for its supervisor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

_EVERY_S: Final = 1.0
STALLED_S: Final = 60.0
"""Seconds, far more than any step of ours takes: a busy program is not restarted, a hanging one is."""


class Heartbeat:
    """Beats once a second while the event loop runs.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last = clock()

    async def run(self) -> None:
        """Beat for ever."""
        while True:
            self._last = self._clock()
            await asyncio.sleep(_EVERY_S)

    def stalled(self) -> str | None:
        """One sentence if the event loop has not run for long, else None; from any thread."""
        silent_s = self._clock() - self._last
        if silent_s < STALLED_S:
            return None
        return f"the event loop has not run for {silent_s:.0f} s; the program hangs and must be restarted"

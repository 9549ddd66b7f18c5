"""Who may look next: as many cameras at once as the box has room for, the most overdue first.

How long a camera has waited counts in its own sampling interval: a box that cannot keep up looks at every
camera less often in the same measure, and leaves none out.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, TypeVar

from edge.worker import Clock, Heartbeat

_STEP_S: Final = 1.0
_NEVER_S: Final = 3600.0

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True, kw_only=True)
class LookRequest:
    """A camera that wants to look.

    Attributes:
        name: its own.
        last_s: when it last had its turn.
        gap_s: how far apart its looks should be.
        granted: set when its turn has come.
    """

    name: str
    last_s: float
    gap_s: float
    granted: threading.Event = field(default_factory=threading.Event, compare=False)

    def overdue(self, now: float) -> float:
        """How long ago its last turn was, in its own gaps."""
        return (now - self.last_s) / self.gap_s


def most_overdue(requests: Mapping[Key, LookRequest], now: float) -> Key:
    """Whose turn it is; of equals, who came first."""
    return max(requests, key=lambda key: requests[key].overdue(now))


class LookScheduler:
    """Gives out turns. Safe for all threads.

    Whoever gives a turn back picks the next, and wakes nobody else: fifty cameras that are all woken to ask
    whose turn it is take a twentieth of a look over the question.

    Args:
        at_once: how many may look at the same time.
        clock: monotonic seconds.
    """

    def __init__(self, at_once: int, clock: Clock) -> None:
        self._free = at_once
        self._clock = clock
        self._lock = threading.Lock()
        self._requests: dict[Heartbeat, LookRequest] = {}
        self._last_s: dict[str, float] = {}
        self._held: set[Heartbeat] = set()

    @contextmanager
    def turn(self, name: str, gap_s: float, heartbeat: Heartbeat) -> Iterator[bool]:
        """Wait for a turn and hold it; False when the heartbeat ended before it came."""
        granted = self._wait(name, gap_s, heartbeat)
        try:
            yield granted
        finally:
            self.release(heartbeat)

    def release(self, heartbeat: Heartbeat) -> None:
        """Give a turn back, also for a thread that hangs in it; once is enough, more does no harm."""
        with self._lock:
            self._requests.pop(heartbeat, None)
            if heartbeat in self._held:
                self._held.remove(heartbeat)
                self._free += 1
                self._give_out()

    def _wait(self, name: str, gap_s: float, heartbeat: Heartbeat) -> bool:
        with self._lock:
            last_s = self._last_s.get(name, self._clock() - _NEVER_S)
            request = self._requests[heartbeat] = LookRequest(name=name, last_s=last_s, gap_s=gap_s)
            self._give_out()
        while not heartbeat.is_over() and not request.granted.wait(_STEP_S):
            heartbeat.beat()
        return not heartbeat.is_over()

    def _give_out(self) -> None:
        """Give free turns to whoever waits the longest; called with the lock held."""
        while self._free > 0 and self._requests:
            now = self._clock()
            heartbeat = most_overdue(self._requests, now)
            request = self._requests.pop(heartbeat)
            self._free -= 1
            self._held.add(heartbeat)
            self._last_s[request.name] = now
            request.granted.set()

"""Decides which camera may look next: as many at once as the box has room for, the most overdue first.

How overdue a camera is counts in its own sampling intervals. A box that cannot keep up therefore looks at all
cameras less often by the same factor, and leaves none out.
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
    """A camera that waits for its turn.

    Attributes:
        name: the camera's id.
        last_s: when it last had its turn, monotonic seconds.
        gap_s: wanted time between its looks, seconds.
        granted: set when it has its turn.
    """

    name: str
    last_s: float
    gap_s: float
    granted: threading.Event = field(default_factory=threading.Event, compare=False)

    def overdue(self, now: float) -> float:
        """Time since its last turn, as a multiple of `gap_s`."""
        return (now - self.last_s) / self.gap_s


def most_overdue(requests: Mapping[Key, LookRequest], now: float) -> Key:
    """The request to grant next; of equals the first."""
    return max(requests, key=lambda key: requests[key].overdue(now))


class LookScheduler:
    """Grants turns. Safe for all threads.

    The thread that gives a turn back chooses the next one, and wakes only that one. If all of fifty cameras
    were woken to find out, that would take a twentieth of a look's time.

    Args:
        at_once: how many cameras may look at the same time.
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
        """Wait for a turn and hold it; False if the heartbeat ended before."""
        granted = self._wait(name, gap_s, heartbeat)
        try:
            yield granted
        finally:
            self.release(heartbeat)

    def release(self, heartbeat: Heartbeat) -> None:
        """Give a turn back, also on behalf of a thread that hangs; a repeated call does no harm."""
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
        """Grant free turns to the most overdue requests; called with the lock held."""
        while self._free > 0 and self._requests:
            now = self._clock()
            heartbeat = most_overdue(self._requests, now)
            request = self._requests.pop(heartbeat)
            self._free -= 1
            self._held.add(heartbeat)
            self._last_s[request.name] = now
            request.granted.set()

"""Decides which camera may look next: a limited number of cameras at once, the most overdue first.

The waiting time of a camera is measured in its own sampling intervals. A box that cannot keep up therefore
looks less often at every camera, in the same proportion, and leaves none out.
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
        name: name of the camera.
        last_s: time of its last turn, seconds on the scheduler's clock.
        gap_s: the wanted gap between its looks, seconds.
        granted: set when it gets its turn.
    """

    name: str
    last_s: float
    gap_s: float
    granted: threading.Event = field(default_factory=threading.Event, compare=False)

    def overdue(self, now: float) -> float:
        """The time since its last turn, in multiples of its own gap."""
        return (now - self.last_s) / self.gap_s


def most_overdue(requests: Mapping[Key, LookRequest], now: float) -> Key:
    """The most overdue request; of equally overdue ones, the first that came."""
    return max(requests, key=lambda key: requests[key].overdue(now))


class LookScheduler:
    """Gives out turns. Thread-safe.

    The thread that gives a turn back picks the next camera and wakes only that one: waking fifty cameras for
    each turn would cost a twentieth of a look.

    Args:
        at_once: how many cameras may look at the same time.
        clock: returns monotonic seconds.
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
        """Wait for a turn and hold it; yields False if the heartbeat ended before the turn came."""
        granted = self._wait(name, gap_s, heartbeat)
        try:
            yield granted
        finally:
            self.release(heartbeat)

    def release(self, heartbeat: Heartbeat) -> None:
        """Give a turn back, also that of a thread that hangs; calling it twice does no harm."""
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
        """Give free turns to the most overdue cameras; called with the lock held."""
        while self._free > 0 and self._requests:
            now = self._clock()
            heartbeat = most_overdue(self._requests, now)
            request = self._requests.pop(heartbeat)
            self._free -= 1
            self._held.add(heartbeat)
            self._last_s[request.name] = now
            request.granted.set()

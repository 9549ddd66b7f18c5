"""How long somebody must wait after wrong passwords. Pure: the time is passed in."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

_REMEMBERED: Final = 20_000


class Throttle:
    """Counts failures by any key, and doubles the wait with each further one.

    An attempt counts as failed until it is forgiven, so parallel attempts do not avoid the wait.

    Args:
        free: attempts without a wait.
        longest_wait_s: longest wait, seconds; after that time without an attempt all is forgotten.
    """

    def __init__(self, *, free: int, longest_wait_s: float) -> None:
        self._free = free
        self._longest_wait_s = longest_wait_s
        self._failures: OrderedDict[Hashable, tuple[int, float]] = OrderedDict()

    def wait_s(self, key: Hashable, now_s: float) -> float:
        """Seconds until the next attempt is allowed; 0: now."""
        failures, last_s = self._failures.get(key, (0, now_s))
        if failures < self._free:
            return 0.0
        return max(0.0, last_s + self._pause_s(failures) - now_s)

    def attempt(self, key: Hashable, now_s: float) -> None:
        """Count an attempt."""
        failures, last_s = self._failures.pop(key, (0, now_s))
        if now_s - last_s > self._longest_wait_s:
            failures = 0
        self._failures[key] = (failures + 1, now_s)
        if len(self._failures) > _REMEMBERED:
            self._failures.popitem(last=False)

    def forgive(self, key: Hashable) -> None:
        """The last attempt was right: forget all attempts."""
        self._failures.pop(key, None)

    def undo(self, key: Hashable) -> None:
        """The last attempt had no result: neither right nor wrong."""
        failures, last_s = self._failures.get(key, (0, 0.0))
        if failures > 0:
            self._failures[key] = (failures - 1, last_s)

    def _pause_s(self, failures: int) -> float:
        doublings = min(failures - self._free, 30)
        return min(self._longest_wait_s, 2.0**doublings)

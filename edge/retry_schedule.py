"""Which messages to send now, and when to send them again without a receipt. Pure: the time is passed in."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class RetrySchedule(Generic[Key]):
    """Sends messages in order, and repeats those without a receipt, in order, after growing pauses.

    Args:
        first_s: first pause before messages without a receipt are sent again, seconds.
        longest_s: longest pause, seconds.
    """

    def __init__(self, *, first_s: float, longest_s: float) -> None:
        self._first_s, self._longest_s = first_s, longest_s
        self._pause_s = first_s
        self._sent: dict[Key, float] = {}

    def connected(self) -> None:
        """Send all again on a new connection, because messages on the old one may be lost."""
        self._sent.clear()
        self._pause_s = self._first_s

    def received(self) -> None:
        """Note a receipt, which shows that the centre is there; pauses begin short again."""
        self._pause_s = self._first_s

    def due(self, waiting: Sequence[Key], now: float) -> list[Key]:
        """Those of the waiting messages that are to be sent now, in order."""
        self._sent = {key: at_s for key, at_s in self._sent.items() if key in set(waiting)}
        new = [key for key in waiting if key not in self._sent]
        if new or not waiting or now < self._sent[waiting[0]] + self._pause_s:
            return new
        self._pause_s = min(self._longest_s, self._pause_s * 2)
        return list(waiting)

    def sent(self, key: Key, now: float) -> None:
        """A message has been handed to the broker."""
        self._sent[key] = now

    def rest_s(self, waiting: Sequence[Key], now: float) -> float | None:
        """Seconds until the next message is due by itself; None if nothing waits."""
        if not waiting:
            return None
        return max(0.0, self._sent.get(waiting[0], now) + self._pause_s - now)

"""Decides which messages to send now, and when to repeat them. Pure: the time is passed in."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class RetrySchedule(Generic[Key]):
    """Sends in order, and repeats all messages in flight in order, with pauses that grow without a receipt.

    Args:
        first_s: the pause after which a message without a receipt is sent again, seconds.
        longest_s: the longest pause, seconds.
    """

    def __init__(self, *, first_s: float, longest_s: float) -> None:
        self._first_s, self._longest_s = first_s, longest_s
        self._pause_s = first_s
        self._sent: dict[Key, float] = {}

    def connected(self) -> None:
        """A new connection: messages in flight on the old one may be lost, so all are sent again."""
        self._sent.clear()
        self._pause_s = self._first_s

    def received(self) -> None:
        """A receipt has come, so the centre is reachable."""
        self._pause_s = self._first_s

    def due(self, waiting: Sequence[Key], now: float) -> list[Key]:
        """Of the oldest waiting messages, in order, those to send now."""
        self._sent = {key: at_s for key, at_s in self._sent.items() if key in set(waiting)}
        new = [key for key in waiting if key not in self._sent]
        if new or not waiting or now < self._sent[waiting[0]] + self._pause_s:
            return new
        self._pause_s = min(self._longest_s, self._pause_s * 2)
        return list(waiting)

    def sent(self, key: Key, now: float) -> None:
        """A message has been sent to the broker."""
        self._sent[key] = now

    def rest_s(self, waiting: Sequence[Key], now: float) -> float | None:
        """Seconds until a message is due again; None if none waits."""
        if not waiting:
            return None
        return max(0.0, self._sent.get(waiting[0], now) + self._pause_s - now)

"""Every received message has exactly one fate, and the counts add up at any moment.

The event loop writes, and a scrape reads from another thread. One lock makes each change and each read
atomic.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum


class Fate(IntEnum):
    """The result for a message, decided by the transaction that commits it; an integer, for use in arrays."""

    UNDECIDED = 0  # no commit has decided it yet
    STORED = 1  # at least one of its rows was new
    DUPLICATE = 2  # all its rows were stored already
    QUARANTINED = 3  # it breaks a rule, and is in the quarantine with the reason
    IGNORED = 4  # nothing in it is to be stored: some foreign messages, and empty ones

    @property
    def label(self) -> str:
        """Its name on `/metrics`."""
        return self.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The counts at one moment: `received` is always the sum of `fates` and `in_flight`.

    Attributes:
        received: messages from the broker since the program's start; a redelivered one counts again.
        in_flight: messages whose fate no commit has decided yet.
        fates: messages by fate and stream; the stream is `unknown` if the topic is not ours.
        stall_s: seconds since the last fate was decided, while messages are in flight; otherwise 0.
    """

    received: int
    in_flight: int
    fates: Mapping[tuple[Fate, str], int]
    stall_s: float


class Ledger:
    """Counts received messages, and their fates.

    Args:
        seconds: a monotonic clock.
    """

    def __init__(self, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._moved = seconds()
        self._lock = threading.Lock()
        self._received = 0
        self._in_flight = 0
        self._fates: Counter[tuple[Fate, str]] = Counter()

    def receive(self, messages: int) -> None:
        """Count messages that came from the broker."""
        with self._lock:
            if not self._in_flight:
                self._moved = self._seconds()
            self._received += messages
            self._in_flight += messages

    def settle(self, fates: Mapping[tuple[Fate, str], int]) -> None:
        """Count the fates that a commit has decided."""
        settled = sum(fates.values())
        with self._lock:
            self._fates.update(fates)
            self._in_flight -= settled
            self._moved = self._seconds()

    def balance(self) -> Balance:
        """The counts at one moment."""
        with self._lock:
            return Balance(
                received=self._received,
                in_flight=self._in_flight,
                fates=dict(self._fates),
                stall_s=self._seconds() - self._moved if self._in_flight else 0.0,
            )

"""Every received message has exactly one fate, and the fates add up at any moment.

The event loop writes; a scrape reads from another thread. One lock makes each change, and each look, whole.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum


class Fate(IntEnum):
    """What became of a message, decided by the transaction that commits it; a number, to stand in arrays."""

    UNDECIDED = 0  # no commit has decided it yet
    STORED = 1  # at least one of its rows was new
    DUPLICATE = 2  # all its content was stored already
    QUARANTINED = 3  # it breaks a rule, and is in the quarantine with its reason
    IGNORED = 4  # it holds nothing that is stored, like some foreign messages and empty ones

    @property
    def label(self) -> str:
        """Its name on `/metrics`."""
        return self.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """One consistent state of the ledger: `received` always equals the sum of `fates` and `in_flight`.

    Attributes:
        received: messages received since the program started; redelivered ones count again.
        in_flight: how many of them have no fate yet.
        fates: number of messages by fate and stream; the stream of a topic that is not ours is `unknown`.
        stall_s: seconds since a message last got its fate while others are in flight; 0 if none is in flight.
    """

    received: int
    in_flight: int
    fates: Mapping[tuple[Fate, str], int]
    stall_s: float


class Ledger:
    """Counts received messages, and their fates.

    Args:
        seconds: returns monotonic seconds.
    """

    def __init__(self, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._moved = seconds()
        self._lock = threading.Lock()
        self._received = 0
        self._in_flight = 0
        self._fates: Counter[tuple[Fate, str]] = Counter()

    def receive(self, messages: int) -> None:
        """Messages have come from the broker."""
        with self._lock:
            if not self._in_flight:
                self._moved = self._seconds()
            self._received += messages
            self._in_flight += messages

    def settle(self, fates: Mapping[tuple[Fate, str], int]) -> None:
        """A commit has decided the fate of some messages."""
        settled = sum(fates.values())
        with self._lock:
            self._fates.update(fates)
            self._in_flight -= settled
            self._moved = self._seconds()

    def balance(self) -> Balance:
        """The present state."""
        with self._lock:
            return Balance(
                received=self._received,
                in_flight=self._in_flight,
                fates=dict(self._fates),
                stall_s=self._seconds() - self._moved if self._in_flight else 0.0,
            )

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
    STORED = 1  # it told the database something new: a row, or at least one of its rows
    DUPLICATE = 2  # everything it says was there already
    QUARANTINED = 3  # it breaks a rule; it is in the quarantine with its reason
    IGNORED = 4  # it says nothing we keep: as some foreign messages do, and empty ones

    @property
    def label(self) -> str:
        """Its name on `/metrics`."""
        return self.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """One look at the ledger: `received` is the sum of `fates` and `in_flight`, always.

    Attributes:
        received: messages taken from the broker since the program started, redelivered ones again.
        in_flight: of those, the ones whose fate no commit has decided yet.
        fates: messages by fate and stream; a message whose topic is not ours has the stream `unknown`.
        stall_s: seconds for which messages have been in flight and none has met its fate; 0 while none is.
    """

    received: int
    in_flight: int
    fates: Mapping[tuple[Fate, str], int]
    stall_s: float


class Ledger:
    """Counts messages in, and out by fate.

    Args:
        seconds: that only ever grow.
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
        """One consistent look."""
        with self._lock:
            return Balance(
                received=self._received,
                in_flight=self._in_flight,
                fates=dict(self._fates),
                stall_s=self._seconds() - self._moved if self._in_flight else 0.0,
            )

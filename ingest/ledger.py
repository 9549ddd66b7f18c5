"""Every received message has exactly one fate, and the fates add up at any moment.

The event loop writes; a scrape reads from another thread. One lock makes each change, and each look, whole.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """What became of a message; decided by the transaction that commits it."""

    STORED = "stored"  # it told the database something new: a row, or at least one of its rows
    DUPLICATE = "duplicate"  # everything it says was there already
    QUARANTINED = "quarantined"  # it breaks a rule; it is in the quarantine with its reason
    IGNORED = "ignored"  # a foreign message that says nothing we keep; none without adapters


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """One look at the ledger: `received` is the sum of `fates` and `in_flight`, always.

    Attributes:
        received: messages taken from the broker since the program started, redelivered ones again.
        in_flight: of those, the ones whose fate no commit has decided yet.
        fates: messages by fate and stream; a message whose topic is not ours has the stream `unknown`.
    """

    received: int
    in_flight: int
    fates: Mapping[tuple[Fate, str], int]


class Ledger:
    """Counts messages in, and out by fate."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._received = 0
        self._in_flight = 0
        self._fates: Counter[tuple[Fate, str]] = Counter()

    def receive(self, messages: int) -> None:
        """Messages have come from the broker."""
        with self._lock:
            self._received += messages
            self._in_flight += messages

    def settle(self, fates: Mapping[tuple[Fate, str], int]) -> None:
        """A commit has decided the fate of some messages."""
        settled = sum(fates.values())
        with self._lock:
            self._fates.update(fates)
            self._in_flight -= settled

    def balance(self) -> Balance:
        """One consistent look."""
        with self._lock:
            return Balance(received=self._received, in_flight=self._in_flight, fates=dict(self._fates))

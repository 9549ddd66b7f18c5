"""Limits what one device may store: a token bucket for its rows, and one for the bytes of its evidence.

Each message costs its rows: an array costs as many as it has items. A device that was offline may send its
stored messages at once, up to the burst; after that its rate is limited. A message beyond the quota is
refused whole with the reason `quota`. Buckets are in memory; after a start all are full.
"""

from __future__ import annotations

from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ingest.batch import Batch, Item
from ingest.errors import BadMessageError, Reason
from ingest.fixes import Floats
from ingest.senders import grown
from ingest.settings import Quota
from wire.messages import Evidence, Incident

Integers = NDArray[np.int64]

_MIB: Final = 1024 * 1024
_ROW_BYTES: Final = 512
"""Bytes of a message with readings that cost one row, if it has fewer rows than that."""


class Buckets:
    """A token bucket for each sender, by `Sender.index`.

    Args:
        rate: tokens a second; 0: nothing is ever refused.
        burst: capacity of a bucket, tokens.
    """

    def __init__(self, *, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._level: Floats = np.full(0, burst)
        self._at: Floats = np.zeros(0)

    def take(self, who: Integers, wanted: Integers, *, now: float) -> Integers:
        """Take tokens from each bucket that has enough; returns the senders that want too many.

        Args:
            who: senders, each once.
            wanted: tokens for each.
            now: epoch seconds; a clock that goes back adds nothing.
        """
        if not self._rate:
            return who[:0]
        self._fill(who, now)
        enough = self._level[who] >= wanted
        self._level[who[enough]] -= wanted[enough]
        return who[~enough]

    def take_one(self, who: int, wanted: int) -> bool:
        """Take tokens of one sender, if there are enough; call it after `take` has filled the bucket."""
        if self._level[who] < wanted:
            return False
        self._level[who] -= wanted
        return True

    def _fill(self, who: Integers, now: float) -> None:
        senders = int(who.max(initial=-1)) + 1
        self._level = grown(self._level, senders, self._burst)
        self._at = grown(self._at, senders, now)
        added = np.maximum(now - self._at[who], 0) * self._rate
        self._level[who] = np.minimum(self._level[who] + added, self._burst)
        self._at[who] = now


class Quotas:
    """Refuses messages beyond the quota of their sender."""

    def __init__(self, settings: Quota) -> None:
        self._settings = settings
        self._rows = Buckets(rate=settings.rows_per_s, burst=settings.burst_rows)
        self._bytes = Buckets(rate=settings.evidence_bytes_per_s, burst=settings.evidence_burst_mib * _MIB)

    def enforce(self, batch: Batch, *, now: float) -> None:
        """Refuse the messages of a batch that exceed the quota of their sender.

        Args:
            batch: decoded and checked.
            now: epoch seconds.
        """
        self._enforce_rows(batch, now)
        if batch.incidents:
            self._enforce_bytes(batch, now)

    def _enforce_rows(self, batch: Batch, now: float) -> None:
        senders, owner, cost = batch.fixes.sender, None, None
        if not len(senders) and batch.only_fixes:
            return
        if batch.only_fixes:
            who, rows = np.unique(senders, return_counts=True)
        else:
            owner, cost = _costs(batch)
            paid = np.flatnonzero(cost)
            who, which = np.unique(owner[paid], return_inverse=True)
            rows = np.bincount(which, weights=cost[paid], minlength=len(who)).astype(np.int64)
        over = self._rows.take(who, rows, now=now)
        if not len(over):
            return
        if owner is None or cost is None:
            owner, cost = _costs(batch)
        refused = [
            ordinal
            for ordinal in np.flatnonzero(np.isin(owner, over)).tolist()
            if not self._rows.take_one(int(owner[ordinal]), int(cost[ordinal]))
        ]
        batch.refuse_all(
            refused,
            BadMessageError(
                Reason.QUOTA,
                f"more rows than {self._settings.rows_per_s:g} a second, after a burst of "
                f"{self._settings.burst_rows}; quota.rows_per_s in the settings of ingest",
            ),
        )

    def _enforce_bytes(self, batch: Batch, now: float) -> None:
        refused = []
        for item in batch.incidents:
            who = np.array([item.route.sender.index])
            size = _size(item.message)
            if len(self._bytes.take(who, np.array([size]), now=now)):
                refused.append(item.ordinal)
        batch.refuse_all(
            refused,
            BadMessageError(
                Reason.QUOTA,
                f"more evidence than {self._settings.evidence_bytes_per_s:g} bytes a second, after a burst "
                f"of {self._settings.evidence_burst_mib} MiB; quota.evidence_bytes_per_s in the settings of "
                "ingest",
            ),
        )


def _costs(batch: Batch) -> tuple[Integers, Integers]:
    """For each message of a batch its sender (-1: unknown), and the rows that it costs."""
    deliveries = batch.arrival.deliveries
    owner = np.full(len(deliveries), -1, dtype=np.int64)
    owner[batch.fixes.message] = batch.fixes.sender
    cost = np.bincount(batch.fixes.message, minlength=len(owner))
    for item in chain[Item[Any]](batch.telemetry, batch.statuses, batch.stills, batch.incidents):
        owner[item.ordinal] = item.route.sender.index
        cost[item.ordinal] += 1
    for item in batch.telemetry:  # readings may be long texts
        size = len(deliveries[item.ordinal][1])
        cost[item.ordinal] = max(cost[item.ordinal], -(-size // _ROW_BYTES))
    return owner, cost


def _size(message: Incident | Evidence) -> int:
    """Bytes that go into evidence storage."""
    if isinstance(message, Evidence):
        return len(message.data)
    return sum(len(picture.jpeg) for picture in message.pictures)

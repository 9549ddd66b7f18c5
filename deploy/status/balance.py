"""Reads messages and fates from ingest's `/metrics`, and computes rates from two scrapes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

FATES: Final = ("stored", "duplicate", "quarantined")
_PREFIX: Final = "streetwarden_ingest_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrape:
    """One scrape.

    Attributes:
        received: messages received from the broker.
        in_flight: received messages without a fate.
        fates: messages by fate.
        dropped: messages that the broker acknowledged and dropped, by its own count, across its restarts.
        lag: fixes by upper bound of their lag in seconds, cumulative.
    """

    received: int
    in_flight: int
    fates: Mapping[str, int]
    dropped: int
    lag: Mapping[float, int]

    @property
    def lost(self) -> int:
        """Messages that were acknowledged and are not stored.

        These are received messages that have no fate and are not in flight, which would be a defect, and
        those that the broker dropped.
        """
        return self.received - self.in_flight - sum(self.fates.values()) + self.dropped


def read(exposition: str) -> Scrape:
    """Read one scrape of ingest's `/metrics`."""
    values: Counter[str] = Counter()
    fates: Counter[str] = Counter(dict.fromkeys(FATES, 0))
    lag: dict[float, int] = {}
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            name = sample.name.removeprefix(_PREFIX)
            if name == "messages_total":
                fates[sample.labels["fate"]] += int(sample.value)
            elif name == "lag_seconds_bucket":
                lag[float(sample.labels["le"])] = int(sample.value)
            elif name in ("messages_received_total", "messages_in_flight", "broker_dropped_total"):
                values[name] += int(sample.value)  # of both sessions
    return Scrape(
        received=values["messages_received_total"],
        in_flight=values["messages_in_flight"],
        fates=dict(fates),
        dropped=values["broker_dropped_total"],
        lag=lag,
    )


def lag_between(before: Scrape, after: Scrape, *, share: float = 0.99) -> float | None:
    """The quantile of the lag between two scrapes, in seconds; None without fixes.

    As in Prometheus, fixes are assumed to be evenly spread within a bucket; beyond the last bound, it is that
    bound.
    """
    counts = [(bound, total - before.lag.get(bound, 0)) for bound, total in sorted(after.lag.items())]
    if not counts or counts[-1][1] <= 0:
        return None
    rank = share * counts[-1][1]
    below, low = 0, 0.0
    for bound, total in counts:
        if total >= rank:
            if math.isinf(bound):
                return low
            return low + (bound - low) * (rank - below) / (total - below)
        below, low = total, bound
    raise AssertionError

"""Every metric of ingest, defined once, with its meaning. `docs/metrics.md` is checked against this."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from ingest.ledger import Ledger

LAG_BOUNDS_S: Final = (
    0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75,
    1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0,
)  # fmt: skip
"""Upper bounds of the lag histogram, in seconds; dense where the promise stands (p99 of half a second)."""

_COMMIT_BOUNDS_S: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_BATCH_BOUNDS: Final = (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000)


class _Lag:
    """A histogram that takes an array of values at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bounds = np.array(LAG_BOUNDS_S)
        self._counts = np.zeros(len(LAG_BOUNDS_S) + 1, dtype=np.int64)
        self._sum = 0.0

    def observe(self, values: NDArray[np.float64]) -> None:
        counts = np.bincount(np.searchsorted(self._bounds, values), minlength=len(self._counts))
        with self._lock:
            self._counts += counts
            self._sum += float(values.sum())

    def read(self) -> tuple[list[tuple[str, float]], float]:
        with self._lock:
            totals, summed = np.cumsum(self._counts).tolist(), self._sum
        bounds = [*map(str, LAG_BOUNDS_S), "+Inf"]
        return list(zip(bounds, totals, strict=True)), summed


class Metrics:
    """What ingest tells Prometheus.

    Args:
        registry: where the metrics are registered.
        ledger: the fates of messages.
        waiting_messages: messages in the inbox.
        broker_waiting: what the session waits for, None while connected.
        database_waiting: what the database waits for, None while it takes transactions.
        receive_maximum: the setting of that name.
    """

    def __init__(
        self,
        *,
        registry: CollectorRegistry,
        ledger: Ledger,
        waiting_messages: Callable[[], int],
        broker_waiting: Callable[[], str | None],
        database_waiting: Callable[[], str | None],
        receive_maximum: int,
    ) -> None:
        self._lag = _Lag()
        self.rows = Counter(
            "streetwarden_ingest_rows",
            "Rows by table, new (stored) or there already (duplicate); an array message has several.",
            ["table", "outcome"],
            registry=registry,
        )
        self.quarantined = Counter(
            "streetwarden_ingest_quarantined",
            "Messages put into the quarantine, by class of reason.",
            ["reason"],
            registry=registry,
        )
        self.quarantine_dropped = Counter(
            "streetwarden_ingest_quarantine_dropped",
            "Refused messages that were dropped from the quarantine to make room for others.",
            registry=registry,
        )
        self._maintenance = Counter(
            "streetwarden_ingest_maintenance_rounds",
            "Rounds of maintenance, by outcome: done or failed.",
            ["outcome"],
            registry=registry,
        )
        for outcome in ("done", "failed"):
            self._maintenance.labels(outcome)
        self._maintained_at = Gauge(
            "streetwarden_ingest_maintenance_last_success_timestamp_seconds",
            "When maintenance was last done, seconds since the epoch; 0 until it is since the start.",
            registry=registry,
        )
        self.doubtful = Counter(
            "streetwarden_ingest_doubtful_fixes",
            "Fixes with a quality flag, by flag; a fix may have several. They are stored.",
            ["flag"],
            registry=registry,
        )
        self.cases = Counter(
            "streetwarden_ingest_cases",
            "What incidents did to cases: opened, joined, updated or restored one, were gathered in the case "
            "of their source's flood, or nothing (none). Counted again where a transaction is repeated.",
            ["change"],
            registry=registry,
        )
        self.batch = Histogram(
            "streetwarden_ingest_batch_messages",
            "Messages in one transaction.",
            buckets=_BATCH_BOUNDS,
            registry=registry,
        )
        self.commit = Histogram(
            "streetwarden_ingest_commit_seconds",
            "From taking a batch up to its commit, waiting for the database included.",
            buckets=_COMMIT_BOUNDS_S,
            registry=registry,
        )
        inbox = Gauge(
            "streetwarden_ingest_inbox_messages",
            "Messages read from the socket and not yet taken up.",
            registry=registry,
        )
        inbox.set_function(waiting_messages)
        broker = Gauge(
            "streetwarden_ingest_broker_connected",
            "1 while connected to the broker and subscribed.",
            registry=registry,
        )
        broker.set_function(lambda: broker_waiting() is None)
        database = Gauge(
            "streetwarden_ingest_database_up", "1 while transactions go through.", registry=registry
        )
        database.set_function(lambda: database_waiting() is None)
        window = Gauge(
            "streetwarden_ingest_receive_maximum",
            "Messages the broker may have on the way to us; compare with messages_in_flight.",
            registry=registry,
        )
        window.set(receive_maximum)
        registry.register(_Balance(ledger, self._lag))

    def count_maintenance(self, *, done_at: float | None) -> None:
        """A round of maintenance was done, at this time since the epoch, or failed."""
        self._maintenance.labels("failed" if done_at is None else "done").inc()
        if done_at is not None:
            self._maintained_at.set(done_at)

    def observe_lag(self, seconds: NDArray[np.float64]) -> None:
        """Seconds between fix and commit, one value a fix."""
        self._lag.observe(seconds)


class _Balance(Collector):
    """The ledger, read as one consistent look for each scrape; and the lag."""

    def __init__(self, ledger: Ledger, lag: _Lag) -> None:
        self._ledger = ledger
        self._lag = lag

    def describe(self) -> Iterable[Metric]:
        return self.collect()

    def collect(self) -> Iterable[Metric]:
        balance = self._ledger.balance()
        yield CounterMetricFamily(
            "streetwarden_ingest_messages_received",
            "Messages taken from the broker, those it sent again included. At any scrape this is the sum of "
            "streetwarden_ingest_messages over all fates, and streetwarden_ingest_messages_in_flight.",
            value=balance.received,
        )
        fates = CounterMetricFamily(
            "streetwarden_ingest_messages",
            "Messages whose fate a commit has decided: stored (at least one row or fact is new), duplicate "
            "(nothing in it is new), quarantined (it breaks a rule), ignored (an adapter reads its topic, "
            "and it says nothing that we keep). By stream; `unknown` is not our topic.",
            labels=["fate", "stream"],
        )
        for (fate, stream), count in sorted(balance.fates.items()):
            fates.add_metric([fate, stream], count)
        yield fates
        yield GaugeMetricFamily(
            "streetwarden_ingest_messages_in_flight",
            "Messages received whose fate no commit has decided yet; the broker still holds those of QoS 1.",
            value=balance.in_flight,
        )
        yield GaugeMetricFamily(
            "streetwarden_ingest_stall_seconds",
            "Seconds for which messages have been in flight and none has met its fate; 0 while none is.",
            value=balance.stall_s,
        )
        buckets, summed = self._lag.read()
        yield HistogramMetricFamily(
            "streetwarden_ingest_lag_seconds",
            "From the time of a fix, by the device's clock, to the commit that holds it; of each entity the "
            "newest of a transaction, for what it kept while it had no network says nothing of us. Left out "
            "are fixes older than one known (late data), doubtful ones and duplicates.",
            buckets=buckets,
            sum_value=summed,
        )

"""Every metric of ingest, defined once, with its meaning; `docs/metrics.md` is generated from here."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from casework import Change
from ingest.errors import Reason
from ingest.ledger import Fate, Ledger
from wire.topics import Stream

LAG_BOUNDS_S: Final = (
    0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75,
    1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0,
)  # fmt: skip
"""Upper bounds of the lag histogram, in seconds; dense near the promised p99 of half a second."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """The state of one session.

    Attributes:
        ledger: the fates of its messages.
        waiting_messages: messages in its inbox.
        broker_waiting: why the session waits; None while connected.
        database_waiting: why its transactions wait; None while they succeed.
        receive_maximum: unacknowledged messages that the broker may have sent to it.
        stopped: why it stopped reading; None while it reads.
    """

    ledger: Ledger
    waiting_messages: Callable[[], int]
    broker_waiting: Callable[[], str | None]
    database_waiting: Callable[[], str | None]
    receive_maximum: int
    stopped: Callable[[], str | None]


class Metrics:
    """The metrics that ingest exports.

    Args:
        registry: takes the metrics.
        flows: each session by its name, which is the label `session`.
        shard: the sessions' names at the broker, that of positions first, and the districts served.
    """

    def __init__(
        self,
        *,
        registry: CollectorRegistry,
        flows: Mapping[str, Flow],
        shard: tuple[str, str, Sequence[str]] = ("", "", ()),
    ) -> None:
        self._lag = _Lag()
        self.rows = Counter(
            "streetwarden_ingest_rows",
            "Rows by table, new (stored) or already stored (duplicate); an array message has several.",
            ["table", "outcome"],
            registry=registry,
        )
        self.quarantined = Counter(
            "streetwarden_ingest_quarantined",
            "Messages put into the quarantine, by class of reason.",
            ["reason"],
            registry=registry,
        )
        self.quarantined_items = Counter(
            "streetwarden_ingest_quarantined_items",
            "Items put into the quarantine while the rest of their message was stored, by class of reason; "
            "many of one message count once.",
            ["reason"],
            registry=registry,
        )
        for reason in Reason:
            self.quarantined.labels(reason)  # zero from the start, so that rate() sees the first increase
            self.quarantined_items.labels(reason)
        self.left_out = Counter(
            "streetwarden_ingest_left_out_fields",
            "Optional fields of fixes that were out of their range and left out, by field; the fix is stored "
            "with the flag incomplete.",
            ["field"],
            registry=registry,
        )
        self.quarantine_dropped = Counter(
            "streetwarden_ingest_quarantine_dropped",
            "Rows that the quarantine deleted to stay within its limits, by limit: defect "
            "(quarantine.defects_mib) or other (quarantine.rows). Their messages are lost.",
            ["bound"],
            registry=registry,
        )
        for bound in (Reason.DEFECT, "other"):
            self.quarantine_dropped.labels(bound)
        self._backed_up_at = Gauge(
            "streetwarden_backup_last_success_timestamp_seconds",
            "When the newest whole backup of the database finished, seconds since the epoch; 0: never.",
            registry=registry,
        )
        self._backup_seconds = Gauge(
            "streetwarden_backup_last_duration_seconds",
            "Seconds that the newest whole backup took.",
            registry=registry,
        )
        self._backup_bytes = Gauge(
            "streetwarden_backup_last_database_bytes",
            "Bytes of the newest whole backup's database dump, compressed.",
            registry=registry,
        )
        self._backup_damaged = Gauge(
            "streetwarden_backup_evidence_damaged",
            "Files of evidence that the newest whole backup found missing or damaged.",
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
            "What incidents did to cases: opened, joined, updated or restored one, were gathered in a case "
            "for a flood from one source, or nothing (none). A repeated transaction counts again.",
            ["change"],
            registry=registry,
        )
        for change in Change:
            self.cases.labels(change)
        self.cases_without_place = Gauge(
            "streetwarden_ingest_cases_waiting_for_place",
            "Conditions of rules that have begun and whose case waits because the place of the entity is not "
            "known. The log names them.",
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
            "Seconds from the start of a batch to its commit, including waits for the database.",
            buckets=_COMMIT_BOUNDS_S,
            registry=registry,
        )
        inbox = Gauge(
            "streetwarden_ingest_inbox_messages",
            "Messages read from the socket and not yet processed, by session.",
            ["session"],
            registry=registry,
        )
        broker = Gauge(
            "streetwarden_ingest_broker_connected",
            "1 while connected to the broker and subscribed, by session: positions (with telemetry, status "
            "and frames), or incidents (with evidence).",
            ["session"],
            registry=registry,
        )
        database = Gauge(
            "streetwarden_ingest_database_up",
            "1 while the transactions of a session go through.",
            ["session"],
            registry=registry,
        )
        window = Gauge(
            "streetwarden_ingest_receive_maximum",
            "Unacknowledged messages that the broker may have sent, by session; compare with "
            "messages_in_flight.",
            ["session"],
            registry=registry,
        )
        stopped = Gauge(
            "streetwarden_ingest_stopped_by_defects",
            "1 once a session has stopped reading because too many of its messages failed by "
            "a defect in ingest.",
            ["session"],
            registry=registry,
        )
        positions, incidents, districts = shard
        Gauge(
            "streetwarden_ingest_shard",
            "1, with the names of both sessions at the broker and the districts that this ingest serves "
            "(all: every one); join it to other metrics on job and instance.",
            ["positions", "incidents", "districts"],
            registry=registry,
        ).labels(positions, incidents, ",".join(districts) or "all").set(1)
        for name, flow in flows.items():
            stopped.labels(name).set_function(_is_some(flow.stopped))
            inbox.labels(name).set_function(flow.waiting_messages)
            broker.labels(name).set_function(_is_none(flow.broker_waiting))
            database.labels(name).set_function(_is_none(flow.database_waiting))
            window.labels(name).set(flow.receive_maximum)
        registry.register(_Balance({name: flow.ledger for name, flow in flows.items()}, self._lag))

    def set_backup(self, *, finished_at: float, took_s: float, size: int, damaged: int) -> None:
        """The newest backup: when it finished (epoch seconds), seconds it took, bytes, damaged files."""
        self._backed_up_at.set(finished_at)
        self._backup_seconds.set(took_s)
        self._backup_bytes.set(size)
        self._backup_damaged.set(damaged)

    def observe_lag(self, seconds: NDArray[np.float64]) -> None:
        """Add one lag for each fix: seconds from its time to its commit."""
        self._lag.observe(seconds)


def _is_some(found: Callable[[], str | None]) -> Callable[[], float]:
    return lambda: found() is not None


def _is_none(waiting: Callable[[], str | None]) -> Callable[[], float]:
    return lambda: waiting() is None


class _Balance(Collector):
    """Each session's ledger, read atomically at each scrape; and the lag."""

    def __init__(self, ledgers: Mapping[str, Ledger], lag: _Lag) -> None:
        self._ledgers = ledgers
        self._lag = lag

    def describe(self) -> Iterable[Metric]:
        return self.collect()

    def collect(self) -> Iterable[Metric]:
        received = CounterMetricFamily(
            "streetwarden_ingest_messages_received",
            "Messages taken from the broker, including redelivered messages and those taken from the "
            "quarantine again. At any scrape, for each session, this is the sum of "
            "streetwarden_ingest_messages over all fates, and streetwarden_ingest_messages_in_flight.",
            labels=["session"],
        )
        fates = CounterMetricFamily(
            "streetwarden_ingest_messages",
            "Messages whose fate a commit has decided: stored (at least one row or fact is new), duplicate "
            "(nothing in it is new), quarantined (it breaks a rule), ignored (nothing in it is to be stored: "
            "some foreign messages, and empty ones, which clear a retained message). By session and "
            "stream; the stream is `unknown` if the topic is not ours.",
            labels=["fate", "stream", "session"],
        )
        in_flight = GaugeMetricFamily(
            "streetwarden_ingest_messages_in_flight",
            "Messages received whose fate no commit has decided yet, by session; the broker still holds "
            "those of QoS 1.",
            labels=["session"],
        )
        stall = GaugeMetricFamily(
            "streetwarden_ingest_stall_seconds",
            "Seconds since the last fate of a session was decided, while messages are in flight; 0 while "
            "none is.",
            labels=["session"],
        )
        for name, ledger in self._ledgers.items():
            balance = ledger.balance()
            received.add_metric([name], balance.received)
            in_flight.add_metric([name], balance.in_flight)
            stall.add_metric([name], balance.stall_s)
            # Exported from the start, so that an alert sees the first increase.
            told = {(Fate.QUARANTINED, Stream.INCIDENT): 0, **balance.fates}
            for (fate, stream), count in sorted(told.items()):
                fates.add_metric([fate.label, stream, name], count)
        yield from (received, fates, in_flight, stall)
        buckets, summed = self._lag.read()
        yield HistogramMetricFamily(
            "streetwarden_ingest_lag_seconds",
            "Seconds from the time of a fix, by the device's clock, to the commit that stores it; of each "
            "entity the newest fix in a transaction, because older ones waited on the device. Late and "
            "doubtful fixes and duplicates are left out.",
            buckets=buckets,
            sum_value=summed,
        )

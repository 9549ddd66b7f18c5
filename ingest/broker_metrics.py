"""The broker's own numbers, on ingest's `/metrics`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ingest.broker_report import BrokerReport

_PREFIX: Final = "streetwarden_ingest_broker_"


class Monitored(Protocol):
    """Provides the newest report of the broker."""

    @property
    def report(self) -> BrokerReport | None:
        """The newest report; None if there is no connection."""

    @property
    def dropped_total(self) -> int:
        """Messages that the broker dropped, summed over its restarts."""


class NoReport:
    """A broker without a report."""

    report: BrokerReport | None = BrokerReport()
    dropped_total = 0


class BrokerMetrics(Collector):
    """Reads the newest report at each scrape; without a report only `monitored` and `dropped` are exported.

    Args:
        monitor: provides the report.
    """

    def __init__(self, monitor: Monitored) -> None:
        self._monitor = monitor

    def describe(self) -> Iterable[Metric]:
        """All metrics, with or without a report."""
        return _collected(BrokerReport(), dropped=0)

    def collect(self) -> Iterable[Metric]:
        """The present values."""
        return _collected(self._monitor.report, dropped=self._monitor.dropped_total)


def _collected(report: BrokerReport | None, *, dropped: int) -> Iterable[Metric]:
    yield _gauge(
        "monitored",
        "1 while ingest receives the broker's own numbers ($SYS).",
        int(report is not None),
    )
    yield CounterMetricFamily(
        f"{_PREFIX}dropped",
        "Messages that the broker acknowledged and then dropped because the queue of a session was full, "
        "summed over its restarts and all sessions; one message may count for several "
        "sessions. They are lost.",
        value=dropped,
    )
    if report is None:
        return
    numbers = report.numbers
    for name, topic, meaning in (
        (
            "stored_messages",
            "store/messages/count",
            "Messages that the broker holds, retained ones included.",
        ),
        ("stored_bytes", "store/messages/bytes", "Bytes of the payloads that the broker holds."),
        ("clients_connected", "clients/connected", "Clients connected to the broker."),
        (
            "sessions_disconnected",
            "clients/disconnected",
            "Sessions that the broker keeps for disconnected clients.",
        ),
    ):
        yield _gauge(name, meaning, numbers.get(topic, 0))
    yield _gauge("uptime_seconds", "Seconds since the broker's start.", report.uptime_s or 0)
    yield from _absent(report)
    yield _gauge(
        "limits_loaded", "1 while the limits plugin reports (ADR 0101).", int(report.limits is not None)
    )
    yield from _limits(report)


def _absent(report: BrokerReport) -> Iterable[Metric]:
    strangers = [session for session in report.absent if not session.consumer]
    consumers = [session for session in report.absent if session.consumer]
    yield _gauge(
        "absent_sessions",
        "Sessions of disconnected clients for which messages wait, without the centre's own; "
        "`streetwarden broker sessions` lists them.",
        len(strangers),
    )
    yield _gauge(
        "absent_session_seconds",
        "Seconds since the disconnect of the session that has been absent longest.",
        max((session.away_s for session in strangers), default=0),
    )
    yield _gauge(
        "absent_session_bytes",
        "Bytes of the broker's memory that the messages of absent sessions take.",
        sum(session.bytes for session in strangers),
    )
    yield _gauge(
        "absent_consumer_seconds",
        "Seconds since a session of the centre's own disconnected; 0 if all are connected.",
        max((session.away_s for session in consumers), default=0),
    )


def _limits(report: BrokerReport) -> Iterable[Metric]:
    limits = report.limits
    refused = CounterMetricFamily(
        f"{_PREFIX}refused",
        "Messages, subscriptions and connections that the broker refused to devices since its start, by "
        "reason: topic, size, rate, memory (full), subscription, connect, session (messages beyond an "
        "absent session's queue).",
        labels=["reason"],
    )
    for reason, count in sorted((limits.refused if limits else {}).items()):
        refused.add_metric([reason], count)
    yield refused
    yield _gauge("memory_bytes", "Bytes of the broker's heap in use.", limits.memory if limits else 0)
    yield _gauge(
        "memory_limit_bytes",
        "Bytes of heap above which the broker refuses devices; 0 without the plugin.",
        limits.memory_limit if limits else 0,
    )


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(_PREFIX + name, meaning, value=value)

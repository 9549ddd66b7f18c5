"""What the broker says of itself, on ingest's `/metrics`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ingest.broker_report import BrokerReport

_PREFIX: Final = "streetwarden_ingest_broker_"


class Monitored(Protocol):
    """Who has the newest report."""

    @property
    def report(self) -> BrokerReport | None:
        """The newest; None while there is none."""

    @property
    def dropped_total(self) -> int:
        """Messages dropped, over the broker's restarts."""


class NothingSaid:
    """A broker of which nothing is known but that it is there."""

    report: BrokerReport | None = BrokerReport()
    dropped_total = 0


class BrokerMetrics(Collector):
    """Reads the newest report at each scrape; without one only `monitored` and `dropped` are there.

    Args:
        monitor: who has it.
    """

    def __init__(self, monitor: Monitored) -> None:
        self._monitor = monitor

    def describe(self) -> Iterable[Metric]:
        """All of them, with or without a report."""
        return _collected(BrokerReport(), dropped=0)

    def collect(self) -> Iterable[Metric]:
        """The metrics of this moment."""
        return _collected(self._monitor.report, dropped=self._monitor.dropped_total)


def _collected(report: BrokerReport | None, *, dropped: int) -> Iterable[Metric]:
    yield _gauge(
        "monitored",
        "1 while the broker's own numbers are heard ($SYS).",
        int(report is not None),
    )
    yield CounterMetricFamily(
        f"{_PREFIX}dropped",
        "Messages that the broker acknowledged and then dropped because a session had too many waiting, as "
        "it says, over its restarts; of all sessions, once for each that did not get one. They are lost.",
        value=dropped,
    )
    if report is None:
        return
    numbers = report.numbers
    for name, topic, meaning in (
        (
            "stored_messages",
            "store/messages/count",
            "Messages that the broker holds, retained ones too.",
        ),
        ("stored_bytes", "store/messages/bytes", "Bytes of their payloads."),
        ("clients_connected", "clients/connected", "Clients connected to the broker."),
        (
            "sessions_disconnected",
            "clients/disconnected",
            "Sessions that it keeps for absent clients.",
        ),
    ):
        yield _gauge(name, meaning, numbers.get(topic, 0))
    yield _gauge("uptime_seconds", "Seconds since the broker's start.", report.uptime_s or 0)
    yield from _absent(report)
    yield _gauge(
        "limits_loaded", "1 while the plugin of limits reports (ADR 0101).", int(report.limits is not None)
    )
    yield from _limits(report)


def _absent(report: BrokerReport) -> Iterable[Metric]:
    strangers = [session for session in report.absent if not session.consumer]
    consumers = [session for session in report.absent if session.consumer]
    yield _gauge(
        "absent_sessions",
        "Sessions, the centre's own left out, that are away and for which messages wait; "
        "`streetwarden broker sessions` names them.",
        len(strangers),
    )
    yield _gauge(
        "absent_session_seconds",
        "For how long the one of them has been away that left first.",
        max((session.away_s for session in strangers), default=0),
    )
    yield _gauge(
        "absent_session_bytes",
        "The broker's memory that their messages take.",
        sum(session.bytes for session in strangers),
    )
    yield _gauge(
        "absent_consumer_seconds",
        "For how long a session of the centre's own has been away; 0 while none is.",
        max((session.away_s for session in consumers), default=0),
    )


def _limits(report: BrokerReport) -> Iterable[Metric]:
    limits = report.limits
    refused = CounterMetricFamily(
        f"{_PREFIX}refused",
        "What the broker refused to devices since its start, by reason: topic, size, rate, memory (it is "
        "full), subscription, connect, session (messages that an absent session was not given).",
        labels=["reason"],
    )
    for reason, count in sorted((limits.refused if limits else {}).items()):
        refused.add_metric([reason], count)
    yield refused
    yield _gauge("memory_bytes", "The broker's heap in use.", limits.memory if limits else 0)
    yield _gauge(
        "memory_limit_bytes",
        "The bound on it, past which devices are refused; 0 without the plugin.",
        limits.memory_limit if limits else 0,
    )


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(_PREFIX + name, meaning, value=value)

"""`docs/metrics.md`, from the metrics as the programs register them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.registry import Collector

import center.metrics
import edge.metrics
import edge.outbox
import ingest.broker_metrics
import ingest.ledger
import ingest.metrics
import program.own_metrics
import worker.metrics
from casework.policy_metrics import PolicyMetrics
from program.tls_metrics import CertificateMetrics

EVERY_PROGRAM: Final = "every program"
_HEAD: Final = """\
# Metrics

*Generated from the code by `scripts/docs`.*

For SREs. Each program serves `/metrics` for Prometheus: ingest on port 9102, edge on 9103, center on 9104,
the worker on 9106, unless [configured otherwise](settings.md). Each also serves the usual `process_*` and
`python_*` metrics of its process. A histogram `x` consists of the series `x_bucket`, `x_sum` and `x_count`.
No label contains the id of a vehicle or a person.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricEntry:
    """One metric as Prometheus shows it.

    Attributes:
        name: with the suffix of its kind; a histogram's without.
        kind: counter, gauge or histogram.
        labels: their names.
        meaning: its help text.
    """

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str


def _of_ingest(registry: CollectorRegistry) -> None:
    flow = ingest.metrics.Flow(
        ledger=ingest.ledger.Ledger(),
        waiting_messages=lambda: 0,
        broker_waiting=lambda: None,
        database_waiting=lambda: None,
        receive_maximum=1,
        stopped=lambda: None,
    )
    registry.register(ingest.broker_metrics.BrokerMetrics(ingest.broker_metrics.NoReport()))
    ingest.metrics.Metrics(registry=registry, flows={"positions": flow})


def _of_edge(registry: CollectorRegistry) -> None:
    box = edge.metrics.BoxReading(
        outbox=edge.outbox.Level(messages=0, size=0, oldest_s=0.0, refused=0, in_memory=0),
        given_up=0,
        stripped=0,
        open_incidents=0,
        connected=False,
        storing=True,
        storage_failures=0,
        damaged_files=0,
        now=0.0,
    )
    edge.metrics.Metrics(registry=registry, cameras=lambda: (), box=lambda: box)


def _of_center(registry: CollectorRegistry) -> None:
    metrics = center.metrics.Metrics(registry=registry)
    metrics.watch(browsers=lambda: 0, entities=lambda: 0, connections=lambda: 0, waiting=lambda: None)


def _of_worker(registry: CollectorRegistry) -> None:
    worker.metrics.Metrics(
        registry=registry,
        jobs=worker.metrics.JOBS,
        database_up=lambda: False,
        oldest_due_s=lambda: 0.0,
        oldest_event_s=lambda: 0.0,
    )


def _of_every_program(registry: CollectorRegistry) -> None:
    registry.register(program.own_metrics.Build())
    registry.register(program.own_metrics.Volumes({}))
    registry.register(CertificateMetrics(dict))
    registry.register(PolicyMetrics(lambda: None))


PROGRAMS: Final[Mapping[str, Callable[[CollectorRegistry], None]]] = MappingProxyType(
    {"ingest": _of_ingest, "worker": _of_worker, "edge": _of_edge, "center": _of_center}
)


class _Recorder(CollectorRegistry):
    """Remembers the registered collectors, because only they know their labels."""

    def __init__(self) -> None:
        super().__init__()
        self.collectors: list[Collector] = []

    def register(self, collector: Collector) -> None:
        super().register(collector)
        self.collectors.append(collector)


def metrics_of(name: str) -> list[MetricEntry]:
    """All metrics of a program, in the order of their names; `EVERY_PROGRAM` for those that each has."""
    registry = _Recorder()
    (_of_every_program if name == EVERY_PROGRAM else PROGRAMS[name])(registry)
    return sorted(_entries(registry), key=lambda entry: entry.name)


def _entries(registry: _Recorder) -> Iterator[MetricEntry]:
    for collector in registry.collectors:
        for family in collector.collect():
            labels: tuple[str, ...] = getattr(collector, "_labelnames", ()) or getattr(
                family, "_labelnames", ()
            )
            yield MetricEntry(
                name=f"{family.name}_total" if family.type == "counter" else family.name,
                kind=family.type,
                labels=tuple(labels),
                meaning=family.documentation,
            )


def metrics_page() -> str:
    """The page."""
    parts = [_HEAD.rstrip()]
    for name in (*PROGRAMS, EVERY_PROGRAM):
        parts += [f"\n## {name}\n", "| metric | kind | labels | meaning |", "|---|---|---|---|"]
        parts += [
            f"| `{entry.name}` | {entry.kind} | {', '.join(f'`{label}`' for label in entry.labels)} "
            f"| {entry.meaning.replace('|', chr(92) + '|')} |"
            for entry in metrics_of(name)
        ]
    return "\n".join(parts) + "\n"

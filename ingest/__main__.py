"""The ingest program: `python -m ingest`."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import os
import sys
import time
from datetime import timedelta
from pathlib import Path

import click
import uvloop
from prometheus_client import CollectorRegistry

from cases import CasePolicy, FloodLimits, PolicyError
from ingest.adapters.table import Table
from ingest.authority import Authority
from ingest.broker_metrics import BrokerMetrics
from ingest.broker_monitor import BrokerMonitor
from ingest.case_desk import counted
from ingest.database import Database
from ingest.doubts import Memory
from ingest.entities import Entities
from ingest.errors import IngestError
from ingest.events import Events
from ingest.inbox import Inbox
from ingest.incidents import Incidents
from ingest.ledger import Ledger
from ingest.metrics import Metrics
from ingest.pipeline import Pipeline
from ingest.quotas import Quotas
from ingest.reported import Reported
from ingest.routes import Routes
from ingest.rules.watch import Watch
from ingest.session import Session
from ingest.settings import Cases, Settings
from ingest.silence import Silence
from ingest.stall import Stall
from ingest.upkeep import Upkeep
from ingest.writer import Writer
from program import lifetime, logs, own_metrics, settings
from program.endpoint import Endpoint
from program.heartbeat import Heartbeat
from program.tls_metrics import CertificateMetrics
from store.cases import apply_incident
from store.connection import Connection
from store.evidence import EvidenceStore

_DRAIN_S = 10.0
_MIB = 1024 * 1024


@click.command(name="ingest")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Settings, TOML; environment variables go before it.",
)
def command(config: Path | None) -> None:
    """Take messages from the broker into the database, and make cases of incidents."""

    async def main() -> None:
        chosen = settings.load(Settings, program="ingest", file=config, environment=os.environ)
        await run(chosen, folder=config.parent if config is not None else Path())

    sys.exit(lifetime.run(main, loop_factory=uvloop.new_event_loop))


async def run(chosen: Settings, *, folder: Path = Path()) -> None:
    """Wire the program and run it until a signal; files that settings name are below the folder."""
    logs.set_up("ingest", level=chosen.log_level)
    ledger = Ledger()
    foreign = Table(chosen.adapters)
    authority = Authority(chosen.sources)
    routes = Routes(foreign, authority, ids=chosen.quota.ids, foreign_ids=chosen.quota.foreign_ids)
    memory = Memory()
    inbox = Inbox(
        messages=chosen.batches.inbox_messages, size=chosen.batches.inbox_mib * _MIB, clock=time.time
    )
    session = Session(broker=chosen.broker, inbox=inbox, ledger=ledger, foreign=foreign.filters)

    reported = Reported(authority, stated=bool(chosen.sources))

    async def still_there(connection: Connection) -> None:
        await reported.check(connection)
        await entities.still_there(connection)

    database = Database(
        url=chosen.database.full_url(),
        connections=chosen.batches.in_flight + 2,
        patience_s=chosen.database.patience_s,
        on_return=still_there,
    )
    registry = CollectorRegistry()
    evidence = chosen.evidence.folder()
    own_metrics.register(
        registry,
        volumes={**({"evidence": evidence} if evidence else {}), **chosen.metrics.folders()},
    )
    if session.tls is not None:
        registry.register(CertificateMetrics(session.tls.expiries))
    metrics = Metrics(
        registry=registry,
        ledger=ledger,
        waiting_messages=lambda: inbox.waiting,
        broker_waiting=lambda: session.waiting,
        database_waiting=lambda: database.waiting,
        receive_maximum=chosen.broker.receive_maximum,
    )
    desk = counted(
        functools.partial(
            apply_incident, policy=_policy(chosen.cases.folder), flood=_flood_limits(chosen.cases)
        ),
        lambda change: metrics.cases.labels(change).inc(),
    )
    watch = Watch(chosen.rules, folder=folder)
    events = Events(watch=watch, desk=desk)
    entities = Entities(database=database, routes=routes, memory=memory, events=events)
    writer = Writer(
        database=database,
        routes=routes,
        quarantine=chosen.quarantine,
        events=events,
        limits=chosen.limits,
        clock=time.time,
        dropped=metrics.quarantine_dropped.inc,
    )
    shelf = EvidenceStore(chosen.evidence.url)
    incidents = Incidents(
        database=database,
        shelf=shelf,
        desk=desk,
        publish=session.publish,
        authority=authority,
    )
    pipeline = Pipeline(
        inbox=inbox,
        routes=routes,
        memory=memory,
        watch=watch,
        entities=entities,
        writer=writer,
        incidents=incidents,
        ledger=ledger,
        metrics=metrics,
        quotas=Quotas(chosen.quota),
        batches=chosen.batches,
        limits=chosen.limits,
        clock=time.time,
    )

    silence = Silence(
        watch=watch,
        database=database,
        events=events,
        hindered=lambda: session.waiting or database.waiting,
        clock=time.time,
    )

    upkeep = Upkeep(
        url=chosen.storage.full_url(chosen.database.full_url()),
        storage=chosen.storage,
        shelf=shelf,
        clock=time.time,
        told=lambda done_at: metrics.count_maintenance(done_at=done_at),
    )
    stall = Stall(ledger, longest_s=chosen.metrics.stalled_s)

    monitor = BrokerMonitor(
        broker=chosen.broker, monitor=chosen.monitor, transact=database.transact, clock=time.time
    )
    registry.register(BrokerMetrics(monitor))

    def health() -> str | None:
        return session.waiting or database.waiting or incidents.waiting or stall.waiting()

    async def finish() -> None:
        session.stop_reading()
        with contextlib.suppress(TimeoutError):  # what is not stored by then, the broker sends again
            async with asyncio.timeout(_DRAIN_S):
                await pipeline.drain()

    heartbeat = Heartbeat(time.monotonic)
    gc.freeze()
    with Endpoint(
        address=chosen.metrics.address,
        port=chosen.metrics.port,
        registry=registry,
        health=health,
        live=heartbeat.stalled,
    ):
        try:
            await lifetime.run_until_stopped(
                {
                    "session": session.run,
                    "store": pipeline.store,
                    "acknowledge": pipeline.acknowledge,
                    "database": database.stay_in_touch,
                    "silence": silence.run,
                    "upkeep": upkeep.run,
                    "heartbeat": heartbeat.run,
                    "broker monitor": monitor.run,
                    "broker drops": monitor.keep,
                },
                on_stop=finish,
            )
        finally:
            await database.close()


def _flood_limits(cases: Cases) -> FloodLimits:
    return FloodLimits(
        incidents=cases.flood_incidents,
        within=timedelta(seconds=cases.flood_within_s),
        opened_a_day=cases.opened_a_day,
    )


def _policy(folder: str) -> CasePolicy:
    try:
        return CasePolicy.load(folder)
    except PolicyError as error:
        raise IngestError(str(error)) from None


if __name__ == "__main__":
    command()

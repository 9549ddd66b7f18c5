"""The ingest program: `python -m ingest`."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import os
import sys
import time
from pathlib import Path

import click
import uvloop
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector

from cases import CasePolicy, PolicyError
from ingest.adapters.table import Table
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
from ingest.routes import Routes
from ingest.rules.watch import Watch
from ingest.session import Session
from ingest.settings import Settings
from ingest.silence import Silence
from ingest.upkeep import Upkeep
from ingest.writer import Writer
from program import lifetime, logs, settings
from program.endpoint import Endpoint
from program.heartbeat import Heartbeat
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
    routes = Routes(foreign)
    memory = Memory()
    inbox = Inbox(
        messages=chosen.batches.inbox_messages, size=chosen.batches.inbox_mib * _MIB, clock=time.time
    )
    session = Session(broker=chosen.broker, inbox=inbox, ledger=ledger, foreign=foreign.filters)

    async def still_there(connection: Connection) -> None:
        await entities.still_there(connection)

    database = Database(
        url=chosen.database.full_url(),
        connections=chosen.batches.in_flight + 2,
        patience_s=chosen.database.patience_s,
        on_return=still_there,
    )
    desk = functools.partial(apply_incident, policy=_policy(chosen.cases.folder))
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
    )
    incidents = Incidents(
        database=database,
        shelf=EvidenceStore(chosen.evidence.url),
        desk=desk,
        publish=session.publish,
    )
    registry = CollectorRegistry()
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    metrics = Metrics(
        registry=registry,
        ledger=ledger,
        waiting_messages=lambda: inbox.waiting,
        broker_waiting=lambda: session.waiting,
        database_waiting=lambda: database.waiting,
        receive_maximum=chosen.broker.receive_maximum,
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
        url=chosen.storage.full_url(chosen.database.full_url()), storage=chosen.storage, clock=time.time
    )

    def health() -> str | None:
        return session.waiting or database.waiting or incidents.waiting

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
                },
                on_stop=finish,
            )
        finally:
            await database.close()


def _policy(folder: str) -> CasePolicy:
    try:
        return CasePolicy.load(folder)
    except PolicyError as error:
        raise IngestError(str(error)) from None


if __name__ == "__main__":
    command()

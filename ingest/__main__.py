"""The ingest program: `python -m ingest`."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import os
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import click
import uvloop
from prometheus_client import CollectorRegistry

from cases import FloodLimits
from casework import apply_incident
from casework.city_policy import CityPolicy
from ingest.adapters.table import Table
from ingest.authority import Authority
from ingest.backup_age import BackupAge
from ingest.broker_metrics import BrokerMetrics
from ingest.broker_monitor import BrokerMonitor
from ingest.commit_order import CommitOrder
from ingest.database import Database
from ingest.defects import Defects
from ingest.entities import Entities
from ingest.fix_quality import LastFixes
from ingest.inbox import Inbox
from ingest.incident_cases import by_policy, counted
from ingest.incidents import Incidents
from ingest.lease import Lease
from ingest.ledger import Ledger
from ingest.metrics import Flow, Metrics
from ingest.pipeline import Pipeline
from ingest.quarantine import Quarantine
from ingest.quotas import Quotas
from ingest.reported import Reported
from ingest.requeue import Requeue
from ingest.routes import Routes
from ingest.rule_events import RuleEventWriter
from ingest.rules.engine import RuleEngine
from ingest.session import EVERYTHING, INCIDENTS, POSITIONS, Session, filters_of
from ingest.settings import BATCHES_OF_INCIDENTS, MOVED, Broker, Cases, Settings, login_of_incidents
from ingest.silence import Silence
from ingest.stall import Stall
from ingest.writer import Writer
from program import lifetime, logs, own_metrics, settings
from program.endpoint import Endpoint
from program.heartbeat import Heartbeat
from program.tls_metrics import CertificateMetrics
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
        chosen = settings.load(Settings, program="ingest", file=config, environment=os.environ, moved=MOVED)
        await run(chosen, folder=config.parent if config is not None else Path())

    sys.exit(lifetime.run(main, loop_factory=uvloop.new_event_loop))


async def run(chosen: Settings, *, folder: Path = Path()) -> None:  # noqa: PLR0915 wiring, in order
    """Wire the program and run it until a signal; files that settings name are below the folder."""
    logs.set_up("ingest", level=chosen.log_level, form=chosen.log_format)
    foreign = Table(chosen.adapters)
    authority = Authority(chosen.sources)
    routes = Routes(foreign, authority, ids=chosen.quota.ids, foreign_ids=chosen.quota.foreign_ids)
    last_fixes = LastFixes()
    districts = chosen.broker.districts
    allowed = asyncio.Event()
    fronts = _fronts(chosen, foreign, allowed)
    sessions = {name: front.session for name, front in fronts.items()}
    lease = Lease(
        url=chosen.database.full_url(),
        sessions=list(sessions.values()),
        districts=districts,
        stale=(EVERYTHING,),
        wait_s=chosen.broker.handover_s,
        held=allowed,
        clock=time.monotonic,
    )

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
    cases_database = Database(  # so that a case that waits keeps no position waiting
        url=chosen.database.full_url(),
        connections=2,
        patience_s=chosen.database.patience_s,
        on_return=lambda connection: entities.still_there(connection),  # noqa: PLW0108 made below
    )
    databases = {POSITIONS: database, INCIDENTS: cases_database}
    registry = CollectorRegistry()
    evidence = chosen.evidence.folder()
    own_metrics.register(
        registry,
        volumes={**({"evidence": evidence} if evidence else {}), **chosen.metrics.folders()},
    )
    tls = sessions[POSITIONS].tls  # both sessions show the same certificate to the same broker
    if tls is not None:
        registry.register(CertificateMetrics(tls.expiries))
    metrics = Metrics(
        registry=registry,
        shard=(sessions[POSITIONS].client_id, sessions[INCIDENTS].client_id, districts),
        flows={
            name: Flow(
                ledger=front.ledger,
                waiting_messages=functools.partial(getattr, front.inbox, "waiting"),
                broker_waiting=functools.partial(getattr, front.session, "waiting"),
                database_waiting=functools.partial(getattr, databases[name], "waiting"),
                receive_maximum=front.login.receive_maximum,
                stopped=functools.partial(getattr, front.defects, "stopped"),
            )
            for name, front in fronts.items()
        },
    )
    policy = CityPolicy(chosen.cases.folder)
    desk = counted(
        by_policy(functools.partial(apply_incident, flood=_flood_limits(chosen.cases)), policy),
        lambda change: metrics.cases.labels(change).inc(),
    )
    engine = RuleEngine(chosen.rules, folder=folder)
    metrics.cases_without_place.set_function(lambda: len(engine.waiting))
    rule_events = RuleEventWriter(engine=engine, desk=desk)
    entities = Entities(database=database, routes=routes, last_fixes=last_fixes, rule_events=rule_events)
    shelf = EvidenceStore(chosen.evidence.url)
    incidents = Incidents(
        database=cases_database,
        shelf=shelf,
        desk=desk,
        publish=sessions[INCIDENTS].publish,
        authority=authority,
    )
    quarantine = Quarantine(
        chosen.quarantine, dropped=lambda bound, rows: metrics.quarantine_dropped.labels(bound).inc(rows)
    )
    order = CommitOrder()
    quotas = Quotas(chosen.quota)
    pipelines = {
        name: Pipeline(
            inbox=front.inbox,
            routes=routes,
            last_fixes=last_fixes,
            engine=engine,
            entities=entities,
            writer=Writer(
                database=databases[name],
                routes=routes,
                quarantine=quarantine,
                defects=front.defects,
                rule_events=rule_events,
                limits=chosen.limits,
                clock=time.time,
            ),
            incidents=incidents,
            ledger=front.ledger,
            metrics=metrics,
            defects=front.defects,
            quotas=quotas,
            batches=chosen.batches if name == POSITIONS else BATCHES_OF_INCIDENTS,
            limits=chosen.limits,
            order=order,
            clock=time.time,
        )
        for name, front in fronts.items()
    }

    requeue = Requeue(
        database=database,
        inboxes={name: front.inbox for name, front in fronts.items()},
        ledgers={name: front.ledger for name, front in fronts.items()},
        foreign=foreign,
        districts=districts,
    )

    silence = Silence(
        engine=engine,
        database=database,
        rule_events=rule_events,
        districts=districts,
        hindered=lambda: sessions[POSITIONS].waiting or database.waiting,
        clock=time.time,
    )

    stalls = [
        Stall(front.ledger, session=name, longest_s=chosen.metrics.stalled_s)
        for name, front in fronts.items()
    ]

    monitor = BrokerMonitor(
        broker=chosen.broker, monitor=chosen.monitor, transact=database.transact, clock=time.time
    )
    registry.register(BrokerMetrics(monitor))

    def health() -> str | None:
        waits = [
            *(front.defects.stopped for front in fronts.values()),
            *(each.waiting for each in databases.values()),
            lease.waiting,  # after the database, which says more of why it cannot be had
            *(session.waiting for session in sessions.values()),
            incidents.waiting,
            *(stall.waiting() for stall in stalls),
        ]
        return next((waiting for waiting in waits if waiting is not None), None)

    async def finish() -> None:
        for session in sessions.values():
            session.stop_reading()
        with contextlib.suppress(TimeoutError):  # what is not stored by then, the broker sends again
            async with asyncio.timeout(_DRAIN_S):
                await asyncio.gather(*(pipeline.drain() for pipeline in pipelines.values()))

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
                    **{f"session of {name}": session.run for name, session in sessions.items()},
                    **{f"store {name}": pipeline.store for name, pipeline in pipelines.items()},
                    **{f"acknowledge {name}": pipeline.acknowledge for name, pipeline in pipelines.items()},
                    **{f"database of {name}": each.stay_in_touch for name, each in databases.items()},
                    "lease": lease.run,
                    "requeue": requeue.run,
                    "silence": silence.run,
                    "backup age": BackupAge(database=database, gauges=metrics).run,
                    "heartbeat": heartbeat.run,
                    "case policy": policy.keep_fresh,
                    "broker monitor": monitor.run,
                    "broker drops": monitor.keep,
                },
                on_stop=finish,
            )
        finally:
            for each in databases.values():
                await each.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Front:
    """The broker's side of one session.

    Attributes:
        login: broker and account.
        ledger: the fates of its messages.
        inbox: where they wait.
        session: brings them.
        defects: counts those that fail by a defect of ours.
    """

    login: Broker
    ledger: Ledger
    inbox: Inbox
    session: Session
    defects: Defects


def _fronts(chosen: Settings, foreign: Table, allowed: asyncio.Event) -> dict[str, _Front]:
    """Both sessions, by name."""
    made = {}
    for name, login in ((POSITIONS, chosen.broker), (INCIDENTS, login_of_incidents(chosen))):
        ledger = Ledger()
        inbox = Inbox(
            messages=chosen.batches.inbox_messages, size=chosen.batches.inbox_mib * _MIB, clock=time.time
        )
        session = Session(
            name=name,
            broker=login,
            inbox=inbox,
            ledger=ledger,
            filters=filters_of(
                name,
                districts=chosen.broker.districts,
                foreign=foreign.filters(incidents=name == INCIDENTS),
            ),
            allowed=allowed,
        )
        defects = Defects(
            session=name, settings=chosen.defects, stop_reading=session.stop_reading, clock=time.time
        )
        made[name] = _Front(login=login, ledger=ledger, inbox=inbox, session=session, defects=defects)
    made[POSITIONS].session.after(made[INCIDENTS].session)
    return made


def _flood_limits(cases: Cases) -> FloodLimits:
    return FloodLimits(
        incidents=cases.flood_incidents,
        within=timedelta(seconds=cases.flood_within_s),
        opened_a_day=cases.opened_a_day,
    )


if __name__ == "__main__":
    command()

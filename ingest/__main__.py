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
from casework.policy_metrics import PolicyMetrics
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
from ingest.reported import ReportedCameras
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
    help="Settings file, TOML; environment variables override it.",
)
def command(config: Path | None) -> None:
    """Store messages of the broker in the database, and open cases for incidents."""

    async def main() -> None:
        chosen = settings.load(Settings, program="ingest", file=config, environment=os.environ, moved=MOVED)
        await run(chosen, folder=config.parent if config is not None else Path())

    sys.exit(lifetime.run(main, loop_factory=uvloop.new_event_loop))


async def run(chosen: Settings, *, folder: Path = Path()) -> None:  # noqa: PLR0915 wiring, in order
    """Wire the program and run it until a signal. File names in the settings are relative to the folder."""
    logs.set_up("ingest", level=chosen.log_level, form=chosen.log_format)
    foreign = Table(chosen.adapters)
    authority = Authority(chosen.sources)
    routes = Routes(foreign, authority, ids=chosen.quota.ids, foreign_ids=chosen.quota.foreign_ids)
    last_fixes = LastFixes()
    districts = chosen.broker.districts
    allowed = asyncio.Event()
    parts = _session_parts(chosen, foreign, allowed)
    sessions = {name: part.session for name, part in parts.items()}
    lease = Lease(
        url=chosen.database.full_url(),
        sessions=list(sessions.values()),
        districts=districts,
        stale=(EVERYTHING,),
        wait_s=chosen.broker.handover_s,
        held=allowed,
        clock=time.monotonic,
    )

    reported = ReportedCameras(authority, stated=bool(chosen.sources))

    async def check_database(connection: Connection) -> None:
        await reported.check(connection)
        await entities.check_numbers(connection)

    database = Database(
        url=chosen.database.full_url(),
        connections=chosen.batches.in_flight + 2,
        patience_s=chosen.database.patience_s,
        on_return=check_database,
    )
    cases_database = Database(  # its own pool, because a case that waits must not delay positions
        url=chosen.database.full_url(),
        connections=2,
        patience_s=chosen.database.patience_s,
        on_return=lambda connection: entities.check_numbers(connection),  # noqa: PLW0108 made below
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
                ledger=part.ledger,
                waiting_messages=functools.partial(getattr, part.inbox, "waiting"),
                broker_waiting=functools.partial(getattr, part.session, "waiting"),
                database_waiting=functools.partial(getattr, databases[name], "waiting"),
                receive_maximum=part.login.receive_maximum,
                stopped=functools.partial(getattr, part.defects, "stopped"),
            )
            for name, part in parts.items()
        },
    )
    policy = CityPolicy(chosen.cases.folder)
    registry.register(PolicyMetrics(lambda: policy))
    apply_counted = counted(
        by_policy(functools.partial(apply_incident, flood=_flood_limits(chosen.cases)), policy),
        lambda change: metrics.cases.labels(change).inc(),
    )
    engine = RuleEngine(chosen.rules, folder=folder)
    metrics.cases_without_place.set_function(lambda: len(engine.waiting))
    rule_events = RuleEventWriter(engine=engine, apply_incident=apply_counted)
    entities = Entities(database=database, routes=routes, last_fixes=last_fixes, rule_events=rule_events)
    evidence_files = EvidenceStore(chosen.evidence.url)
    incidents = Incidents(
        database=cases_database,
        evidence_files=evidence_files,
        apply_incident=apply_counted,
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
            inbox=part.inbox,
            routes=routes,
            last_fixes=last_fixes,
            engine=engine,
            entities=entities,
            writer=Writer(
                database=databases[name],
                routes=routes,
                quarantine=quarantine,
                defects=part.defects,
                rule_events=rule_events,
                limits=chosen.limits,
                clock=time.time,
            ),
            incidents=incidents,
            ledger=part.ledger,
            metrics=metrics,
            defects=part.defects,
            quotas=quotas,
            batches=chosen.batches if name == POSITIONS else BATCHES_OF_INCIDENTS,
            limits=chosen.limits,
            order=order,
            clock=time.time,
        )
        for name, part in parts.items()
    }

    requeue = Requeue(
        database=database,
        inboxes={name: part.inbox for name, part in parts.items()},
        ledgers={name: part.ledger for name, part in parts.items()},
        foreign=foreign,
        districts=districts,
    )

    silence = Silence(
        engine=engine,
        database=database,
        rule_events=rule_events,
        districts=districts,
        obstacle=lambda: sessions[POSITIONS].waiting or database.waiting,
        clock=time.time,
    )

    stalls = [
        Stall(part.ledger, session=name, longest_s=chosen.metrics.stalled_s) for name, part in parts.items()
    ]

    monitor = BrokerMonitor(
        broker=chosen.broker, monitor=chosen.monitor, transact=database.transact, clock=time.time
    )
    registry.register(BrokerMetrics(monitor))

    def health() -> str | None:
        waits = [
            *(part.defects.stopped for part in parts.values()),
            *(each.waiting for each in databases.values()),
            lease.waiting,  # after the database, whose reason says more
            *(session.waiting for session in sessions.values()),
            incidents.waiting,
            *(stall.waiting() for stall in stalls),
        ]
        return next((waiting for waiting in waits if waiting is not None), None)

    async def finish() -> None:
        for session in sessions.values():
            session.stop_reading()
        with contextlib.suppress(TimeoutError):  # the broker sends the rest again
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
class _SessionParts:
    """The parts of one session on the broker's side.

    Attributes:
        login: address of the broker, and the account.
        ledger: counts the fates of the session's messages.
        inbox: holds messages until the pipeline takes them.
        session: the MQTT session that fills the inbox.
        defects: counts messages that failed because of a defect in ingest.
    """

    login: Broker
    ledger: Ledger
    inbox: Inbox
    session: Session
    defects: Defects


def _session_parts(chosen: Settings, foreign: Table, allowed: asyncio.Event) -> dict[str, _SessionParts]:
    """The parts of both sessions, by name of the session."""
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
        made[name] = _SessionParts(login=login, ledger=ledger, inbox=inbox, session=session, defects=defects)
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

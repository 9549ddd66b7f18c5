"""The center program: `python -m center`."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import click
import uvloop
from prometheus_client import CollectorRegistry

from casework.city_policy import CityPolicy
from casework.policy_metrics import PolicyMetrics
from center.app import create_app
from center.cases.actions import CaseActions
from center.cases.case_access import CaseAccesses
from center.cases.details import CaseDetails
from center.cases.evidence import EvidenceKeeper
from center.cases.from_rule_events import RuleEventCases
from center.cases.geotagged import GeotaggedFiles
from center.cases.queries import CaseQueries
from center.cases.reports import PersonReports
from center.database import Database
from center.documents.case_documents import DocumentsOfCases
from center.documents.typesetter import Typesetter
from center.exchange.feed import ChangeFeed
from center.exchange.imports import Imports
from center.exchange.inbox import Inbox
from center.exchange.webhooks import WebhookAdministration
from center.history.queries import History
from center.history.rule_events import RuleEvents
from center.hotline.queries import Hotline
from center.live.feed import LiveFeed
from center.live.follower import DatabaseFollower, nothing_known
from center.live.queries import EntityQueries
from center.live.state import LiveState
from center.map.cameras import Cameras
from center.map.layers import MapLayers
from center.metrics import Metrics
from center.notices.caller_notices import CallerNotices
from center.open311 import public
from center.open311.intake import ReportIntake
from center.open311.key_administration import KeyAdministration
from center.open311.media import ReleasedMedia
from center.open311.page import PublicPage
from center.open311.publication import Publications
from center.open311.queries import ServiceRequests
from center.people.administration import Administration
from center.people.audit import AuditLog
from center.people.current_rights import CurrentRights
from center.people.sign_on import SignOn
from center.phones.broker import PhoneBroker
from center.phones.reports import PhoneReports
from center.pictures.decoder import Decoder
from center.pictures.queries import PictureQueries
from center.pictures.thumbnails import Thumbnails
from center.search.queries import Search
from center.services import Services
from center.settings import Settings
from center.web.addresses import Networks
from center.web.connections import Connections
from center.web.console import Console
from center.web.hosts import Hosts
from center.web.server import Server, allow_connections
from center.web.tracing import Traced
from center.web.uploads import Uploads
from program import lifetime, logs, own_metrics, settings
from program.endpoint import Endpoint
from program.heartbeat import Heartbeat
from program.tls_metrics import CertificateMetrics
from store.evidence import EvidenceStore

_PUBLIC_UPLOADS = 4
"""Maximum number of requests of the public with files at once; those of staff are counted apart."""


@click.command(name="center")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Settings file, TOML; environment variables override it.",
)
def command(config: Path | None) -> None:
    """Serve the command centre: its API, its live feed and the web console."""

    async def main() -> None:
        await run(settings.load(Settings, program="center", file=config, environment=os.environ))

    sys.exit(lifetime.run(main, loop_factory=uvloop.new_event_loop))


async def run(chosen: Settings) -> None:
    """Wire the program and run it until a signal."""
    logs.set_up("center", level=chosen.log_level, form=chosen.log_format)
    registry = CollectorRegistry()
    own_metrics.register(registry, volumes=chosen.metrics.folders())
    metrics = Metrics(registry=registry)
    policy = CityPolicy(chosen.cases.folder)
    registry.register(PolicyMetrics(lambda: policy))
    database = Database(
        url=chosen.database.full_url(),
        connections=chosen.database.connections,
        patience_s=chosen.database.patience_s,
        waited=metrics.count_wait,
    )
    state = LiveState(status=nothing_known(_now()), remember_s=chosen.live.slow_s * 2)
    feed = LiveFeed(
        state=state,
        metrics=metrics,
        clock=_now,
        send_s=chosen.live.send_s,
        slow_s=chosen.live.slow_s,
        maximum=chosen.live.browsers,
        max_of_session=chosen.live.per_session,
        max_of_account=chosen.live.per_account,
    )
    idle = timedelta(minutes=chosen.session.idle_minutes)
    rights = CurrentRights()
    follower = DatabaseFollower(
        url=chosen.database.full_url(),
        patience_s=chosen.database.patience_s,
        state=state,
        feed=feed,
        policy=policy,
        rights=rights,
        metrics=metrics,
        read_s=chosen.live.read_s,
        gone=timedelta(seconds=chosen.live.gone_s),
        idle=idle,
        clock=_now,
    )
    decoder = Decoder()
    evidence = EvidenceStore(chosen.evidence.url)
    phone_broker = PhoneBroker(chosen.phones)
    services = Services(
        rights=rights,
        audit=AuditLog(database),
        administration=Administration(database=database, ended=feed.end),
        sign_on=SignOn(
            database=database,
            rights=rights,
            failures=chosen.session.failures,
            longest_wait_s=chosen.session.longest_wait_s,
            lasts=timedelta(hours=chosen.session.hours),
            idle=idle,
            clock=_now,
            seconds=time.monotonic,
            ended=feed.end,
            tried=metrics.count_sign_on,
        ),
        change_feed=ChangeFeed(database),
        webhooks=WebhookAdministration(database),
        imports=Imports(database),
        cases=CaseQueries(database=database, policy=policy, clock=_now),
        case_details=CaseDetails(database=database, policy=policy, clock=_now),
        case_accesses=CaseAccesses(database),
        case_actions=CaseActions(database=database, policy=policy, clock=_now),
        rule_event_cases=RuleEventCases(database=database, policy=policy, clock=_now),
        reports=PersonReports(database=database, policy=policy, clock=_now),
        documents=DocumentsOfCases(
            database=database, policy=policy, typesetter=Typesetter(), evidence=evidence, clock=_now
        ),
        notices=CallerNotices(database=database, policy=policy, clock=_now),
        evidence_keeper=EvidenceKeeper(evidence, decoder),
        geotagged=GeotaggedFiles(
            database=database,
            policy=policy,
            keeper=EvidenceKeeper(evidence, decoder),
            decoder=decoder,
            clock=_now,
        ),
        publications=Publications(database=database, accesses=CaseAccesses(database), clock=_now),
        api_keys=KeyAdministration(database),
        uploads=Uploads(seconds=chosen.web.upload_s, maximum=chosen.web.uploads),
        history=History(database),
        rule_events=RuleEvents(database),
        entities=EntityQueries(database),
        live=feed,
        hotline=Hotline(database=database, policy=policy, clock=_now),
        search=Search(database=database, policy=policy, clock=_now),
        layers=MapLayers(database),
        cameras=Cameras(database),
        pictures=PictureQueries(database),
        evidence=evidence,
        thumbnails=Thumbnails(decoder),
        phone_reports=PhoneReports(
            database=database, broker=phone_broker, every_s=chosen.phones.every_s, seconds=time.monotonic
        ),
        clock=_now,
    )
    origins = _parts(chosen.web.origins)
    connections = Connections(
        maximum=allow_connections(chosen.web.connections),
        max_per_client=chosen.web.connections_per_client,
        proxies=Networks(_parts(chosen.web.trusted_proxies)),
    )
    metrics.watch(
        browsers=lambda: feed.browsers,
        connections=lambda: connections.open,
        entities=lambda: len(feed.entities()),
        waiting=lambda: follower.waiting,
    )
    requests = ServiceRequests(database=database, policy=policy, clock=_now)
    console = Console(_console(chosen.console.folder))
    public_routes = public.routers(
        chosen.public,
        page=PublicPage(console=console, layers=services.layers),
        requests=requests,
        intake=ReportIntake(
            database=database,
            policy=policy,
            keeper=services.evidence_keeper,
            clock=_now,
            seconds=time.monotonic,
            counted=metrics.count_public_report,
        ),
        media=ReleasedMedia(requests=requests, evidence=evidence, decoder=decoder),
        uploads=Uploads(seconds=chosen.web.upload_s, maximum=_PUBLIC_UPLOADS, max_of_account=1),
        policy=policy,
        clock=_now,
        seconds=time.monotonic,
        limited=lambda: metrics.count_public_report("public", "limited"),
    )
    app = create_app(
        services,
        console=console,
        metrics=metrics,
        hosts=Hosts([*_parts(chosen.web.hosts), *map(_host_of, origins), socket.gethostname()]),
        origins=origins,
        public=[*public_routes, Inbox(database=database, policy=policy, clock=_now).router()],
    )
    tls = chosen.web.tls()
    if tls is not None:
        registry.register(CertificateMetrics(tls.expiries))
    server = Server(
        Traced(app),
        web=chosen.web,
        slow_s=chosen.live.slow_s,
        connections=connections,
        refused=metrics.count_closed,
        tls=tls,
    )
    served = asyncio.Event()

    async def serve() -> None:
        try:
            await server.run()
        finally:
            served.set()

    async def finish() -> None:
        server.stop()
        await served.wait()

    heartbeat = Heartbeat(time.monotonic)
    gc.freeze()
    with Endpoint(
        address=chosen.metrics.address,
        port=chosen.metrics.port,
        registry=registry,
        health=lambda: follower.waiting,
        live=heartbeat.stalled,
        # Ready without a database too: nobody can sign on then, but the center says why. Otherwise Kubernetes
        # would take it out of its Service, and browsers would get no answer at all.
        ready=lambda: None if server.is_listening else "the web server has not started yet",
    ):
        try:
            await lifetime.run_until_stopped(
                {
                    "web": serve,
                    "follower": follower.run,
                    "phone positions": phone_broker.run,
                    "heartbeat": heartbeat.run,
                    "case policy": policy.keep_fresh,
                    **({"certificate": tls.keep_fresh} if tls is not None else {}),
                },
                on_stop=finish,
            )
        finally:
            await database.close()


def _now() -> datetime:
    return datetime.now(UTC)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _host_of(origin: str) -> str:
    return urlsplit(origin).hostname or ""


def _console(folder: str) -> Path:
    return Path(folder) if folder else Path(__file__).parent / "console" / "dist"


if __name__ == "__main__":
    command()

"""The worker program: `python -m worker`."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import time
from pathlib import Path

import click
import uvloop
from prometheus_client import CollectorRegistry

from casework.city_policy import CityPolicy
from casework.exchange.export import ExportStore
from casework.exchange.webhooks import MAX_WEBHOOKS
from casework.policy_metrics import PolicyMetrics
from program import lifetime, logs, own_metrics, settings
from program.endpoint import Endpoint
from program.heartbeat import Heartbeat
from store.evidence import EvidenceStore
from worker.agenda import Agenda
from worker.camera_watch import CameraWatch
from worker.case_clocks import CaseClocks
from worker.channels import Channel, ChannelSender, read_channels
from worker.database import Database
from worker.export import Export
from worker.job_history import JobHistory
from worker.jobs import Jobs, Queued, Recurring
from worker.maintenance import Maintenance
from worker.metrics import (
    CAMERAS,
    CASE,
    CLOCKS,
    EXPORT,
    JOB_HISTORY,
    JOBS,
    MAINTENANCE,
    NOTICES,
    RECORD_ROOT,
    WEBHOOK,
    WEBHOOKS,
    Metrics,
)
from worker.notices import Notices
from worker.outgoing import AllowedNetworks, Outgoing
from worker.record_root import RecordRoot
from worker.settings import Export as ExportSettings
from worker.settings import Settings
from worker.webhook_watch import WebhookWatch
from worker.webhooks import Webhooks


@click.command(name="worker")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Settings file, TOML; environment variables override it.",
)
def command(config: Path | None) -> None:
    """Do what is due by time.

    This is: deadlines of cases, faults of cameras, notices, maintenance, the daily root hash over the case
    record, deliveries to the subscriptions of other systems, and the deletion of old job records.
    """

    async def main() -> None:
        await run(settings.load(Settings, program="worker", file=config, environment=os.environ))

    sys.exit(lifetime.run(main, loop_factory=uvloop.new_event_loop))


async def run(chosen: Settings) -> None:
    """Wire the program and run it until a signal, or until a task ends."""
    logs.set_up("worker", level=chosen.log_level, form=chosen.log_format)
    registry = CollectorRegistry()
    evidence_folder = chosen.evidence.folder()
    own_metrics.register(
        registry,
        volumes={**({"evidence": evidence_folder} if evidence_folder else {}), **chosen.metrics.folders()},
    )
    policy = CityPolicy(chosen.cases.folder)
    registry.register(PolicyMetrics(lambda: policy))
    agenda = Agenda(policy=policy, seconds=time.monotonic)
    metrics = Metrics(
        registry=registry,
        jobs=JOBS,
        database_up=lambda: jobs.idle_reason is None,
        oldest_due_s=lambda: agenda.oldest_due_s,
        oldest_event_s=lambda: notices.oldest_s,
    )
    url = chosen.database.full_url()
    database = Database(url=url, patience_s=chosen.database.patience_s)
    maintenance = Maintenance(
        url=chosen.storage.full_url(url),
        storage=chosen.storage,
        evidence=EvidenceStore(chosen.evidence.url),
        clock=time.time,
        on_round_end=metrics.count_maintenance,
    )
    clocks = CaseClocks(
        database=database,
        agenda=agenda,
        policy=policy,
        put=lambda numbers: jobs.put(CASE, numbers),
        on_record=metrics.count_clock,
        clock=time.time,
    )
    record_root = _record_root(chosen.record.roots_file, database)
    cameras = CameraWatch(
        database=database, policy=policy, evidence=EvidenceStore(chosen.evidence.url), clock=time.time
    )
    export = _export(chosen.export, database, policy)
    channels = read_channels(chosen.notices.channels_file)
    notices = Notices(
        database=database,
        policy=policy,
        on_notice=metrics.count_notice,
        channels=channels,
        clock=time.time,
    )
    senders = {f"channel {each.name}": _sender(each, database, metrics).run for each in channels.values()}
    jobs = Jobs(
        url=url,
        patience_s=chosen.database.patience_s,
        recurring=(  # timetables are in the form of cron, with seconds as the sixth field
            Recurring(name=MAINTENANCE, timetable="* * * * * */5", do=maintenance.do),
            Recurring(name=CLOCKS, timetable="* * * * * */5", do=clocks.look),
            Recurring(name=CAMERAS, timetable="* * * * * */20", do=cameras.look),
            Recurring(name=NOTICES, timetable="* * * * * */2", do=notices.tell),
            Recurring(name=JOB_HISTORY, timetable="17 * * * * 0", do=JobHistory(url).do),
            *record_root,
            *export,
        ),
        queued=(Queued(name=CASE, do=clocks.do),),
        on_job_end=metrics.count_job,
        seconds=time.monotonic,
    )
    webhooks = Webhooks(
        database=database,
        outgoing=Outgoing(
            allowed=AllowedNetworks(chosen.webhooks.networks),
            timeout_s=chosen.webhooks.timeout_s,
            ca_file=chosen.webhooks.ca_file,
        ),
        attempts=chosen.webhooks.attempts,
        put=lambda names: deliveries.put(WEBHOOK, names),
        on_attempt=metrics.count_attempt,
        clock=time.time,
        seconds=time.monotonic,
    )
    watch = WebhookWatch(database=database, found=metrics.set_webhooks)
    # Apart from the other jobs: receivers that never answer must not take the places of deadlines.
    deliveries = Jobs(
        url=url,
        patience_s=chosen.database.patience_s,
        recurring=(Recurring(name=WEBHOOKS, timetable="* * * * * */2", do=webhooks.look),),
        queued=(Queued(name=WEBHOOK, do=webhooks.do),),
        on_job_end=metrics.count_job,
        seconds=time.monotonic,
        at_once=MAX_WEBHOOKS + 10,
    )

    async def finish() -> None:
        await asyncio.gather(jobs.finish(), deliveries.finish())

    heartbeat = Heartbeat(time.monotonic)
    gc.freeze()  # these objects live as long as the program; the collector need not look at them again
    with Endpoint(
        address=chosen.metrics.address,
        port=chosen.metrics.port,
        registry=registry,
        health=lambda: jobs.idle_reason,
        live=heartbeat.stalled,
    ):
        maintenance.log_retention()
        try:
            await lifetime.run_until_stopped(
                {
                    "jobs": jobs.run,
                    "deliveries": deliveries.run,
                    "webhook watch": watch.run,
                    "heartbeat": heartbeat.run,
                    "case policy": policy.keep_fresh,
                    **senders,
                },
                on_stop=finish,
            )
        finally:
            database.close()


def _sender(channel: Channel, database: Database, metrics: Metrics) -> ChannelSender:
    metrics.watch_channel(channel.name)
    return ChannelSender(
        channel=channel,
        database=database,
        on_message=metrics.count_message,
        on_delay=metrics.set_message_delay,
    )


def _record_root(file: str, database: Database) -> tuple[Recurring, ...]:
    """The daily root hash over the case record: a job only of the worker whose settings name the file.

    The job runs every ten minutes, and does nothing while the last root hash is less than a day old. It is
    tried so often because a full disk must not cost a day.
    """
    if not file:
        return ()
    job = RecordRoot(database=database, file=Path(file), clock=time.time)
    return (Recurring(name=RECORD_ROOT, timetable="*/10 * * * * 0", do=job.do),)


def _export(chosen: ExportSettings, database: Database, policy: CityPolicy) -> tuple[Recurring, ...]:
    """The daily export: a job only of the worker whose settings name a place for it.

    The job runs every ten minutes, and does nothing while no day is missing.
    """
    if not chosen.url:
        return ()
    job = Export(
        database=database,
        store=ExportStore(chosen.url),
        formats=chosen.chosen(),
        policy=policy,
        clock=time.time,
    )
    return (Recurring(name=EXPORT, timetable="*/10 * * * * 0", do=job.do),)


if __name__ == "__main__":
    command()

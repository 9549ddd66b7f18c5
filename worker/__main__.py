"""The worker program: `python -m worker`."""

from __future__ import annotations

import gc
import os
import sys
import time
from pathlib import Path

import click
import uvloop
from prometheus_client import CollectorRegistry

from program import lifetime, logs, own_metrics, settings
from program.endpoint import Endpoint
from program.heartbeat import Heartbeat
from store.evidence import EvidenceStore
from worker.job_history import JobHistory
from worker.jobs import Jobs, Recurring
from worker.maintenance import Maintenance
from worker.metrics import JOB_HISTORY, JOBS, MAINTENANCE, Metrics
from worker.settings import Settings


@click.command(name="worker")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Settings, TOML; environment variables go before it.",
)
def command(config: Path | None) -> None:
    """Do what is due by time: maintenance of the database and of evidence."""

    async def main() -> None:
        await run(settings.load(Settings, program="worker", file=config, environment=os.environ))

    sys.exit(lifetime.run(main, loop_factory=uvloop.new_event_loop))


async def run(chosen: Settings) -> None:
    """Wire the program and run it until a signal."""
    logs.set_up("worker", level=chosen.log_level, form=chosen.log_format)
    registry = CollectorRegistry()
    evidence = chosen.evidence.folder()
    own_metrics.register(
        registry, volumes={**({"evidence": evidence} if evidence else {}), **chosen.metrics.folders()}
    )
    metrics = Metrics(registry=registry, jobs=JOBS, database_up=lambda: jobs.waiting is None)
    url = chosen.database.full_url()
    maintenance = Maintenance(
        url=chosen.storage.full_url(url),
        storage=chosen.storage,
        shelf=EvidenceStore(chosen.evidence.url),
        clock=time.time,
        told=metrics.count_maintenance,
    )
    jobs = Jobs(
        url=url,
        patience_s=chosen.database.patience_s,
        recurring=(
            Recurring(name=MAINTENANCE, timetable="* * * * * */5", do=maintenance.do),
            Recurring(name=JOB_HISTORY, timetable="17 * * * * 0", do=JobHistory(url).do),
        ),
        queued=(),
        told=metrics.count_job,
        seconds=time.monotonic,
    )
    heartbeat = Heartbeat(time.monotonic)
    gc.freeze()
    with Endpoint(
        address=chosen.metrics.address,
        port=chosen.metrics.port,
        registry=registry,
        health=lambda: jobs.waiting,
        live=heartbeat.stalled,
    ):
        maintenance.say()
        await lifetime.run_until_stopped({"jobs": jobs.run, "heartbeat": heartbeat.run}, on_stop=jobs.finish)


if __name__ == "__main__":
    command()

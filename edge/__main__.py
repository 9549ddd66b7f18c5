"""The edge program: `python -m edge`."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import sys
import time
from pathlib import Path
from typing import Final

import click
import cv2
from prometheus_client import CollectorRegistry

from edge.boot_clock import BootClock
from edge.broker_connection import BrokerConnection, Handler
from edge.cameras import Cameras, Shared, videos
from edge.checks import check
from edge.delivery import Delivery
from edge.heap import share_one_heap
from edge.inbound import receipt_handler
from edge.learned import LearnedPictures
from edge.metrics import BoxReading, Metrics
from edge.open_incidents import OpenIncidents
from edge.outbox import Outbox
from edge.recognition import Loaded, load_model, recognition_settings
from edge.retry_schedule import RetrySchedule
from edge.settings import Settings
from edge.snapshots import take_snapshots
from edge.status import StatusReport
from edge.stills import Stills
from edge.storage import Storage
from edge.veto import load_veto
from program import lifetime, logs, own_metrics, settings
from program.endpoint import Endpoint
from program.heartbeat import Heartbeat as LoopHeartbeat
from program.redaction import redacted
from program.tls_metrics import CertificateMetrics
from wire.topics import Kind, Stream, Topic

log = logging.getLogger(__name__)

_MIB: Final = 1024 * 1024
_GOODBYE_S: Final = 3.0
_STORE_S: Final = 5.0


@click.command(name="edge")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File with settings and cameras, TOML; environment variables override it.",
)
@click.option(
    "--pictures",
    type=click.Path(path_type=Path, file_okay=False),
    help="Only save one picture of each camera in this folder, to mark covers and zones in.",
)
def command(config: Path | None, pictures: Path | None) -> None:
    """Watch this box's cameras, and report incidents to the centre."""

    async def main() -> None:
        chosen = settings.load(Settings, program="edge", file=config, environment=os.environ)
        check(chosen)
        folder = config.parent if config is not None else Path()
        if pictures is not None:
            for line in take_snapshots(chosen, videos(chosen, folder), pictures):
                click.echo(redacted(line))
            return
        await run(chosen, folder=folder)

    sys.exit(lifetime.run(main))


async def run(chosen: Settings, *, folder: Path) -> None:
    """Wire the program and run it until a signal.

    Args:
        chosen: checked settings.
        folder: the folder that relative `file:` sources start from.
    """
    logs.set_up("edge", level=chosen.log_level, form=chosen.log_format)
    share_one_heap()
    cv2.setNumThreads(1)  # one thread for each camera; more threads inside OpenCV would compete with them
    veto = load_veto(chosen.veto, folder)
    recognition = recognition_settings(chosen.recognition)
    loaded = load_model(chosen.recognition)
    loop = asyncio.get_running_loop()
    own = Topic(district=chosen.box.district, kind=Kind.BOX, id=chosen.box.id, stream=Stream.STATUS)
    storage = Storage(Path(chosen.outbox.path))
    outbox = Outbox(
        storage,
        max_messages=chosen.outbox.messages,
        max_bytes=chosen.outbox.mib * _MIB,
        max_memory_bytes=chosen.outbox.memory_mib * _MIB,
        max_refused=chosen.outbox.refused,
    )
    incidents = OpenIncidents(storage)
    handlers: dict[str, Handler] = {}
    cameras = Cameras(handlers)

    def read_box() -> BoxReading:
        return BoxReading(
            outbox=outbox.level(),
            given_up=outbox.given_up,
            stripped=outbox.stripped,
            open_incidents=incidents.count(),
            connected=connection.is_connected(),
            storing=storage.fault() is None,
            storage_failures=storage.failures,
            damaged_files=storage.damaged_files,
            now=time.time(),
        )

    registry = CollectorRegistry()
    own_metrics.register(registry, volumes={"outbox": storage.path.parent, **chosen.metrics.folders()})
    metrics = Metrics(registry=registry, cameras=cameras.readings, box=read_box)
    metrics.model_enabled.set(chosen.recognition.enabled)
    metrics.model_up.set(loaded.model is not None)
    status = StatusReport(
        name=chosen.box.name,
        cameras=cameras.states,
        level=outbox.level,
        storage_fault=storage.fault,
        model=_model_facts(loaded),
    )
    connection = BrokerConnection(
        broker=chosen.broker, password=chosen.broker.secret(), topic=own, will=status.will, handlers=handlers
    )
    if connection.tls is not None:
        registry.register(CertificateMetrics(connection.tls.expiries))
    delivery = Delivery(
        outbox=outbox,
        publisher=connection,
        schedule=RetrySchedule(first_s=chosen.outbox.resend_s, longest_s=chosen.outbox.longest_resend_s),
        window=chosen.outbox.window,
        metrics=metrics,
    )
    outbox.on_change(lambda: loop.call_soon_threadsafe(delivery.wake))
    handlers[str(own.to(Stream.RECEIPT))] = receipt_handler(delivery)
    stills = Stills(chosen.stills, can_send=connection.is_connected)
    storage.start()
    cameras.make(
        Shared(
            chosen=chosen,
            folder=folder,
            outbox=outbox,
            incidents=incidents,
            learned=LearnedPictures(storage, BootClock()),
            metrics=metrics,
            stills=stills,
            model=loaded.model,
            recognition=recognition,
            veto=veto,
        )
    )

    async def finish() -> None:
        cameras.stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GOODBYE_S):
                await status.publish_offline(connection)
        await asyncio.to_thread(cameras.join)
        outbox.on_change(lambda: None)  # the event loop ends before the storage does
        await asyncio.to_thread(storage.close, _STORE_S)

    loop_heartbeat = LoopHeartbeat(time.monotonic)
    gc.freeze()
    endpoint = Endpoint(
        address=chosen.metrics.address,
        port=chosen.metrics.port,
        registry=registry,
        health=lambda: connection.waiting or storage.fault(),
        live=loop_heartbeat.stalled,
        ready=lambda: connection.waiting,
    )
    with endpoint:
        log.info("metrics and health on http://%s:%s", chosen.metrics.address, endpoint.port)
        await lifetime.run_until_stopped(
            {
                "broker connection": connection.run,
                "delivery": delivery.run,
                "status": lambda: status.run(connection),
                "stills": lambda: stills.run(connection, metrics.stills),
                "cameras": cameras.run,
                "heartbeat": loop_heartbeat.run,
            },
            on_stop=finish,
        )


def _model_facts(loaded: Loaded) -> dict[str, str]:
    """What the status says of the detection model."""
    if loaded.fault is not None:
        return {"model": "missing", "model.reason": loaded.fault}
    return {"model": "loaded" if loaded.model is not None else "off"}


if __name__ == "__main__":
    command()

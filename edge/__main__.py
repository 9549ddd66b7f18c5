"""The edge program: `python -m edge`."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import cv2
from prometheus_client import CollectorRegistry, Counter

from detectors.veto.decision import ModelVeto
from edge.analysis_loop import AnalysisLoop, SamplingInterval
from edge.box_file import BoxFile
from edge.broker_connection import BrokerConnection, Handler
from edge.camera_workers import CameraWorkers, Source
from edge.checks import check, clock_zone
from edge.delivery import Delivery
from edge.frame_queue import FrameQueue
from edge.heap import share_one_heap
from edge.learned import LearnedPictures
from edge.look_scheduler import LookScheduler
from edge.metrics import BoxReading, Metrics
from edge.open_incidents import OpenIncidents
from edge.outbox import Outbox
from edge.reporter import Reporter
from edge.retry_schedule import RetrySchedule
from edge.settings import Camera, Settings
from edge.snapshots import take_snapshots
from edge.sources.mqtt_frames import MqttFrames
from edge.sources.video import Clocks, Video
from edge.status import StatusReport
from edge.stills import Stills
from edge.veto import CountedVeto, load_veto
from program import lifetime, logs, own_metrics, settings
from program.endpoint import Endpoint
from program.heartbeat import Heartbeat as LoopHeartbeat
from program.redaction import redacted
from program.tls_metrics import CertificateMetrics
from wire import Frame, Kind, Receipt, Stream, Topic, WireError, decode, encode

log = logging.getLogger(__name__)

_MIB: Final = 1024 * 1024
_TEND_S: Final = 0.5
_STILLS_S: Final = 0.5
_GOODBYE_S: Final = 3.0
_JOIN_S: Final = 3.0
_CLOCKS: Final = Clocks(monotonic=time.monotonic, wall=time.time)


@click.command(name="edge")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Settings and cameras, TOML; environment variables go before it.",
)
@click.option(
    "--pictures",
    type=click.Path(path_type=Path, file_okay=False),
    help="Do nothing but take one picture of each camera into this folder, to mark covers and zones in.",
)
def command(config: Path | None, pictures: Path | None) -> None:
    """Watch this box's cameras, and report incidents to the centre."""

    async def main() -> None:
        chosen = settings.load(Settings, program="edge", file=config, environment=os.environ)
        check(chosen)
        folder = config.parent if config is not None else Path()
        if pictures is not None:
            for line in take_snapshots(chosen, _videos(chosen, folder), pictures):
                click.echo(redacted(line))
            return
        await run(chosen, folder=folder)

    sys.exit(lifetime.run(main))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """What all cameras of the box have in common."""

    chosen: Settings
    folder: Path
    file: BoxFile
    outbox: Outbox
    incidents: OpenIncidents
    memory: LearnedPictures
    metrics: Metrics
    stills: Stills
    scheduler: LookScheduler
    veto: ModelVeto | None
    handlers: dict[str, Handler]


async def run(chosen: Settings, *, folder: Path) -> None:
    """Wire the program and run it until a signal.

    Args:
        chosen: checked settings.
        folder: where relative `file:` sources lie.
    """
    logs.set_up("edge", level=chosen.log_level, form=chosen.log_format)
    share_one_heap()
    cv2.setNumThreads(1)  # cameras are worked on side by side; more threads for one would only get in the way
    veto = load_veto(chosen.veto, folder)
    loop = asyncio.get_running_loop()
    own = Topic(district=chosen.box.district, kind=Kind.BOX, id=chosen.box.id, stream=Stream.STATUS)
    file = BoxFile(Path(chosen.outbox.path))
    outbox = Outbox(
        file,
        messages=chosen.outbox.messages,
        size=chosen.outbox.mib * _MIB,
        refused=chosen.outbox.refused,
        clock=time.time,
    )
    incidents = OpenIncidents(file)
    cameras: list[CameraWorkers] = []
    handlers: dict[str, Handler] = {}

    def read_box() -> BoxReading:
        return BoxReading(
            outbox=outbox.level(),
            given_up=outbox.given_up,
            stripped=outbox.stripped,
            open_incidents=incidents.count(),
            connected=connection.is_connected(),
            now=time.time(),
        )

    registry = CollectorRegistry()
    own_metrics.register(
        registry, volumes={"outbox": Path(chosen.outbox.path).parent, **chosen.metrics.folders()}
    )
    metrics = Metrics(
        registry=registry, cameras=lambda: [camera.reading() for camera in cameras], box=read_box
    )
    status = StatusReport(
        name=chosen.box.name,
        cameras=lambda: [(camera.name, *camera.state()) for camera in cameras],
        level=outbox.level,
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
    outbox.on_new(lambda: loop.call_soon_threadsafe(delivery.wake))
    handlers[str(own.to(Stream.RECEIPT))] = lambda payload: _take_receipt(payload, delivery)
    stills = Stills(chosen.stills, wanted=connection.is_connected)
    shared = _Shared(
        chosen=chosen,
        folder=folder,
        file=file,
        outbox=outbox,
        incidents=incidents,
        memory=LearnedPictures(file),
        metrics=metrics,
        stills=stills,
        scheduler=LookScheduler(chosen.looks.at_once or max(1, (os.cpu_count() or 2) // 2), time.monotonic),
        veto=veto,
        handlers=handlers,
    )
    cameras += [_watched(camera, shared) for camera in chosen.camera]

    async def finish() -> None:
        for camera in cameras:
            camera.stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GOODBYE_S):
                await status.say_goodbye(connection)
        await asyncio.to_thread(_join, cameras)

    loop_heartbeat = LoopHeartbeat(time.monotonic)
    gc.freeze()
    endpoint = Endpoint(
        address=chosen.metrics.address,
        port=chosen.metrics.port,
        registry=registry,
        health=lambda: connection.waiting,
        live=loop_heartbeat.stalled,
    )
    with contextlib.closing(file), endpoint:
        log.info("metrics and health on http://%s:%s", chosen.metrics.address, endpoint.port)
        await lifetime.run_until_stopped(
            {
                "broker connection": connection.run,
                "delivery": delivery.run,
                "status": lambda: status.run(connection),
                "stills": lambda: _send_stills(stills, connection, metrics),
                "cameras": lambda: _tend(cameras),
                "heartbeat": loop_heartbeat.run,
            },
            on_stop=finish,
        )


def _watched(camera: Camera, shared: _Shared) -> CameraWorkers:
    """One camera with everything around it."""
    queue, sampling = FrameQueue(), SamplingInterval()
    analysis = AnalysisLoop(
        camera=camera,
        queue=queue,
        sampling=sampling,
        reporter=Reporter(
            camera=camera,
            file=shared.file,
            outbox=shared.outbox,
            incidents=shared.incidents,
            said=lambda kind, phase: shared.metrics.incidents.labels(kind, phase).inc(),
            zone=clock_zone(shared.chosen.box.time_zone) if shared.chosen.box.time_zone else None,
        ),
        time_zone=shared.chosen.box.time_zone,
        veto=CountedVeto(camera.id, shared.veto, shared.metrics) if shared.veto is not None else None,
        memory=shared.memory,
        scheduler=shared.scheduler,
        stills=shared.stills,
        metrics=shared.metrics,
        remember_every_s=shared.chosen.looks.remember_every_s,
        clocks=_CLOCKS,
    )
    return CameraWorkers(
        name=camera.id,
        source=_source(camera, sampling, shared),
        queue=queue,
        sampling=sampling,
        analysis=analysis,
        skipped=shared.metrics.looks.labels(camera.id, "skipped"),
        release=shared.scheduler.release,
        looks=shared.chosen.looks,
        capture=shared.chosen.capture,
        clocks=_CLOCKS,
    )


def _source(camera: Camera, sampling: SamplingInterval, shared: _Shared) -> Source:
    """The camera's pictures, by the scheme of its source."""
    if camera.source.startswith("mqtt:"):
        frames = MqttFrames(_CLOCKS)
        topic = Topic(
            district=shared.chosen.box.district, kind=Kind.CAMERA, id=camera.id, stream=Stream.FRAME
        )
        refused = shared.metrics.frames_refused.labels(camera.id)
        shared.handlers[str(topic)] = lambda payload: _take_frame(payload, frames, refused)
        return frames
    return _video(camera, sampling, shared.chosen, shared.folder)


def _video(camera: Camera, sampling: SamplingInterval, chosen: Settings, folder: Path) -> Video:
    """A camera that is a file or an RTSP stream."""
    scheme, _, path = camera.source.partition(":")
    return Video(
        camera=camera.id,
        url=str(folder / path) if scheme == "file" else camera.source,
        live=scheme != "file",
        loop=camera.loop,
        transport=camera.transport,
        patience_s=chosen.capture.patience_s,
        decode=chosen.capture.decode,
        longest_gap_s=lambda: sampling.longest_gap_s,
        clocks=_CLOCKS,
    )


def _videos(chosen: Settings, folder: Path) -> dict[str, Video]:
    """All cameras that can be asked for a picture, by id."""
    return {
        camera.id: _video(camera, SamplingInterval(), chosen, folder)
        for camera in chosen.camera
        if not camera.source.startswith("mqtt:")
    }


def _take_receipt(payload: bytes, delivery: Delivery) -> None:
    try:
        receipt = decode(Stream.RECEIPT, payload)
    except WireError as error:
        log.warning("a receipt that makes no sense: %s", error)
        return
    if isinstance(receipt, Receipt):
        delivery.receive(receipt)


def _take_frame(payload: bytes, frames: MqttFrames, refused: Counter) -> None:
    try:
        frame = decode(Stream.FRAME, payload)
    except WireError:
        refused.inc()
        return
    if isinstance(frame, Frame):
        frames.offer(frame)


async def _send_stills(stills: Stills, connection: BrokerConnection, metrics: Metrics) -> None:
    """Send what stills there are; one that cannot be sent is not worth keeping."""
    while True:
        await connection.connection()
        for frame in stills.take():
            if await connection.publish(Stream.FRAME, encode(frame), at_least_once=False):
                metrics.stills.labels(frame.camera).inc()
        await asyncio.sleep(_STILLS_S)


async def _tend(cameras: Sequence[CameraWorkers]) -> None:
    """See to it that every camera's workers are at work."""
    while True:
        for camera in cameras:
            camera.tend()
        await asyncio.sleep(_TEND_S)


def _join(cameras: Sequence[CameraWorkers]) -> None:
    """Wait a moment for the workers' end; one that hangs is left to end with the process."""
    end_s = time.monotonic() + _JOIN_S
    for camera in cameras:
        camera.join(max(0.0, end_s - time.monotonic()))


if __name__ == "__main__":
    command()

"""The box's cameras: makes them from the settings, keeps their workers running, and stops them."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from detectors.recognition.admission import RecognitionSettings
from detectors.veto.decision import ModelVeto
from edge.analysis_loop import AnalysisLoop, SamplingInterval
from edge.broker_connection import Handler
from edge.camera_settings import Camera
from edge.camera_workers import CameraWorkers, Source
from edge.checks import clock_zone
from edge.frame_queue import FrameQueue
from edge.inbound import frame_handler
from edge.learned import LearnedPictures
from edge.look_scheduler import LookScheduler
from edge.metrics import CameraReading, Metrics
from edge.open_incidents import OpenIncidents
from edge.outbox import Outbox
from edge.recognition import AskBudget, BudgetedRecogniser, Model
from edge.reporter import Reporter
from edge.settings import Settings
from edge.sources.mqtt_frames import MqttFrames
from edge.sources.video import Clocks, Video
from edge.state import State
from edge.stills import Stills
from edge.veto import CountedVeto
from wire.topics import Kind, Stream, Topic

_TEND_S: Final = 0.5
_JOIN_S: Final = 3.0
_CLOCKS: Final = Clocks(monotonic=time.monotonic, wall=time.time)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """The parts that all cameras of the box share.

    Attributes:
        chosen: the settings.
        folder: the folder that relative `file:` sources start from.
        outbox: takes their messages.
        incidents: the open incidents.
        learned: what the detectors learned of their covers and zones.
        metrics: of the box.
        stills: takes their stills.
        model: the box's detection model, if it has one.
        recognition: when its words are believed.
        veto: the city's own model, if there is one.
    """

    chosen: Settings
    folder: Path
    outbox: Outbox
    incidents: OpenIncidents
    learned: LearnedPictures
    metrics: Metrics
    stills: Stills
    model: Model | None
    recognition: RecognitionSettings
    veto: ModelVeto | None


class Cameras:
    """All cameras of the box.

    Args:
        handlers: of the broker's messages, by topic; `make` adds those of cameras that send frames over MQTT.
    """

    def __init__(self, handlers: dict[str, Handler]) -> None:
        self._cameras: list[CameraWorkers] = []
        self._handlers = handlers

    def make(self, shared: Shared) -> None:
        """Make the cameras of the settings."""
        at_once = shared.chosen.looks.at_once or max(1, (os.cpu_count() or 2) // 2)
        scheduler = LookScheduler(at_once, time.monotonic)
        budget = AskBudget(shared.chosen.recognition.box_asks_a_minute, time.monotonic)
        self._cameras = [self._watched(camera, shared, scheduler, budget) for camera in shared.chosen.camera]

    def readings(self) -> list[CameraReading]:
        """The values for a scrape."""
        return [camera.reading() for camera in self._cameras]

    def states(self) -> list[tuple[str, State, str]]:
        """Id, state and reason of each camera."""
        return [(camera.name, *camera.state()) for camera in self._cameras]

    async def run(self) -> None:
        """Keep all cameras' workers running, until cancelled."""
        while True:
            for camera in self._cameras:
                camera.supervise()
            await asyncio.sleep(_TEND_S)

    def stop(self) -> None:
        """Ask all workers to end."""
        for camera in self._cameras:
            camera.stop()

    def join(self) -> None:
        """Wait briefly for the workers to end; one that hangs ends with the process."""
        end_s = time.monotonic() + _JOIN_S
        for camera in self._cameras:
            camera.join(max(0.0, end_s - time.monotonic()))

    def _watched(
        self, camera: Camera, shared: Shared, scheduler: LookScheduler, box_budget: AskBudget
    ) -> CameraWorkers:
        """One camera with all its parts."""
        queue, sampling = FrameQueue(), SamplingInterval()
        analysis = AnalysisLoop(
            camera=camera,
            queue=queue,
            sampling=sampling,
            reporter=Reporter(
                camera=camera,
                outbox=shared.outbox,
                incidents=shared.incidents,
                said=lambda kind, phase: shared.metrics.incidents.labels(kind, phase).inc(),
                zone=clock_zone(shared.chosen.box.time_zone) if shared.chosen.box.time_zone else None,
            ),
            time_zone=shared.chosen.box.time_zone,
            recogniser=_recogniser(camera, shared, box_budget),
            recognition=shared.recognition,
            veto=CountedVeto(camera.id, shared.veto, shared.metrics) if shared.veto is not None else None,
            learned=shared.learned,
            scheduler=scheduler,
            stills=shared.stills,
            metrics=shared.metrics,
            remember_every_s=shared.chosen.looks.remember_every_s,
            clocks=_CLOCKS,
        )
        return CameraWorkers(
            name=camera.id,
            source=self._source(camera, sampling, shared),
            queue=queue,
            sampling=sampling,
            analysis=analysis,
            skipped=shared.metrics.looks.labels(camera.id, "skipped"),
            release=scheduler.release,
            looks=shared.chosen.looks,
            capture=shared.chosen.capture,
            clocks=_CLOCKS,
        )

    def _source(self, camera: Camera, sampling: SamplingInterval, shared: Shared) -> Source:
        """The camera's source of frames, by the scheme of its address."""
        if not camera.source.startswith("mqtt:"):
            return _video(camera, sampling, shared.chosen, shared.folder)
        frames = MqttFrames(_CLOCKS)
        topic = Topic(
            district=shared.chosen.box.district, kind=Kind.CAMERA, id=camera.id, stream=Stream.FRAME
        )
        refused = shared.metrics.frames_refused.labels(camera.id)
        self._handlers[str(topic)] = frame_handler(frames, refused)
        return frames


def _recogniser(camera: Camera, shared: Shared, box_budget: AskBudget) -> BudgetedRecogniser | None:
    """Who tells what stands in a camera's picture; nobody without a model."""
    if shared.model is None:
        return None
    own = AskBudget(shared.chosen.recognition.camera_asks_a_minute, time.monotonic)
    return BudgetedRecogniser(
        camera=camera.id, model=shared.model, budgets=(own, box_budget), metrics=shared.metrics
    )


def videos(chosen: Settings, folder: Path) -> dict[str, Video]:
    """All cameras that a picture can be requested from, by id."""
    return {
        camera.id: _video(camera, SamplingInterval(), chosen, folder)
        for camera in chosen.camera
        if not camera.source.startswith("mqtt:")
    }


def _video(camera: Camera, sampling: SamplingInterval, chosen: Settings, folder: Path) -> Video:
    """A source that is a file or an RTSP stream."""
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

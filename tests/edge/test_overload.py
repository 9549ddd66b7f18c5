"""An overloaded box analyses less often, evenly, and reports it; real parts, slow pictures."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from detectors.look import Image
from detectors.recognition.admission import RecognitionSettings
from edge.analysis_loop import AnalysisLoop, SamplingInterval
from edge.boot_clock import BootClock
from edge.camera_settings import Camera, Zone
from edge.camera_workers import CameraWorkers
from edge.frame_queue import FrameQueue
from edge.learned import LearnedPictures
from edge.look_scheduler import LookScheduler
from edge.metrics import BoxReading, Metrics
from edge.open_incidents import OpenIncidents
from edge.outbox import Level
from edge.reporter import Reporter
from edge.settings import Capture, Looks, Stills
from edge.sources.captured_frame import CapturedFrame
from edge.sources.video import Clocks
from edge.state import State
from edge.stills import Stills as StillBox
from edge.worker import Heartbeat
from tests.edge.boxes import opened
from tests.edge.clips import ZONE, pavement

CLOCKS = Clocks(monotonic=time.monotonic, wall=time.time)
CAMERAS = 10


class SlowPictures:
    """A picture every twentieth of a second, each of which takes a tenth to decode."""

    def frames(self, heartbeat: Heartbeat) -> Iterator[CapturedFrame]:
        while heartbeat.wait_until(time.monotonic() + 0.05):
            yield CapturedFrame(at_s=time.monotonic(), taken_at=time.time(), image=self._image)

    def _image(self) -> Image:
        time.sleep(0.1)
        return pavement()


def nothing() -> BoxReading:
    level = Level(messages=0, size=0, oldest_s=0.0, refused=0, in_memory=0)
    return BoxReading(
        outbox=level,
        given_up=0,
        stripped=0,
        open_incidents=0,
        connected=False,
        storing=True,
        storage_failures=0,
        damaged_files=0,
        now=0.0,
    )


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def cameras(tmp_path: Path, registry: CollectorRegistry) -> Iterator[list[CameraWorkers]]:
    """Ten cameras on a box that has room for one look at a time."""
    metrics = Metrics(registry=registry, cameras=list, box=nothing)
    scheduler = LookScheduler(1, time.monotonic)
    with opened(tmp_path / "box.db") as (storage, outbox):
        made = []
        for number in range(CAMERAS):
            zone = Zone(id="kerb", detects="goods", dwell_s=4.0, polygon_px=ZONE)
            camera = Camera(id=f"c{number}", source="mqtt:", lat=24.9, lon=118.6, zone=(zone,))
            queue, sampling = FrameQueue(), SamplingInterval()
            analysis = AnalysisLoop(
                camera=camera,
                queue=queue,
                sampling=sampling,
                time_zone="",
                recogniser=None,
                recognition=RecognitionSettings(),
                veto=None,
                reporter=Reporter(
                    camera=camera,
                    outbox=outbox,
                    incidents=OpenIncidents(storage),
                    said=lambda *_: None,
                ),
                learned=LearnedPictures(storage, BootClock()),
                scheduler=scheduler,
                stills=StillBox(Stills(), can_send=lambda: False),
                metrics=metrics,
                remember_every_s=120.0,
                clocks=CLOCKS,
            )
            made.append(
                CameraWorkers(
                    name=camera.id,
                    source=SlowPictures(),
                    queue=queue,
                    sampling=sampling,
                    analysis=analysis,
                    skipped=metrics.looks.labels(camera.id, "skipped"),
                    release=scheduler.release,
                    looks=Looks(),
                    capture=Capture(),
                    clocks=CLOCKS,
                )
            )
        yield made
        for one in made:
            one.stop()
        assert all(one.join(20) for one in made)


def test_looks_are_spread_evenly_and_the_shortage_is_counted(
    cameras: list[CameraWorkers], registry: CollectorRegistry
) -> None:
    def counts(outcome: str) -> list[float]:
        return [
            registry.get_sample_value(
                "streetwarden_edge_looks_total", {"camera": camera.name, "outcome": outcome}
            )
            or 0.0
            for camera in cameras
        ]

    end = time.monotonic() + 60
    while sum(counts("done")) < 6 * CAMERAS and time.monotonic() < end:
        for camera in cameras:
            camera.supervise()
        time.sleep(0.05)
    done, skipped = counts("done"), counts("skipped")
    assert sum(done) >= 6 * CAMERAS
    assert max(done) - min(done) <= 2, "somebody was looked at more often than others"
    assert min(skipped) >= 1, "a shortage that nobody could see"
    assert {camera.state()[0] for camera in cameras} == {State.WATCHING}

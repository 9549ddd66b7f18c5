"""Looks at one camera's pictures whenever its turn comes, and reports what is settled by it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

from detectors.errors import DetectorError
from detectors.health.detector import Fault
from detectors.look import Image, Look
from detectors.recognition.admission import Recogniser, RecognitionSettings, Veto
from detectors.watch import ZONES, CameraWatch, WatchSettings
from edge.camera_settings import Camera
from edge.checks import covers_and_zones
from edge.errors import LayoutError, SourceError
from edge.frame_queue import FrameQueue
from edge.learned import LearnedPictures
from edge.look_scheduler import LookScheduler
from edge.metrics import Metrics
from edge.reporter import Moment, Reporter
from edge.sources.captured_frame import CapturedFrame
from edge.sources.video import Clocks
from edge.stills import Stills
from edge.worker import Heartbeat

log = logging.getLogger(__name__)

_STEP_S: Final = 1.0
_FIRST_SAVE_S: Final = 60.0


@dataclass(slots=True)
class SamplingInterval:
    """How far apart a camera's looks should be; known once its first picture has told its size.

    Attributes:
        wanted_gap_s: between two looks.
        longest_gap_s: from which on incidents may be missed.
    """

    wanted_gap_s: float = 2.0
    longest_gap_s: float = 6.0


class AnalysisLoop:
    """The work of a camera's second worker.

    Args:
        camera: its settings.
        queue: where its newest pictures wait.
        sampling: told what the detectors want.
        reporter: reports its incidents.
        time_zone: of the hours of its zones.
        recogniser: tells what stands there before an incident begins; None: nobody is asked.
        recognition: when its words are believed.
        veto: the city's own model; None likewise.
        learned: keeps what is learned of it.
        scheduler: says when it may look.
        stills: takes its newest still.
        metrics: the box's.
        remember_every_s: between saves of what was learned.
        clocks: the machine's.
    """

    def __init__(
        self,
        *,
        camera: Camera,
        queue: FrameQueue,
        sampling: SamplingInterval,
        reporter: Reporter,
        time_zone: str,
        recogniser: Recogniser | None,
        recognition: RecognitionSettings,
        veto: Veto | None,
        learned: LearnedPictures,
        scheduler: LookScheduler,
        stills: Stills,
        metrics: Metrics,
        remember_every_s: float,
        clocks: Clocks,
    ) -> None:
        self._camera = camera
        self._queue = queue
        self._sampling = sampling
        self._reporter = reporter
        self._time_zone = time_zone
        self._recogniser = recogniser
        self._settings = WatchSettings(recognition=recognition)
        self._veto = veto
        self._learned = learned
        self._scheduler = scheduler
        self._stills = stills
        self._remember_every_s = remember_every_s
        self._clocks = clocks
        self._done = metrics.looks.labels(camera.id, "done")
        self._undecoded = metrics.looks.labels(camera.id, "unreadable")
        self._decode_s = metrics.decode.labels(camera.id)
        self._analysis_s = metrics.analysis.labels(camera.id)
        self._wait_s = metrics.wait
        self._refusals = metrics.refusals
        self.fault: Fault | None = None
        """What the detectors see wrong with the picture."""
        self.misfit: str | None = None
        """Which cover or zone does not fit the picture."""
        self.unreadable = 0
        """Pictures one after the other that could not be decoded."""

    def work(self, heartbeat: Heartbeat) -> None:
        """Look until the heartbeat is over."""
        watch: CameraWatch | None = None
        save_s = self._clocks.monotonic() + min(_FIRST_SAVE_S, self._remember_every_s)
        while not heartbeat.is_over():
            heartbeat.beat()
            if not self._queue.wait(_STEP_S):
                continue
            watch = self._look(watch, heartbeat)
            if heartbeat.is_over():
                break
            if watch is not None and self._clocks.monotonic() >= save_s:
                save_s = self._clocks.monotonic() + self._remember_every_s
                self._learned.save(self._camera.id, watch.learned())
        if watch is not None and not heartbeat.left_behind:
            self._learned.save(self._camera.id, watch.learned())

    def _look(self, watch: CameraWatch | None, heartbeat: Heartbeat) -> CameraWatch | None:
        """Wait for a turn and look once; nothing of the picture is kept until the next one."""
        with self._scheduler.turn(self._camera.id, self._sampling.wanted_gap_s, heartbeat) as granted:
            picture = self._queue.take() if granted else None
            if picture is None:
                return watch
            self._wait_s.observe(max(0.0, self._clocks.monotonic() - picture.at_s))
            image = self._decoded(picture)
            if image is None:
                return watch
            if watch is None:
                watch = self._new_watch((image.shape[1], image.shape[0]))
            began_s = self._clocks.monotonic()
            report = watch.look(Look.of(image, picture.at_s, picture.taken_at))
            took_s = self._clocks.monotonic() - began_s
        if heartbeat.is_over():
            return watch
        heartbeat.thrive()
        self._done.inc()
        self._analysis_s.inc(took_s)
        self.fault = report.health.fault
        for refusal in report.refusals:
            self._refusals.labels(self._camera.id, refusal.word.name if refusal.word else "veto").inc()
        self._reporter.take(report, Moment(at_s=picture.at_s, taken_at=picture.taken_at), image)
        self._stills.offer(self._camera.id, image, at_s=picture.at_s, taken_at=picture.taken_at)
        return watch

    def _decoded(self, picture: CapturedFrame) -> Image | None:
        began_s = self._clocks.monotonic()
        try:
            image = picture.image()
        except SourceError as error:
            self.unreadable += 1
            self._undecoded.inc()
            if self.unreadable == 1:
                log.warning("camera %s: %s", self._camera.id, error)
            return None
        finally:
            self._decode_s.inc(self._clocks.monotonic() - began_s)
        self.unreadable = 0
        return image

    def _new_watch(self, frame_px: tuple[int, int]) -> CameraWatch:
        """A watch that knows what an earlier one learned; one without places where they don't fit."""
        self.misfit = None
        expected_px = self._camera.size_px or frame_px
        try:
            covers, zones = covers_and_zones(self._camera, expected_px, self._time_zone)
            watch = CameraWatch(
                covers=covers,
                zones=zones,
                frame_px=expected_px,
                settings=self._settings,
                recogniser=self._recogniser,
                veto=self._veto,
            )
        except (LayoutError, DetectorError) as error:
            self.misfit = str(error)
            log.error("camera %s is not watched: %s", self._camera.id, error)  # noqa: TRY400 no trace helps
            return CameraWatch(covers=(), zones=(), frame_px=frame_px)
        learned = self._learned.load(self._camera.id)
        watch.remember(learned)
        names = [name.split("/") for name in learned]
        self._reporter.begin(watch, known_empty={name[1] for name in names if name[0] == ZONES})
        self._sampling.wanted_gap_s = watch.wanted_gap_s
        self._sampling.longest_gap_s = watch.longest_gap_s
        return watch

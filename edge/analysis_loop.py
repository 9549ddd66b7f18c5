"""Analyses one camera's frames whenever its turn comes, and reports the results."""

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
from edge.checks import covers_and_zones, unseen_sizes
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
    """The time between two looks; known once the first frame has shown its size.

    Attributes:
        wanted_gap_s: wanted time between two looks, seconds.
        longest_gap_s: time between two looks above which incidents may be missed, seconds.
    """

    wanted_gap_s: float = 2.0
    longest_gap_s: float = 6.0


class AnalysisLoop:
    """The work of a camera's second worker.

    Args:
        camera: its settings.
        queue: holds its newest frames.
        sampling: takes the gaps that the detectors want.
        reporter: reports its incidents.
        time_zone: of the hours of its zones.
        recogniser: classifies an object before its incident begins; None without the detection model.
        recognition: the settings of the recogniser.
        veto: the city's own model; None without one.
        learned: stores what the detectors learned.
        scheduler: grants turns.
        stills: takes its newest still.
        metrics: of the box.
        remember_every_s: seconds between two saves of what the detectors learned.
        clocks: of the machine.
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
        """The fault that the detectors see in the picture; None if there is none."""
        self.misfit: str | None = None
        """The cover or zone that does not fit the picture; None if all fit."""
        self.unreadable = 0
        """Consecutive frames that could not be decoded."""

    def work(self, heartbeat: Heartbeat) -> None:
        """Analyse frames until the heartbeat ends."""
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
        """Wait for a turn and analyse one frame; the frame is freed before the next one."""
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
        heartbeat.note_progress()
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
        """A watch with the data of an earlier one; without covers and zones if one does not fit."""
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
        for text in unseen_sizes(self._camera, zones, expected_px):
            log.warning("camera %s: %s", self._camera.id, text)
        learned = self._learned.load(self._camera.id)
        watch.remember(learned)
        names = [name.split("/") for name in learned]
        self._reporter.begin(watch, known_empty={name[1] for name in names if name[0] == ZONES})
        self._sampling.wanted_gap_s = watch.wanted_gap_s
        self._sampling.longest_gap_s = watch.longest_gap_s
        return watch

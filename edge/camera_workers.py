"""The two workers of one camera: one captures its frames, the other analyses them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, Protocol

from prometheus_client import Counter

from edge.analysis_loop import AnalysisLoop, SamplingInterval
from edge.frame_queue import FrameQueue
from edge.metrics import CameraReading
from edge.settings import Capture, Looks
from edge.sources.captured_frame import CapturedFrame
from edge.sources.video import Clocks, Video
from edge.state import Facts, State, state
from edge.worker import Heartbeat, Worker

_EARLY: Final = 0.95
"""Seconds that a frame may come before its look is due, because frames are not exact to the millisecond."""
_PATIENT_GAPS: Final = 3


class Source(Protocol):
    """A source of frames."""

    def frames(self, heartbeat: Heartbeat) -> Iterator[CapturedFrame]:
        """The frames, each when it is due."""


class CameraWorkers:
    """Keeps both workers of a camera running, and tells its state.

    Args:
        name: the camera's id.
        source: its frames.
        queue: holds the newest frames for the analysis.
        sampling: the time between two looks.
        analysis: the work of the second worker.
        skipped: counts frames that were due and were replaced by a newer one.
        release: gives back the turn of an analysis that hangs.
        looks: settings.
        capture: settings.
        clocks: of the machine.
    """

    def __init__(
        self,
        *,
        name: str,
        source: Source,
        queue: FrameQueue,
        sampling: SamplingInterval,
        analysis: AnalysisLoop,
        skipped: Counter,
        release: Callable[[Heartbeat], None],
        looks: Looks,
        capture: Capture,
        clocks: Clocks,
    ) -> None:
        self.name = name
        self._source = source
        self._queue = queue
        self._sampling = sampling
        self._analysis = analysis
        self._skipped = skipped
        self._patience_s = capture.patience_s
        self._clocks = clocks
        self._began_s = clocks.monotonic()
        self._due_s = 0.0
        self._seen: CapturedFrame | None = None
        self._reader = Worker(
            name=f"capture {name}",
            work=self._read,
            hung_after_s=max(looks.hung_after_s, capture.patience_s + 5),
            longest_pause_s=capture.longest_pause_s,
            clock=clocks.monotonic,
        )
        self._looker = Worker(
            name=f"look {name}",
            work=analysis.work,
            hung_after_s=looks.hung_after_s,
            longest_pause_s=capture.longest_pause_s,
            on_loss=release,
            clock=clocks.monotonic,
        )

    def supervise(self) -> None:
        """Restart workers that failed or hang; called about twice a second."""
        self._reader.supervise()
        self._looker.supervise()

    def stop(self) -> None:
        """Ask both workers to end."""
        self._reader.stop()
        self._looker.stop()

    def join(self, timeout_s: float) -> bool:
        """Wait for both to end; False if one hangs."""
        return self._looker.join(timeout_s) and self._reader.join(timeout_s)

    def state(self) -> tuple[State, str]:
        """The camera's state, and the reason."""
        now = self._clocks.monotonic()
        return state(
            Facts(
                capture=self._reader.condition,
                capture_reason=self._reader.reason,
                looking=self._looker.condition,
                looking_reason=self._looker.reason,
                misfit=self._analysis.misfit,
                since_picture_s=now - (self._seen.at_s if self._seen is not None else self._began_s),
                any_picture=self._seen is not None,
                unreadable=self._analysis.unreadable,
                patience_s=max(self._patience_s, _PATIENT_GAPS * self._sampling.wanted_gap_s),
                fault=self._analysis.fault,
            )
        )

    def reading(self) -> CameraReading:
        """The values for a scrape."""
        video = self._source if isinstance(self._source, Video) else None
        return CameraReading(
            camera=self.name,
            state=self.state()[0],
            restarts={"capture": self._reader.restarts, "look": self._looker.restarts},
            left_behind=self._reader.left_behind + self._looker.left_behind,
            keyframe_gap_s=video.keyframes.interval_s if video is not None else None,
            decodes_all=video is not None and video.decodes_all,
            seen_at=self._seen.taken_at if self._seen is not None else None,
        )

    def _read(self, heartbeat: Heartbeat) -> None:
        """Put every frame that is due into the queue."""
        for picture in self._source.frames(heartbeat):
            if heartbeat.is_over():
                return
            heartbeat.note_progress()
            self._seen = picture
            if picture.at_s >= self._due_s:
                self._due_s = picture.at_s + _EARLY * self._sampling.wanted_gap_s
                if self._queue.put(picture):
                    self._skipped.inc()

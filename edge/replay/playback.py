"""Plays a recorded clip through the edge's own capture and detectors, as fast as the machine can.

Time is simulated: a wait until a frame is due returns at once. Several sampling phases can share one pass.
Each has its own detectors, and its looks are a little later than those of the phase before.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from detectors.look import Image, Look
from detectors.watch import CameraWatch, IncidentChange, Refusal, Report
from edge.analysis_loop import SamplingInterval
from edge.sources.decode_choice import Decode
from edge.sources.video import Clocks, Video
from edge.worker import Heartbeat

_EARLY: Final = 0.95
"""Seconds, as on the box: frames are not exact to the millisecond."""
_ATTACHED_S: Final = 5.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ReplayedIncident:
    """An incident of a replay, from its beginning to its end, if it ended.

    Attributes:
        begun: the finding at its beginning.
        at_s: when its beginning was reported, seconds into the clip.
        ended: the finding at its end; None while it is open.
        ended_s: when its end was reported, seconds into the clip; None while it is open.
    """

    begun: IncidentChange
    at_s: float
    ended: IncidentChange | None = None
    ended_s: float | None = None


@dataclass(slots=True, eq=False)
class SamplingPhase:
    """One pass of the detectors through the clip.

    Attributes:
        shift_s: time of the first look, seconds into the clip.
        incidents: by the incident's key, in the order of beginning.
        refusals: incidents that a model kept from beginning, each with its time, seconds into the clip.
        looks: number of looks.
        faults: looks by the fault of the camera.
        analysis_s: processor time of the detectors, seconds.
        last_s: time of the last look, seconds into the clip.
    """

    shift_s: float
    incidents: dict[tuple[str, str, int], ReplayedIncident] = field(default_factory=dict)
    refusals: list[tuple[float, Refusal]] = field(default_factory=list)
    looks: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    analysis_s: float = 0.0
    last_s: float = 0.0
    _watch: CameraWatch | None = None
    _due_s: float = 0.0

    def take(
        self,
        image: Image,
        at_s: float,
        make: Callable[[tuple[int, int]], CameraWatch],
        taken_at: float | None = None,
    ) -> Report:
        """Analyse one look; `taken_at` is its time in seconds since the epoch, if known."""
        if self._watch is None:
            self._watch = make((image.shape[1], image.shape[0]))
        began_s = time.process_time()
        report = self._watch.look(Look.of(image, at_s, taken_at))
        self.analysis_s += time.process_time() - began_s
        self.looks += 1
        self.last_s = at_s
        if report.health.fault is not None:
            name = str(report.health.fault)
            self.faults[name] = self.faults.get(name, 0) + 1
        self.refusals += [(at_s, refusal) for refusal in report.refusals]
        for incident in report.incidents:
            begun = self.incidents.get(incident.key)
            self.incidents[incident.key] = (
                ReplayedIncident(begun=incident, at_s=at_s)
                if begun is None
                else ReplayedIncident(begun=begun.begun, at_s=begun.at_s, ended=incident, ended_s=at_s)
            )
        return report

    def is_due(self, at_s: float, gap_s: float) -> bool:
        """Whether a picture of this time becomes a look; if so, the next one is due after the gap."""
        if at_s < max(self._due_s, self.shift_s) - 1e-6:
            return False
        self._due_s = at_s + _EARLY * gap_s
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """The result of a replay.

    Attributes:
        phases: each pass of the detectors.
        seconds: length of the clip.
        cpu_s: processor time of everything, including reading and decoding, seconds.
        wall_s: elapsed time, seconds.
        keyframe_gap_s: longest gap between keyframes, seconds; None if there was only one.
        decodes_all: whether every frame had to be decoded.
    """

    phases: list[SamplingPhase]
    seconds: float
    cpu_s: float
    wall_s: float
    keyframe_gap_s: float | None
    decodes_all: bool


OnLook = Callable[[int, float, Image, Report], None]


def play(
    file: Path,
    make: Callable[[tuple[int, int]], CameraWatch],
    *,
    phases: int = 1,
    decode: Decode = "auto",
    begins_at: float | None = None,
    on_look: OnLook | None = None,
) -> Replay:
    """Play a clip from its beginning to its end.

    Args:
        file: the clip.
        make: makes the detectors for pictures of (columns, rows).
        phases: number of sampling phases in the pass; with more than one, all frames are decoded.
        decode: which frames are decoded.
        begins_at: when it was filmed, seconds since the epoch; without it allowed hours are ignored.
        on_look: called after each look: phase, time, picture, report.

    Raises:
        SourceError: the clip cannot be read.
    """
    sampling = SamplingInterval()
    clock = _SimulatedClock()
    clocks = Clocks(monotonic=clock, wall=clock)
    video = Video(
        camera=file.name,
        url=str(file),
        live=False,
        loop=False,
        transport="tcp",
        patience_s=_ATTACHED_S,
        decode="all" if phases > 1 else decode,
        longest_gap_s=lambda: sampling.longest_gap_s,
        clocks=clocks,
    )
    cpu_s, wall_s = time.process_time(), time.monotonic()
    watches: list[SamplingPhase] = []
    at_s = 0.0

    def make_and_tell(frame_px: tuple[int, int]) -> CameraWatch:
        watch = make(frame_px)
        sampling.wanted_gap_s, sampling.longest_gap_s = watch.wanted_gap_s, watch.longest_gap_s
        return watch

    for picture in video.frames(_NoWaiting(clock)):
        at_s = picture.at_s
        image: Image | None = None
        if not watches:
            image = picture.image()
            make_and_tell((image.shape[1], image.shape[0]))
            watches = [
                SamplingPhase(shift_s=index * sampling.wanted_gap_s / phases) for index in range(phases)
            ]
        interval_s = (video.keyframes.interval_s or 0.0) if video.keyframes.enough else 0.0
        gap_s = max(sampling.wanted_gap_s, interval_s)
        for index, phase in enumerate(watches):
            if phase.is_due(at_s, gap_s):
                image = picture.image() if image is None else image
                taken_at = None if begins_at is None else begins_at + at_s
                report = phase.take(image, at_s, make_and_tell, taken_at)
                if on_look is not None:
                    on_look(index, at_s, image, report)
    return Replay(
        phases=watches,
        seconds=at_s,
        cpu_s=time.process_time() - cpu_s,
        wall_s=time.monotonic() - wall_s,
        keyframe_gap_s=video.keyframes.interval_s,
        decodes_all=video.decodes_all,
    )


class _SimulatedClock:
    """A clock that changes only when it is set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class _NoWaiting(Heartbeat):
    """A heartbeat whose waits return at once."""

    def __init__(self, clock: _SimulatedClock) -> None:
        super().__init__(clock)
        self._made = clock

    def wait_until(self, moment_s: float) -> bool:
        """Set the clock to this time and return."""
        self._made.now = max(self._made.now, moment_s)
        return not self.is_over()


def in_order(phase: SamplingPhase) -> Iterator[ReplayedIncident]:
    """The incidents in the order of their reports."""
    yield from sorted(phase.incidents.values(), key=lambda incident: incident.at_s)

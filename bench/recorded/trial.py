"""One clip before the detectors: what each zone and each phase of the sampling found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np

from bench.errors import BenchError
from bench.recorded.folder import Event, RecordedClip
from bench.zone_variants import AS_DRAWN, zone_variants
from detectors.errors import DetectorError
from detectors.places import Polygon, Purpose, Zone, polygon
from detectors.recognition.admission import Recogniser
from detectors.watch import CameraWatch
from edge.errors import EdgeError, SourceError
from edge.replay.playback import in_order, play
from edge.replay.score import Reported, match
from edge.replay.summary import reported

WHOLE: Final = "whole picture"
_STAYS_DWELLS: Final = 1.5
"""An object that stays for less is not asked for: a report comes some looks after the dwell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What became of one event.

    Attributes:
        event: its name.
        group: of what kind it is.
        asked: whether it stays 1.5 dwells or more, with its foot in the zone; a report is no fault if not.
        delay_s: from its coming to rest to the first report; None without one.
        doubled: reports beyond the first.
    """

    event: str
    group: str
    asked: bool
    delay_s: float | None
    doubled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One zone and one phase of a clip.

    Attributes:
        clip: its name.
        zone: the zone's name.
        dwell_s: its dwell.
        phase: number of the phase, from 0.
        shift_s: the moment of the phase's first look.
        seconds: length of the clip.
        found: one for each event.
        false: box and time of each report that belongs to no event.
        ms_per_look: processor time of the detectors, all zones together.
    """

    clip: str
    zone: str
    dwell_s: float
    phase: int
    shift_s: float
    seconds: float
    found: tuple[Found, ...]
    false: tuple[tuple[float, tuple[float, ...]], ...]
    ms_per_look: float


def trials(
    clip: RecordedClip,
    *,
    dwell_s: float,
    phases: int,
    purpose: Purpose,
    vary: bool = False,
    recogniser: Recogniser | None = None,
) -> list[Trial]:
    """Watch a clip through all its zones at once; with `vary` each zone is also moved, grown and shrunk.

    Args:
        clip: the clip.
        dwell_s: the zones' dwell.
        phases: shifts of the sampling.
        purpose: what the zones look for.
        vary: whether each zone is changed, too.
        recogniser: tells what stands there, as on a box with the detection model; None for one without.

    Raises:
        BenchError: the clip cannot be played, or a zone or an event does not lie in its picture.
    """
    zones: list[Zone] = []

    def make(frame_px: tuple[int, int]) -> CameraWatch:
        if not zones:
            zones.extend(_zones(clip, frame_px, dwell_s, purpose, vary=vary))
        return CameraWatch(covers=[], zones=zones, frame_px=frame_px, recogniser=recogniser)

    try:
        result = play(clip.file, make, phases=phases)
    except (EdgeError, SourceError, DetectorError) as error:
        raise BenchError(f"{clip.name}: {error}") from None
    if not zones:
        raise BenchError(f"{clip.name} shows no picture; give a video that can be played")
    return [
        Trial(
            clip=clip.name,
            zone=zone.id,
            dwell_s=dwell_s,
            phase=number,
            shift_s=round(phase.shift_s, 3),
            seconds=round(result.seconds, 1),
            ms_per_look=round(1000 * phase.analysis_s / max(1, phase.looks), 2),
            **_outcome(
                clip.events,
                [reported(one) for one in in_order(phase) if one.begun.change.observation.place == zone.id],
                zone,
                result.seconds,
            ),
        )
        for number, phase in enumerate(result.phases)
        for zone in zones
    ]


def _outcome(
    events: Sequence[Event], reports: Sequence[Reported], zone: Zone, seconds: float
) -> dict[str, Any]:
    matches = match([event.truth for event in events], reports)
    found = tuple(
        Found(
            event=event.name,
            group=event.group,
            asked=_is_asked(event, zone, seconds),
            delay_s=round(of_it[0].at_s - event.truth.begins_s, 2) if of_it else None,
            doubled=max(0, len(of_it) - 1),
        )
        for event, of_it in zip(events, matches.of_event, strict=True)
    )
    return {"found": found, "false": tuple((round(one.at_s, 2), one.box) for one in matches.false)}


def _is_asked(event: Event, zone: Zone, seconds: float) -> bool:
    ends_s = seconds if event.truth.ends_s is None else event.truth.ends_s
    if ends_s - event.truth.begins_s < _STAYS_DWELLS * zone.dwell_s:
        return False
    left, _, right, bottom = event.truth.boxes[0]
    foot = ((left, bottom), ((left + right) / 2, bottom), (right, bottom))
    return all(cv2.pointPolygonTest(zone.outline, point, measureDist=False) >= 0 for point in foot)


def _zones(
    clip: RecordedClip, frame_px: tuple[int, int], dwell_s: float, purpose: Purpose, *, vary: bool
) -> list[Zone]:
    columns, rows = frame_px
    for event in clip.events:
        for left, top, right, bottom in event.truth.boxes[:1]:
            if right > columns or bottom > rows:
                box = f"[{left:g}, {top:g}, {right:g}, {bottom:g}]"
                raise BenchError(f"{clip.name}: the box {box} lies outside its {columns} x {rows} pixels")
    drawn = {zone.id: polygon(zone.polygon_px) for zone in clip.zones}
    drawn = drawn or {WHOLE: polygon([[0, 0], [columns, 0], [columns, rows], [0, rows]])}
    for name, outline in drawn.items():
        if not _is_within(outline, frame_px):
            raise BenchError(f"{clip.name}: zone {name} lies outside its {columns} x {rows} pixels")
    made = [
        Zone(id=name, outline=outline, purpose=purpose, dwell_s=dwell_s) for name, outline in drawn.items()
    ]
    if not vary:
        return made
    return [
        Zone(
            id=zone.id if change == AS_DRAWN else f"{zone.id}, {change}",
            outline=changed.outline,
            purpose=purpose,
            dwell_s=dwell_s,
        )
        for zone in made
        for change, changed in zone_variants(zone, frame_px).items()
    ]


def _is_within(outline: Polygon, frame_px: tuple[int, int]) -> bool:
    return bool((outline >= 0).all() and (outline <= np.array(frame_px)).all())

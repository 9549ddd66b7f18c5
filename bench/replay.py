"""`streetwarden replay VIDEO`: what a box would have reported of a recorded clip, and how well."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, get_args

import click
import cv2

from bench import truth as truth_files
from bench.clip import Finding, Phase, Replay, Seen, in_order, play
from bench.drawn import DrawnVideo, sheet
from bench.errors import BenchError
from detectors.errors import DetectorError
from detectors.look import Image
from detectors.score import Reported, Truth, score
from detectors.veto.decision import Veto
from detectors.watch import CameraWatch, Report
from edge.checks import clock_zone, covers_and_zones
from edge.errors import LayoutError, SourceError
from edge.second_look import veto_of
from edge.settings import Camera, Settings
from edge.sources.video import Decode
from program import settings

_TOTALS: Final = ("found", "missed", "false", "doubled")


@click.command(name="replay")
@click.argument("video", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--config",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The box's TOML file with the camera that filmed it.",
)
@click.option("--camera", "name", help="Which [[camera]] of it; not needed when there is one.")
@click.option("--truth", type=click.Path(path_type=Path, dir_okay=False), help="What really happens, JSON.")
@click.option("--phases", default=1, show_default=True, help="Shifts of the sampling to try, in one pass.")
@click.option(
    "--decode",
    type=click.Choice(get_args(Decode)),
    default="auto",
    show_default=True,
    help="Which frames to decode, as capture.decode; more than one phase decodes all.",
)
@click.option(
    "--begins",
    type=click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]),
    help="When it was filmed, by box.time_zone; without it the allowed hours of zones do not count.",
)
@click.option(
    "--draw",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a video of the looks, and a sheet of the incidents beside it (.jpg).",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def command(
    *,
    video: Path,
    config: Path,
    name: str | None,
    truth: Path | None,
    phases: int,
    decode: Decode,
    begins: datetime | None,
    draw: Path | None,
    as_json: bool,
) -> None:
    """Run the box's own detectors over a recorded VIDEO, faster than real time.

    Prints the incidents with times and boxes; with --truth also what was found, missed, false and doubled.
    """
    if phases < 1:
        raise BenchError("--phases must be at least 1")
    cv2.setNumThreads(1)
    filmed = chosen(config, name, video)
    camera = filmed.camera
    truths = truth_files.events_of(truth_files.read(truth), video) if truth is not None else None
    with ExitStack() as ending:
        drawn = (
            ending.enter_context(DrawnVideo(draw, *covers_and_zones(camera, None, filmed.time_zone)))
            if draw
            else None
        )

        def seen(phase: int, at_s: float, image: Image, report: Report) -> None:
            if drawn is not None and phase == 0:
                drawn.add(at_s, image, report)

        result = watched(video, filmed, phases=phases, decode=decode, begins=begins, seen=seen)
    if draw is not None:
        sheet(list(in_order(result.phases[0])), draw.with_suffix(".jpg"))
    summary = told(video, camera, result, truths)
    click.echo(json.dumps(summary) if as_json else in_words(summary))


@dataclass(frozen=True, slots=True, kw_only=True)
class Filmed:
    """A camera as its box has it.

    Attributes:
        camera: its settings.
        time_zone: of the hours of its zones.
        veto: the box's, if it has one.
    """

    camera: Camera
    time_zone: str
    veto: Veto | None


def chosen(config: Path, name: str | None, video: Path) -> Filmed:
    """The camera that filmed a clip: the one that is named, the only one, or the one whose source it is.

    Raises:
        BenchError: there is no such camera, or several could be meant.
        EdgeError: the box has a model that cannot be asked.
    """
    box = settings.load(Settings, program="edge", file=config, environment=os.environ)
    fitting = [camera for camera in box.camera if name is None or camera.id == name]
    if name is None and len(fitting) > 1:
        fitting = [camera for camera in fitting if Path(camera.source).name == video.name] or fitting
    if len(fitting) != 1:
        known = ", ".join(camera.id for camera in box.camera) or "none"
        raise BenchError(
            f"{config} has the cameras: {known}; say with --camera which one filmed {video.name}"
        )
    veto = veto_of(box.veto, config.parent)
    return Filmed(camera=fitting[0], time_zone=box.box.time_zone, veto=veto)


def watched(
    video: Path,
    filmed: Filmed,
    *,
    phases: int,
    decode: Decode = "auto",
    begins: datetime | None = None,
    seen: Seen | None = None,
) -> Replay:
    """Play the clip to the camera's detectors.

    Raises:
        BenchError: the clip cannot be read, or a cover or zone does not fit it.
    """
    camera, time_zone = filmed.camera, filmed.time_zone

    def make(frame_px: tuple[int, int]) -> CameraWatch:
        covers, zones = covers_and_zones(camera, frame_px, time_zone)
        return CameraWatch(covers=covers, zones=zones, frame_px=frame_px, second_look=filmed.veto)

    if begins is not None and not time_zone:
        raise BenchError("--begins needs the time zone that it is written in; give box.time_zone")
    try:
        begins_at = begins.replace(tzinfo=clock_zone(time_zone)).timestamp() if begins is not None else None
        result = play(video, make, phases=phases, decode=decode, begins_at=begins_at, seen=seen)
    except SourceError as error:
        raise BenchError(f"{error}; give a video file that can be played") from None
    except (LayoutError, DetectorError) as error:
        raise BenchError(f"camera {camera.id} does not fit {video.name}: {error}") from None
    if not result.phases:
        raise BenchError(f"{video} holds no picture; give a video file that can be played")
    return result


def told(video: Path, camera: Camera, result: Replay, truths: list[Truth] | None) -> dict[str, Any]:
    """The outcome as one JSON object."""
    phases = [_phase(phase, truths) for phase in result.phases]
    summary: dict[str, Any] = {
        "video": video.name,
        "camera": camera.id,
        "seconds": round(result.seconds, 1),
        "times_real_time": round(result.seconds / max(result.wall_s, 1e-6), 1),
        "keyframe_gap_s": result.keyframe_gap_s,
        "every_frame_decoded": result.dense,
        "phases": phases,
    }
    if len(phases) == 1:
        summary["cpu_ms_per_camera_second"] = round(1000 * result.cpu_s / max(result.seconds, 1e-6), 2)
    if truths is not None:
        summary["score"] = {total: sum(one["score"][total] for one in phases) for total in _TOTALS}
        summary["worst_phase"] = min(
            phases, key=lambda one: one["score"]["found"] - one["score"]["false"] - one["score"]["doubled"]
        )["shift_s"]
    return summary


def _phase(phase: Phase, truths: list[Truth] | None) -> dict[str, Any]:
    findings = list(in_order(phase))
    outcome: dict[str, Any] = {
        "shift_s": round(phase.shift_s, 3),
        "looks": phase.looks,
        "analysis_ms_per_look": round(1000 * phase.analysis_s / max(1, phase.looks), 2),
        "camera_faults": phase.faults,
        "incidents": [_incident(finding) for finding in findings],
    }
    if truths is not None:
        outcome["score"] = asdict(score(truths, [_reported(finding) for finding in findings]))
    return outcome


def _incident(finding: Finding) -> dict[str, Any]:
    row = finding.begun.change.observation
    return {
        "kind": finding.begun.kind,
        "place": row.place,
        "told_s": round(finding.at_s, 2),
        "since_s": round(finding.begun.change.since_s, 2),
        "end_told_s": None if finding.ended_s is None else round(finding.ended_s, 2),
        "confidence": round(row.confidence, 3),
        "box_px": [round(edge, 1) for edge in row.box_px],
    }


def _reported(finding: Finding) -> Reported:
    return Reported(
        kind=finding.begun.kind,
        at_s=finding.at_s,
        ended_s=finding.ended_s,
        box=finding.begun.change.observation.box_px,
    )


def in_words(summary: dict[str, Any]) -> str:
    """The outcome for people."""
    speed = f"{summary['seconds']} s watched at {summary['times_real_time']} times real time"
    lines = [f"{summary['video']}, camera {summary['camera']}: {speed}"]
    for phase in summary["phases"]:
        lines.append(f"looks from {phase['shift_s']} s on ({phase['looks']}):")
        for one in phase["incidents"]:
            end = "still open" if one["end_told_s"] is None else f"ended {one['end_told_s']} s"
            box = ", ".join(f"{edge:.0f}" for edge in one["box_px"])
            what = f"{one['kind']} at {one['place']}, since {one['since_s']} s, {end}"
            lines.append(f"  {one['told_s']:8.1f} s  {what}, confidence {one['confidence']:.2f}, box {box}")
        if not phase["incidents"]:
            lines.append("  no incident")
        if phase["camera_faults"]:
            lines.append(f"  camera faults, looks: {phase['camera_faults']}")
        if "score" in phase:
            of = phase["score"]
            lines.append("  " + ", ".join(f"{of[total]} {total}" for total in _TOTALS))
    return "\n".join(lines)


if __name__ == "__main__":
    command()

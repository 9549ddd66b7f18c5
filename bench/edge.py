"""`scripts/bench edge`: the processor time of a camera, compared with MOG2, and a box's capacity.

Synthetic streets as 1080p25 H.264 with a keyframe every 2 s; covers, zones and health, default settings.
`cpu_ms_per_camera_second` is processor time of capture, decoding and detectors for each second of video. The
simple pipeline decodes every frame and runs OpenCV's MOG2 at 480x270. `--cameras 100` runs 100 cameras at
once. `--size` measures smaller pictures too, with keyframes and with every frame decoded.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import av
import click
import cv2

from bench.box_run import run_boxes
from bench.figures import rounded, spread
from bench.sized_film import SIZES, scaled_camera, scaled_clip, size_of
from bench.street_film import CAMERAS, folder
from edge.replay.camera import ReplayedCamera, camera_of, replayed
from edge.replay.playback import Replay
from edge.replay.summary import summary_of
from edge.replay.truth import events_of, read

_KEPT: Final = Path(".streetwarden") / "bench"
_PLAIN_S: Final = 60.0
_PLAIN_SIZE: Final = (480, 270)
_GOALS: Final = (
    "goals: ours <= 16 ms a camera-second; plain >= 6 x ours; 100 cameras on two cores, every look done"
)


@click.command(name="edge")
@click.option("--rounds", default=3, show_default=True, help="How often each clip is analysed.")
@click.option("--film-s", default=300.0, show_default=True, help="Length of the clips; they are kept.")
@click.option(
    "--cameras", default=0, show_default=True, help="Also run this number of cameras at once, in real time."
)
@click.option("--seconds", default=300.0, show_default=True, help="For how long.")
@click.option(
    "--size",
    "sizes",
    type=click.Choice(SIZES),
    multiple=True,
    help="Also measure the clips at this size; several.",
)
@click.option(
    "--dwell-s", type=float, help="Dwell of the zones in the clips of other sizes; default: their own."
)
@click.option("--json", "as_json", is_flag=True, help="Print only the last line, the JSON object.")
def command(
    *,
    rounds: int,
    film_s: float,
    cameras: int,
    seconds: float,
    sizes: tuple[str, ...],
    dwell_s: float | None,
    as_json: bool,
) -> None:
    """Measure processor time per camera-second, ours and MOG2's; with --cameras, in real time."""
    cv2.setNumThreads(1)
    film = folder(_KEPT, film_s)
    truth = read(film / "truth.json")
    clips = sorted(film / "clips" / f"{name}.mp4" for name in CAMERAS)
    settings = {clip: camera_of(film / "edge-cameras.toml", clip.stem, clip) for clip in clips}
    ours: dict[str, list[float]] = {clip.stem: [] for clip in clips}
    plain: list[float] = []
    scores: dict[str, Any] = {}
    split: dict[str, Any] = {}
    for _ in range(rounds):
        for clip in clips:  # by turns, so that what else the machine does hits both
            result = replayed(clip, settings[clip], phases=1)
            ours[clip.stem].append(1000 * result.cpu_s / result.seconds)
            scores[clip.stem] = summary_of(clip, settings[clip].camera, result, events_of(truth, clip))[
                "score"
            ]
            split[clip.stem] = _split(result)
        plain.append(_plain_ms(clips[0]))
    mean = [sum(values) / len(values) for values in zip(*ours.values(), strict=True)]
    figures: dict[str, Any] = {
        "cpu_ms_per_camera_second": spread(mean),
        "by_clip": {name: spread(values) for name, values in ours.items()},
        "split_ms": split,
        "plain_ms_per_camera_second": spread(plain),
        "plain_over_ours": rounded(spread(plain)["median"] / spread(mean)["median"]),
        "score": scores,
        "goals": _GOALS,
    }
    if sizes:
        figures["by_size"] = {
            size: {clip.stem: _of_size(clip, settings[clip], size_of(size), dwell_s) for clip in clips}
            for size in sizes
        }
    if cameras:
        figures["at_once"] = _at_once(film, cameras, seconds)
    if not as_json:
        click.echo(json.dumps(figures, indent=1))
    click.echo(json.dumps(figures))


def _split(result: Replay) -> dict[str, float]:
    """Our processor time by stage, for each camera-second."""
    (phase,) = result.phases
    analysis = 1000 * phase.analysis_s / result.seconds
    return {
        "total": rounded(1000 * result.cpu_s / result.seconds),
        "detectors": rounded(analysis),
        "reading_and_decoding": rounded(1000 * result.cpu_s / result.seconds - analysis),
        "looks_per_second": rounded(phase.looks / result.seconds),
        "detectors_per_look": rounded(1000 * phase.analysis_s / max(1, phase.looks)),
    }


def _of_size(
    clip: Path, filmed: ReplayedCamera, size_px: tuple[int, int], dwell_s: float | None
) -> dict[str, Any]:
    """Our processor time by stage at another size: with keyframes, and with every frame decoded."""
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        from_px = (stream.width, stream.height)
    small = scaled_clip(clip, size_px)
    camera = replace(filmed, camera=scaled_camera(filmed.camera, from_px, size_px, dwell_s))
    return {decode: _split(replayed(small, camera, phases=1, decode=decode)) for decode in ("auto", "all")}


def _plain_ms(clip: Path) -> float:
    """Decode every frame, scale it down, and run MOG2."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    subtractor = cv2.createBackgroundSubtractorMOG2()
    began_s, seconds = time.process_time(), 0.0
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        for frame in container.decode(stream):
            seconds = frame.time or 0.0
            if seconds >= _PLAIN_S:
                break
            small = cv2.resize(frame.to_ndarray(format="bgr24"), _PLAIN_SIZE, interpolation=cv2.INTER_AREA)
            mask = cv2.morphologyEx(subtractor.apply(small), cv2.MORPH_OPEN, kernel)
            cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return 1000 * (time.process_time() - began_s) / seconds


def _at_once(film: Path, cameras: int, seconds: float) -> dict[str, Any]:
    run = run_boxes(film, cameras=cameras, seconds=seconds)
    return {
        **asdict(run),
        "every_look_done": run.looks_skipped == 0 and run.looks_done >= 0.98 * run.looks_due,
        "cpu_ms_per_camera_second": rounded(1000 * run.cpu_s / (cameras * run.seconds)),
    }

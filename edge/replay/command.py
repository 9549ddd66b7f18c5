"""`streetwarden replay VIDEO`: what a box would have reported for a recorded clip, and the score."""

from __future__ import annotations

import json
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import get_args

import click
import cv2

from detectors.look import Image
from detectors.watch import Report
from edge.checks import covers_and_zones, unseen_sizes
from edge.replay import truth as truth_files
from edge.replay.annotated import AnnotatedVideo, contact_sheet
from edge.replay.camera import camera_of, replayed
from edge.replay.errors import ReplayError
from edge.replay.explanation import as_json as as_json_object
from edge.replay.explanation import in_words as thresholds_in_words
from edge.replay.explanation import thresholds
from edge.replay.playback import in_order
from edge.replay.summary import in_words, summary_of
from edge.sources.decode_choice import Decode


@click.command(name="replay")
@click.argument("video", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The box's TOML file with the camera that filmed it.",
)
@click.option("--camera", "name", help="The [[camera]] in it; not needed if there is only one.")
@click.option("--truth", type=click.Path(path_type=Path, dir_okay=False), help="The ground truth, JSON.")
@click.option("--phases", default=1, show_default=True, help="Number of sampling phases to try in one pass.")
@click.option(
    "--decode",
    type=click.Choice(get_args(Decode)),
    default="auto",
    show_default=True,
    help="The frames to decode, as capture.decode; with more than one phase all are decoded.",
)
@click.option(
    "--begins",
    type=click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]),
    help="When it was filmed, in box.time_zone; without it the allowed hours of zones are ignored.",
)
@click.option(
    "--draw",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a video of the looks, and a contact sheet of the incidents with the same name (.jpg).",
)
@click.option(
    "--explain",
    is_flag=True,
    help="Print the cues behind each incident, and every threshold: unit, meaning, origin. Needs no VIDEO.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def command(
    *,
    video: Path | None,
    config: Path | None,
    name: str | None,
    truth: Path | None,
    phases: int,
    decode: Decode,
    begins: datetime | None,
    draw: Path | None,
    explain: bool,
    as_json: bool,
) -> None:
    """Run the box's own detectors on a recorded VIDEO, faster than real time.

    Prints the incidents with times and boxes; with --truth also what was found, missed, false and doubled.
    """
    if explain and video is None:
        found = thresholds()
        click.echo(
            json.dumps({"thresholds": as_json_object(found)}) if as_json else thresholds_in_words(found)
        )
        return
    if video is None or config is None:
        missing = "VIDEO, a recorded clip" if video is None else "--config, the box's settings"
        raise ReplayError(f"replay needs {missing}; only --explain works without")
    if phases < 1:
        raise ReplayError("--phases must be at least 1")
    cv2.setNumThreads(1)
    filmed = camera_of(config, name, video)
    camera = filmed.camera
    truths = truth_files.events_of(truth_files.read(truth), video) if truth is not None else None
    with ExitStack() as ending:
        drawn = (
            ending.enter_context(AnnotatedVideo(draw, *covers_and_zones(camera, None, filmed.time_zone)))
            if draw
            else None
        )

        unseen: list[str] | None = None

        def on_look(phase: int, at_s: float, image: Image, report: Report) -> None:
            nonlocal unseen
            if unseen is None:
                frame_px = (image.shape[1], image.shape[0])
                _, zones = covers_and_zones(camera, frame_px, filmed.time_zone)
                unseen = unseen_sizes(camera, zones, frame_px)
            if drawn is not None and phase == 0:
                drawn.add(at_s, image, report)

        result = replayed(video, filmed, phases=phases, decode=decode, begins=begins, on_look=on_look)
    if draw is not None:
        contact_sheet(list(in_order(result.phases[0])), draw.with_suffix(".jpg"))
    summary = summary_of(video, camera, result, truths, cues=explain)
    summary["warnings"] = unseen or []
    if explain:
        summary["thresholds"] = as_json_object(thresholds())
    click.echo(json.dumps(summary) if as_json else in_words(summary))
    if explain and not as_json:
        click.echo(thresholds_in_words(thresholds()))


if __name__ == "__main__":
    command()

"""`scripts/bench real-clips`: left objects on recorded clips of fixed cameras.

The folder is the caller's: its truth file says what happens (docs/real-clips.md), and nothing here knows a
clip. One default setting serves all. Without zones in the truth file the whole picture is one zone.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path

import click
import cv2

from bench.detector_version import detector_commit
from bench.errors import BenchError
from bench.recorded.folder import RecordedClip, clips_of
from bench.recorded.pasted import pasted
from bench.recorded.tally import tally
from bench.recorded.trial import Trial, trials
from detectors.places import Purpose
from edge.recognition import UnlimitedRecogniser, load_model
from edge.settings import Recognition


@click.command(name="real-clips")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--phases", default=5, show_default=True, type=click.IntRange(1, 50), help="Shifts of the sampling."
)
@click.option(
    "--dwell-s", default=(6.0,), show_default=True, multiple=True, type=click.FloatRange(2, 86_400),
    help="The zones' dwell; several.",
)  # fmt: skip
@click.option("--vary", is_flag=True, help="Each zone also moved, grown and shrunk by a tenth.")
@click.option("--detects", type=click.Choice(list(Purpose)), default=Purpose.GOODS, show_default=True)
@click.option(
    "--paste", type=click.IntRange(2, 9), help="So many things instead of one: the clip's own, pasted."
)
@click.option(
    "--apart-s", default=(0.0, 10.0, 30.0), show_default=True, multiple=True, type=click.FloatRange(0),
    help="With --paste: seconds from one thing to the next; several.",
)  # fmt: skip
@click.option("--model/--no-model", default=True, show_default=True, help="With the box's detection model.")
@click.option("--only", default="", help="Only clips whose name holds this.")
@click.option("--json", "as_json", is_flag=True, help="Print only the last line, the JSON object.")
def command(
    *,
    folder: Path,
    phases: int,
    dwell_s: tuple[float, ...],
    vary: bool,
    detects: Purpose,
    paste: int | None,
    apart_s: tuple[float, ...],
    model: bool,
    only: str,
    as_json: bool,
) -> None:
    """Found, missed, false, doubled and delays on the clips of FOLDER, with intervals.

    FOLDER holds a truth.json (or give the file); docs/real-clips.md says how to write one.
    """
    cv2.setNumThreads(1)
    clips = [clip for clip in clips_of(folder) if only in clip.name]
    if not clips:
        raise BenchError(f"no clip of {folder} has {only} in its name; give a part of one that is there")
    loaded = load_model(Recognition(enabled=model))
    recogniser = UnlimitedRecogniser(loaded.model) if loaded.model is not None else None
    done: dict[float, list[Trial]] = {dwell: [] for dwell in dwell_s}
    with tempfile.TemporaryDirectory(prefix="streetwarden-clips-") as made:
        for clip in _with_pasted(clips, paste, apart_s, Path(made)):
            for dwell, of_dwell in done.items():
                found = trials(
                    clip, dwell_s=dwell, phases=phases, purpose=Purpose(detects), vary=vary,
                    recogniser=recogniser,
                )  # fmt: skip
                of_dwell.extend(found)
                if not as_json:
                    for one in found:
                        click.echo(json.dumps(asdict(one)))
    figures = {f"{dwell:g}": tally(of_dwell) for dwell, of_dwell in done.items()}
    click.echo(json.dumps({"detectors": detector_commit(), "model": recogniser is not None, **figures}))


def _with_pasted(
    clips: list[RecordedClip], things: int | None, apart_s: tuple[float, ...], made: Path
) -> list[RecordedClip]:
    """The clips, or with `things` each of their events with so many, at each distance in time."""
    if things is None:
        return clips
    return [
        pasted(clip, event, things=things, apart_s=apart, into=_folder(made, event.name))
        for clip in clips
        for event in clip.events
        for apart in apart_s
    ]


def _folder(made: Path, name: str) -> Path:
    folder = made / name.replace("/", "-")
    folder.mkdir(exist_ok=True)
    return folder

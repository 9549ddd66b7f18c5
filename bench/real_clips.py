"""`scripts/bench real-clips`: left objects on recorded clips, for several phases of the sampling.

The clips are not part of the project; where they are absent the command says so and claims nothing. One
default setting serves all: the whole picture is one zone, with a dwell of 6 s because clips are short.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click
import cv2

from bench.errors import BenchError
from detectors.places import Purpose, Zone, polygon
from detectors.watch import CameraWatch
from edge.errors import SourceError
from edge.replay.playback import in_order, play
from edge.replay.score import score
from edge.replay.summary import reported
from edge.replay.truth import HandTruth, events_of, read

_TOTALS: Final = ("found", "missed", "false", "doubled")


@click.command(name="real-clips")
@click.option(
    "--truth",
    type=click.Path(path_type=Path),
    default=Path("../shared/data/ground_truth.json"),
    help="The truth file; clips lie where it says, from its folder.",
)
@click.option("--phases", default=5, show_default=True, help="Shifts of the sampling.")
@click.option("--dwell-s", default=6.0, show_default=True, help="The zone's dwell.")
@click.option("--json", "as_json", is_flag=True, help="Print only the last line, the JSON object.")
def command(*, truth: Path, phases: int, dwell_s: float, as_json: bool) -> None:
    """Left objects on recorded clips: found, missed, false, doubled and delay, by clip and phase."""
    if not truth.exists():
        click.echo(json.dumps({"absent": truth.name, "claims": None}))
        return
    cv2.setNumThreads(1)
    told = read(truth)
    if not isinstance(told, HandTruth):
        raise BenchError(f"{truth} is a city's truth; give one written by hand")
    runs: list[dict[str, Any]] = []
    for clip in (*told.clips, *told.negatives):
        file = truth.parent / clip.file
        for run in _runs(file, phases, dwell_s, told):
            runs.append(run)
            if not as_json:
                click.echo(json.dumps(run))
    totals = {name: sum(run[name] for run in runs) for name in _TOTALS}
    click.echo(json.dumps({"dwell_s": dwell_s, "phases": phases, **totals, "runs": runs}))


def _runs(file: Path, phases: int, dwell_s: float, told: HandTruth) -> list[dict[str, Any]]:
    def make(frame_px: tuple[int, int]) -> CameraWatch:
        columns, rows = frame_px
        corners = [[0, 0], [columns, 0], [columns, rows], [0, rows]]
        zone = Zone(id="all", outline=polygon(corners), purpose=Purpose.GOODS, dwell_s=dwell_s)
        return CameraWatch(covers=[], zones=[zone], frame_px=frame_px)

    try:
        result = play(file, make, phases=phases)
    except SourceError as error:
        raise BenchError(f"{error}; put the clips where the truth file says") from None
    truths = events_of(told, file)
    runs = []
    for phase in result.phases:
        reports = [reported(incident) for incident in in_order(phase)]
        runs.append(
            {
                "clip": file.name,
                "shift_s": round(phase.shift_s, 3),
                **asdict(score(truths, reports)),
                "looks": phase.looks,
                "analysis_ms_per_look": round(1000 * phase.analysis_s / max(1, phase.looks), 2),
            }
        )
    return runs

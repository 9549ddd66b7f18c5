"""Scores the left-object detector on recorded clips with a truth file, for several phases of the sampling.

The clips are not part of the project; where they are absent the command says so and claims nothing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import av
import click

from detectors.look import Image, Look
from detectors.places import Purpose, Zone, polygon
from detectors.score import Reported, Truth, score
from detectors.watch import CameraWatch

_DWELL_S: Final = 6.0
_GAP_S: Final = 0.5


@click.command()
@click.option("--truth", type=click.Path(path_type=Path), default=Path("../shared/data/ground_truth.json"))
@click.option("--phases", default=5, show_default=True, help="how many shifts of the sampling are tried")
def command(truth: Path, phases: int) -> None:
    """Left objects on recorded clips: found, missed, false, doubled, delay, per clip and phase."""
    if not truth.exists():
        click.echo(json.dumps({"absent": str(truth), "claims": None}))
        return
    told = json.loads(truth.read_text())
    results = []
    for clip in [*told["clips"], *told["negatives"]]:
        truths = [_truth(event) for event in clip.get("events", [])]
        for phase, (reports, cost_ms) in enumerate(_watch(truth.parent / clip["file"], phases)):
            result = {
                "clip": clip["file"],
                "phase": phase,
                **asdict(score(truths, reports)),
                "ms_a_look": cost_ms,
            }
            results.append(result)
            click.echo(json.dumps(result), err=True)
    totals = {
        name: sum(int(str(one[name])) for one in results) for name in ("found", "missed", "false", "doubled")
    }
    click.echo(json.dumps({"dwell_s": _DWELL_S, "phases": phases, **totals, "runs": results}))


def _truth(event: dict[str, Any]) -> Truth:
    left, top, right, bottom = event["bbox"]
    grown = (left - 4, top - 4, right + 16, bottom + 4)  # the labels' own error, and a bag that topples
    return Truth(
        kind="", begins_s=event["final_rest"], ends_s=event["removed"], boxes=(tuple(event["bbox"]), grown)
    )


def _watch(file: Path, phases: int) -> list[tuple[list[Reported], float]]:
    """One pass over the file serves all phases: each has its own watch."""
    watches: list[CameraWatch | None] = [None] * phases
    reports: list[dict[object, Reported]] = [{} for _ in range(phases)]
    due = [phase * _GAP_S / phases for phase in range(phases)]
    spent, looks = [0.0] * phases, [0] * phases
    for at_s, image in _pictures(file, due):
        for phase in range(phases):
            if at_s + 1e-6 < due[phase]:
                continue
            due[phase] += _GAP_S
            watch = watches[phase] = watches[phase] or _whole_picture(image)
            began = time.process_time()
            report = watch.look(Look.of(image, at_s))
            spent[phase] += time.process_time() - began
            looks[phase] += 1
            for incident in report.incidents:
                row, change = incident.change.observation, incident.change
                if change.phase == "begun":
                    reports[phase][incident.key] = Reported(
                        kind=incident.kind, at_s=at_s, ended_s=None, box=row.box_px
                    )
                else:
                    was = reports[phase][incident.key]
                    reports[phase][incident.key] = Reported(
                        kind=was.kind, at_s=was.at_s, ended_s=at_s, box=was.box
                    )
    return [
        (list(found.values()), round(1000 * cost / max(1, count), 2))
        for found, cost, count in zip(reports, spent, looks, strict=True)
    ]


def _pictures(file: Path, due: list[float]) -> Iterator[tuple[float, Image]]:
    with av.open(str(file)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        rate = float(stream.average_rate or 25)
        for index, frame in enumerate(container.decode(stream)):
            at_s = index / rate
            if at_s + 1e-6 >= min(due):
                yield at_s, frame.to_ndarray(format="bgr24")


def _whole_picture(image: Image) -> CameraWatch:
    rows, columns = image.shape[:2]
    corners = [[0, 0], [columns, 0], [columns, rows], [0, rows]]
    zone = Zone(id="all", outline=polygon(corners), purpose=Purpose.GOODS, dwell_s=_DWELL_S)
    return CameraWatch(covers=[], zones=[zone], frame_px=(columns, rows))

"""`scripts/bench left-objects`: the public benchmark of left objects (docs/benchmark.md).

Made situations with seeds, a score sheet, and a baseline to compare with. Seeds from 1,000,000 on are held
back: they are for reporting, never for choosing a threshold.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import cv2

from bench.benchmark.detector import maker_of
from bench.benchmark.files import incidents_of, write, write_truth
from bench.benchmark.outcome import Incident, Outcome, outcome_of
from bench.benchmark.scenes import SituationScene, scene_name
from bench.benchmark.sheet import markdown, sheet
from bench.detector_version import detector_commit
from bench.errors import BenchError
from bench.scene_runs import HELD_BACK, run_all
from bench.scenes.situations import SITUATIONS

_DWELL_S: Final = click.FloatRange(2, 86_400)
_PER_S: Final = click.FloatRange(0.01, 60)
PER_S: Final = 0.5
"""Pictures a second: the box analyses one in 2 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One scene for one detector, or for the incidents that another program told of it."""

    situation: str
    seed: int
    dwell_s: float
    detector: str
    per_s: float = PER_S
    incidents: tuple[Incident, ...] | None = None


def run(case: Case) -> Outcome:
    """Watch one scene from its beginning to its end."""
    cv2.setNumThreads(1)
    scene = SituationScene(case.situation, case.seed, dwell_s=case.dwell_s)
    incidents: Sequence[Incident] | None = case.incidents
    if incidents is None:
        detector = maker_of(case.detector)(scene.outline, case.dwell_s, scene.size_px)
        incidents = [
            Incident(at_s=at_s, box=box)
            for at_s, picture in scene.pictures(per_s=case.per_s)
            for box in detector.look(picture, at_s)
        ]
    return outcome_of(
        scene.things, scene.plain, incidents, situation=case.situation, seed=case.seed, flaw=scene.flaw
    )


def cases_of(
    situations: Sequence[str], *, scenes: int, first: int, dwell_s: float, detector: str, per_s: float
) -> list[Case]:
    """So many scenes of each situation."""
    return [
        Case(situation=name, seed=first + number, dwell_s=dwell_s, detector=detector, per_s=per_s)
        for name in situations
        for number in range(scenes)
    ]


@click.command(name="left-objects")
@click.option(
    "--detector",
    default="streetwarden",
    show_default=True,
    help="Or streetwarden-with-model, mog2, module:attribute.",
)  # fmt: skip
@click.option(
    "--scenes", default=4, show_default=True, type=click.IntRange(1), help="Scenes of each situation."
)
@click.option("--situation", "named", multiple=True, help="Only situations with this in their name; several.")
@click.option("--held-back", is_flag=True, help="Use the seeds that are only for reporting.")
@click.option("--dwell-s", default=30.0, show_default=True, type=_DWELL_S, help="The zone's dwell.")
@click.option("--per-s", default=PER_S, show_default=True, type=_PER_S, help="Pictures a second.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1), help="Processes.")
@click.option("--markdown", "page", type=click.Path(path_type=Path), help="Write the score sheet here, too.")
@click.option(
    "--write", "folder", type=click.Path(path_type=Path), help="Only write the scenes there, as video."
)
@click.option("--incidents", type=click.Path(path_type=Path), help="Score this file of incidents instead.")
@click.option("--json", "as_json", is_flag=True, help="Print only the last line, the JSON object.")
def command(
    *,
    detector: str,
    scenes: int,
    named: tuple[str, ...],
    held_back: bool,
    dwell_s: float,
    per_s: float,
    workers: int,
    page: Path | None,
    folder: Path | None,
    incidents: Path | None,
    as_json: bool,
) -> None:
    """Left objects in made situations: found, false, doubled and delays, by situation, with intervals."""
    situations = [name for name in SITUATIONS if not named or any(part in name for part in named)]
    if not situations:
        raise BenchError(
            f"no situation has {' or '.join(named)} in its name; give a part of {list(SITUATIONS)}"
        )
    first = HELD_BACK if held_back else 0
    cases = cases_of(situations, scenes=scenes, first=first, dwell_s=dwell_s, detector=detector, per_s=per_s)
    if folder is not None:
        _write_all(cases, folder)
        return
    if incidents is not None:
        cases, detector = _with_incidents(cases, incidents), incidents.stem
    else:
        maker_of(detector)  # says at once that there is none
    figures = sheet(run_all(run, cases, workers=workers, quiet=as_json))
    if page is not None:
        page.write_text(markdown(detector, dwell_s, figures), encoding="utf-8")
    click.echo(
        json.dumps({"detector": detector, "detectors": detector_commit(), "dwell_s": dwell_s, **figures})
    )


def _write_all(cases: Sequence[Case], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for case in cases:
        scene = SituationScene(case.situation, case.seed, dwell_s=case.dwell_s)
        entries.append(write(scene, folder, per_s=case.per_s))
        click.echo(entries[-1]["file"])
    write_truth(entries, folder)


def _with_incidents(cases: Sequence[Case], file: Path) -> list[Case]:
    found = incidents_of(file)
    names = {scene_name(case.situation, case.seed) for case in cases}
    unknown = sorted(set(found) - names)
    if unknown:
        raise BenchError(
            f"{file} speaks of {unknown[0]}, which is none of the {len(names)} scenes; "
            "give the same --situation, --scenes and --held-back as when they were written"
        )
    return [
        Case(
            situation=case.situation, seed=case.seed, dwell_s=case.dwell_s, detector=file.stem,
            incidents=tuple(found.get(scene_name(case.situation, case.seed), ())),
        )
        for case in cases
    ]  # fmt: skip

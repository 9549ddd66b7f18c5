"""`scripts/bench stalls`: left objects on synthetic scenes, by weather and kind of object, with intervals.

Each scene is a place of its own: one minute clear, then a weather sets in. In half of them something is left
at 100 s and taken away at 200 s; in the others people stand and talk for 40 s and nothing is left, or what
stood there from the start is taken away. An object of the ground's own colour is counted separately. Seeds
from 1,000,000 on are held back: they are for reporting, never for choosing a threshold. The situations of
`scripts/bench left-objects` (several objects at once, people, queues, buses, sizes of the picture) are
reported by name with `--situations`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Final, Literal

import click
import cv2
import numpy as np

from bench import left_objects
from bench.benchmark.scenes import ZONE
from bench.benchmark.sheet import sheet
from bench.intervals import wilson
from bench.scene_runs import HELD_BACK, Told, median, run_all
from bench.scenes.ground import HEIGHT, WIDTH, Generator
from bench.scenes.left_objects import OBJECT_KINDS, ObjectKind, is_plain, left_object, shadow
from bench.scenes.lens import FLAWS
from bench.scenes.scene import Scene
from bench.scenes.situations import SITUATIONS
from bench.scenes.traffic import Passer
from bench.scenes.weather import CANNOT_SEE, WEATHERS, Weather
from detectors.look import Look
from detectors.places import Purpose, Zone, polygon
from detectors.watch import CameraWatch
from edge.replay.score import Reported, Truth, score

_GAP_S: Final = 2.0
_DWELL_S: Final = 30.0
_BEGINS_S: Final = 100.0
_ENDS_S: Final = 200.0
_SECONDS: Final = 280.0

Case = Literal["left", "nothing", "goes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One scene's outcome.

    Attributes:
        seed: of the scene.
        weather: that set in after a minute.
        flaw: of the camera.
        case: an object was left, nothing was, or an object from the start was taken away.
        kind: of the object.
        plain: whether a person could see it against its ground.
        found: whether it was reported; False where nothing was left.
        delay_s: from its arrival to the report.
        end_delay_s: from its removal to the report of the end.
        false: incidents that belong neither to the object nor to its shadow.
        doubled: incidents beyond the first.
        told: confidence of each incident, and whether it was right; a doubled one is.
    """

    seed: int
    weather: Weather
    flaw: str
    case: Case
    kind: ObjectKind
    plain: bool
    found: bool
    delay_s: float | None
    end_delay_s: float | None
    false: int
    doubled: int
    told: Told


def run(case: tuple[int, Weather, Case]) -> Run:
    """Watch one scene from its beginning to its end."""
    seed, weather, what = case
    cv2.setNumThreads(1)
    source = np.random.default_rng(seed + 7)
    chosen = np.random.default_rng([seed, len(FLAWS)])  # apart from weather and case
    flaw = FLAWS[int(chosen.integers(len(FLAWS)))]
    scene = Scene(
        seed=seed, cover_px=50, weather=weather, flaw=flaw, seconds=_SECONDS, standing=_standing(source, what)
    )
    kind = OBJECT_KINDS[int(chosen.integers(len(OBJECT_KINDS)))]
    lay, box = left_object(source, kind)
    times = {"left": (_BEGINS_S, _ENDS_S), "nothing": (np.inf, np.inf), "goes": (-1.0, _BEGINS_S)}[what]
    zone = Zone(id="z", outline=polygon(ZONE), purpose=Purpose.STALL, dwell_s=_DWELL_S)
    watch = CameraWatch(covers=[], zones=[zone], frame_px=(WIDTH, HEIGHT))
    reports: dict[tuple[str, str, int], Reported] = {}
    confidence: dict[tuple[str, str, int], float] = {}
    for index in range(round(_SECONDS / _GAP_S)):
        at_s = index * _GAP_S
        there = times[0] <= at_s < times[1]
        picture = scene.picture(at_s, lay=lay if there else None)
        for incident in watch.look(Look.of(picture, at_s)).incidents:
            begun = reports.get(incident.key)
            confidence.setdefault(incident.key, incident.change.observation.confidence)
            reports[incident.key] = Reported(
                kind="",
                at_s=begun.at_s if begun else at_s,
                ended_s=at_s if incident.change.phase == "ended" else None,
                box=begun.box if begun else incident.change.observation.box_px,
            )
    truths = [Truth(kind="", begins_s=_BEGINS_S, ends_s=_ENDS_S, boxes=(box,))] if what == "left" else []
    result = score(truths, list(reports.values()))
    seen = [
        Truth(kind="", begins_s=one.begins_s, ends_s=one.ends_s, boxes=(box, shadow(box))) for one in truths
    ]
    return Run(
        seed=seed, weather=weather, flaw=flaw, case=what, kind=kind, found=result.found > 0,
        plain=is_plain(scene.surface(), scene.surface(lay), box),
        delay_s=result.delays_s[0] if result.delays_s else None,
        end_delay_s=result.end_delays_s[0] if result.end_delays_s else None,
        false=score(seen, list(reports.values())).false, doubled=result.doubled,
        told=tuple((confidence[key], score(truths, [one]).found > 0) for key, one in reports.items()),
    )  # fmt: skip


def _standing(source: Generator, what: Case) -> list[Passer]:
    """Two people who stop and talk for longer than the dwell, in scenes in which nothing is left."""
    if what != "nothing":
        return []
    begins_s, x, y = float(source.uniform(70, 150)), float(source.uniform(100, 250)), 0.85 * HEIGHT
    return [
        Passer(
            begins_s=begins_s + side, speed=40.0, halt_s=40.0, halt_x=x + 30 * side, y=y + 3 * side,
            size=float(source.uniform(70, 100)), car=False, colour=tuple(source.uniform(20, 220, 3).tolist()),
        )
        for side in (0, 1)
    ]  # fmt: skip


@click.command(name="stalls")
@click.option("--scenes", default=12, show_default=True, help="Scenes for each weather and case.")
@click.option("--situations", default=0, show_default=True, help="Scenes for each situation by name.")
@click.option("--held-back", is_flag=True, help="Use the seeds that are only for reporting.")
@click.option("--workers", default=2, show_default=True, help="Processes.")
@click.option("--json", "as_json", is_flag=True, help="Print only the last line, the JSON object.")
def command(*, scenes: int, situations: int, held_back: bool, workers: int, as_json: bool) -> None:
    """Rates of left objects found, by weather and kind of object; false and doubled incidents."""
    first = HELD_BACK if held_back else 0
    cases: list[tuple[int, Weather, Case]] = []
    whats: tuple[Case, ...] = ("left", "left", "nothing", "goes")
    for weather in WEATHERS:
        for what in whats:
            begin = first + len(cases)
            cases.extend((begin + index, weather, what) for index in range(scenes))
    figures = summary(run_all(run, cases, workers=workers, quiet=as_json))
    if situations:
        named = left_objects.cases_of(
            list(SITUATIONS), scenes=situations, first=first, dwell_s=_DWELL_S,
            detector="streetwarden", per_s=1 / _GAP_S,
        )  # fmt: skip
        done = run_all(left_objects.run, named, workers=workers, quiet=as_json)
        figures["by_situation"] = sheet(done)["situations"]
    click.echo(json.dumps(figures))


def summary(done: list[Run]) -> dict[str, object]:
    """The figures of many scenes."""
    left = [one for one in done if one.case == "left" and one.plain]
    hidden = [one for one in done if one.case == "left" and not one.plain]
    seen = [one for one in left if one.weather not in CANNOT_SEE]
    found = [one for one in seen if one.found]
    return {
        "found": _rate(seen),
        "found_of_ground_colour": _rate([one for one in hidden if one.weather not in CANNOT_SEE]),
        "ended": wilson(sum(one.end_delay_s is not None for one in found), len(found)),
        "doubled": sum(one.doubled for one in done),
        "false": sum(one.false for one in done),
        "hours": round(len(done) * _SECONDS / 3600, 1),
        "median_delay_s": median([one.delay_s for one in found if one.delay_s is not None]),
        "by_weather": {weather: _rate([o for o in left if o.weather == weather]) for weather in WEATHERS},
        "by_thing": {kind: _rate([o for o in seen if o.kind == kind]) for kind in OBJECT_KINDS},
        "false_by": _count(done),
    }


def _rate(runs: list[Run]) -> dict[str, float | int | None]:
    return wilson(sum(one.found for one in runs), len(runs))


def _count(done: list[Run]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for one in done:
        if one.false:
            counts[f"{one.weather}, {one.case}"] += one.false
    return dict(counts)

"""`scripts/bench covers`: cover states on synthetic scenes, by weather and size, with confidence intervals.

Each scene is a place of its own: one minute clear, then a weather sets in. At 90 s the cover may be changed,
which is undone at 160 s. Scenes without a change count false verdicts only. Seeds from 1,000,000 on are held
back: they are for reporting, never for choosing a threshold.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

import click
import numpy as np

from bench.cover_scenes import (
    BEGINS_S,
    ENDS_S,
    SECONDS,
    SETTLED_S,
    SIZES_PX,
    found,
    hours,
    settled,
    shares,
    verdict_of,
    watched,
)
from bench.intervals import wilson
from bench.scene_runs import HELD_BACK, Told, median, run_all
from bench.scenes.ground import CoverState
from bench.scenes.lens import FLAWS, Flaw
from bench.scenes.scene import Scene
from bench.scenes.weather import CANNOT_SEE, WEATHERS, Weather
from detectors.places import ellipse
from detectors.watch import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One scene's outcome.

    Attributes:
        seed: of the scene.
        weather: that set in after a minute.
        flaw: of the camera.
        cover_px: width of the cover.
        change: what was done to the cover; `ok` for nothing.
        delay_s: from the change to the report of an incident of its kind; None without one.
        end_delay_s: likewise for its end.
        false: incidents where no shaft was open.
        misnamed: incidents at an open shaft that called it displaced for missing, or missing for displaced.
        verdicts: how many looks from 20 s after the change to its end got each verdict.
        told: confidence of each incident, and whether it was right; without those misnamed.
        trust: verdict and tenth of confidence → how many such looks there were, and how many were right.
    """

    seed: int
    weather: Weather
    flaw: str
    cover_px: int
    change: CoverState
    delay_s: float | None
    end_delay_s: float | None
    false: int
    misnamed: int
    verdicts: dict[str, int]
    told: Told
    trust: dict[str, tuple[int, int]]


_OPEN: Final = {"missing", "displaced"}
Case = tuple[int, Weather, int, CoverState]
"""Seed, weather, width of the cover in pixels, and what is done to it."""


def reports(case: Case) -> Iterator[tuple[float, Report]]:
    """Watch one scene from its beginning to its end."""
    seed, weather, cover_px, change = case
    scene = Scene(seed=seed, cover_px=cover_px, weather=weather, flaw=_flaw(seed), seconds=SECONDS)
    x, y = scene.ground.centre
    outline = ellipse(x, y, cover_px, cover_px * scene.ground.tall)
    return watched(outline, lambda at_s, changed: scene.picture(at_s, change if changed else "ok"))


def _flaw(seed: int) -> Flaw:
    """Chosen by the seed, so that no flaw goes with one size or one weather."""
    return FLAWS[int(np.random.default_rng([seed, len(FLAWS)]).integers(len(FLAWS)))]


def run(case: Case) -> Run:
    """The outcome of one scene."""
    seed, weather, cover_px, change = case
    delay = end_delay = None
    misnamed = 0
    told: list[tuple[float, bool]] = []
    verdicts: dict[str, int] = defaultdict(int)
    trust: dict[str, tuple[int, int]] = {}
    for at_s, report in reports(case):
        for incident in report.incidents:
            is_open = change in {"missing", "displaced"} and BEGINS_S <= at_s <= ENDS_S + SETTLED_S
            if incident.change.phase == "ended":
                end_delay = at_s - ENDS_S if delay is not None and end_delay is None else end_delay
            elif is_open and delay is None and incident.kind == f"cover_{change}":
                delay = at_s - BEGINS_S
                told.append((incident.change.observation.confidence, True))
            elif is_open:
                misnamed += 1
            else:
                told.append((incident.change.observation.confidence, False))
        if settled(at_s):
            verdicts[verdict_of(report)[0]] += 1
            _count(trust, report, change)
    return Run(
        seed=seed, weather=weather, flaw=_flaw(seed), cover_px=cover_px, change=change, delay_s=delay,
        end_delay_s=end_delay, false=sum(not right for _, right in told), misnamed=misnamed,
        verdicts=dict(verdicts), told=tuple(told), trust=trust,
    )  # fmt: skip


def _count(trust: dict[str, tuple[int, int]], report: Report, change: CoverState) -> None:
    """Note the confidence of a verdict, and whether it was right."""
    said, confidence = verdict_of(report)
    if said != "unknown":
        key = f"{said} {min(9, int(confidence * 10)) / 10}"
        looks, rights = trust.get(key, (0, 0))
        trust[key] = (looks + 1, rights + is_right(said, change))


def is_right(said: str, change: CoverState) -> bool:
    """Whether a verdict is right.

    `missing` and `displaced` are both right where a shaft is open: either sends somebody there, and a shaft
    with a lit wall looks like one that is half covered. `changed` is right whenever something was done to the
    cover.
    """
    return said == change or {said, change} == _OPEN or (said == "changed" and change != "ok")


@click.command(name="covers")
@click.option("--scenes", default=4, show_default=True, help="Scenes for each weather, size and change.")
@click.option("--held-back", is_flag=True, help="Use the seeds that are only for reporting.")
@click.option("--workers", default=2, show_default=True, help="Processes.")
@click.option("--json", "as_json", is_flag=True, help="Print only the last line, the JSON object.")
def command(*, scenes: int, held_back: bool, workers: int, as_json: bool) -> None:
    """Rates by weather and size for missing, displaced and obstructed covers, and false verdicts."""
    every = cases(HELD_BACK if held_back else 0, scenes)
    click.echo(json.dumps(summary(run_all(run, every, workers=workers, quiet=as_json))))


def cases(first_seed: int, scenes: int) -> list[Case]:
    """So many scenes for each weather, size and change, each with a seed of its own."""
    changes: list[CoverState] = ["missing", "ok", "ok", "displaced", "obstructed"]
    places = product(WEATHERS, SIZES_PX, changes, range(scenes))
    return [
        (first_seed + number, weather, size, change)
        for number, (weather, size, change, _) in enumerate(places)
    ]


def summary(done: list[Run]) -> dict[str, object]:
    """The figures of many scenes."""
    clear = [one for one in done if one.weather not in CANNOT_SEE]
    missing = [one for one in clear if one.change == "missing"]
    displaced = [one for one in clear if one.change == "displaced"]
    return {
        "missing_found_50_px_up": found([one for one in missing if one.cover_px >= 50]),
        "missing_found_30_px": found([one for one in missing if one.cover_px == 30]),
        "missing_ended": wilson(
            sum(one.end_delay_s is not None for one in missing),
            sum(one.delay_s is not None for one in missing),
        ),
        "displaced_found": {size: found([o for o in displaced if o.cover_px == size]) for size in SIZES_PX},
        "misnamed": sum(one.misnamed for one in done),
        "false": sum(one.false for one in done),
        "hours": hours(done),
        "by_weather": {
            weather: {
                size: found(
                    [o for o in done if (o.weather, o.cover_px, o.change) == (weather, size, "missing")]
                )
                for size in SIZES_PX
            }
            for weather in WEATHERS
        },
        "false_by_weather": {
            weather: count
            for weather in WEATHERS
            if (count := sum(o.false for o in done if o.weather == weather))
        },
        "verdicts": {
            change: {
                size: shares([o for o in clear if o.change == change and o.cover_px == size])
                for size in SIZES_PX
            }
            for change in ("ok", "missing", "displaced", "obstructed")
        },
        "trust": _trust(clear),
        "median_delay_s": median([one.delay_s for one in missing if one.delay_s is not None]),
    }


def _trust(runs: list[Run]) -> dict[str, tuple[int, float]]:
    """Verdict and tenth of confidence → the looks, and the share of them that was right."""
    totals: dict[str, tuple[int, int]] = {}
    for one in runs:
        for key, (looks, rights) in one.trust.items():
            before = totals.get(key, (0, 0))
            totals[key] = (before[0] + looks, before[1] + rights)
    return {key: (looks, round(rights / looks, 3)) for key, (looks, rights) in sorted(totals.items())}

"""Cover states on made scenes, by weather and size, with confidence intervals.

Each scene is a place of its own: one minute clear, then a weather sets in; with a change at 120 s that is put
right at 210 s. Half of the scenes have no change and only count false words. Seeds from 1,000,000 on are held
back: they are for reporting, never for choosing a threshold.
"""

from __future__ import annotations

import json
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from typing import Final

import click

from bench.intervals import wilson
from bench.scenes.ground import HEIGHT, WIDTH, CoverState
from bench.scenes.lens import FLAWS
from bench.scenes.scene import Scene
from bench.scenes.weather import CANNOT_SEE, WEATHERS, Weather
from detectors.look import Look
from detectors.observations import Verdict
from detectors.places import CoverPlace, ellipse
from detectors.watch import CameraWatch

HELD_BACK: Final = 1_000_000
_GAP_S: Final = 2.0
_BEGINS_S: Final = 120.0
_ENDS_S: Final = 210.0
_SECONDS: Final = 300.0
_WITHIN_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One scene's outcome.

    Attributes:
        seed: of the scene.
        weather: that set in after a minute.
        flaw: of the camera.
        cover_px: width of the cover.
        change: what was done to the cover; `ok` for nothing.
        delay_s: from the change to the report of an incident; None without one.
        end_delay_s: likewise for its end.
        false: incidents `missing` that were not.
        words: how many looks from 20 s after the change to its end got each verdict.
    """

    seed: int
    weather: Weather
    flaw: str
    cover_px: int
    change: CoverState
    delay_s: float | None
    end_delay_s: float | None
    false: int
    words: dict[str, int]


def run(case: tuple[int, Weather, int, CoverState]) -> Run:
    """Watch one scene from its beginning to its end."""
    seed, weather, cover_px, change = case
    flaw = FLAWS[seed % len(FLAWS)]
    scene = Scene(seed=seed, cover_px=cover_px, weather=weather, flaw=flaw, seconds=_SECONDS)
    x, y = scene.ground.centre
    outline = ellipse(x, y, cover_px, cover_px * scene.ground.tall)
    watch = CameraWatch(covers=[CoverPlace(id="c", outline=outline)], zones=[], frame_px=(WIDTH, HEIGHT))
    delay = end_delay = None
    false = 0
    words: dict[str, int] = defaultdict(int)
    at_s = 0.0
    while at_s < _SECONDS:
        changed = _BEGINS_S <= at_s < _ENDS_S
        report = watch.look(Look.of(scene.picture(at_s, change if changed else "ok"), at_s))
        for incident in report.incidents:
            if incident.change.phase == "ended":
                end_delay = at_s - _ENDS_S if delay is not None and end_delay is None else end_delay
            elif change == "missing" and _BEGINS_S <= at_s <= _ENDS_S + 20 and delay is None:
                delay = at_s - _BEGINS_S
            elif change != "displaced":  # an open shaft beside its cover is no false word
                false += 1
        if _BEGINS_S + 20 <= at_s < _ENDS_S:
            word = "unknown"
            if report.covers is not None and len(report.covers):
                word = Verdict(int(report.covers.verdict[0])).name.lower()
            words[word] += 1
        at_s += _GAP_S
    return Run(
        seed=seed, weather=weather, flaw=flaw, cover_px=cover_px, change=change, delay_s=delay,
        end_delay_s=end_delay, false=false, words=dict(words),
    )  # fmt: skip


@click.command()
@click.option("--scenes", default=4, show_default=True, help="scenes for each weather, size and change")
@click.option("--held-back", is_flag=True, help="use the seeds that are only for reporting")
@click.option("--workers", default=2, show_default=True)
@click.option("--runs/--no-runs", default=False, help="also print every scene")
def command(*, scenes: int, held_back: bool, workers: int, runs: bool) -> None:
    """Rates by weather and size for missing, displaced and obstructed covers, and false words."""
    first = HELD_BACK if held_back else 0
    changes: list[CoverState] = ["missing", "ok", "ok", "displaced", "obstructed"]
    cases: list[tuple[int, Weather, int, CoverState]] = []
    for weather in WEATHERS:
        for size in (30, 50, 90):
            for change in changes:
                cases.extend((first + len(cases) + index, weather, size, change) for index in range(scenes))
    with ProcessPoolExecutor(workers) as pool:
        done = list(pool.map(run, cases, chunksize=4))
    if runs:
        for one in done:
            click.echo(json.dumps(asdict(one)))
    click.echo(json.dumps(summary(done)))


def summary(done: list[Run]) -> dict[str, object]:
    """The figures of many scenes."""
    clear = [one for one in done if one.weather not in CANNOT_SEE]
    missing = [one for one in clear if one.change == "missing"]
    return {
        "missing_found_50_px_up": _found([one for one in missing if one.cover_px >= 50]),
        "missing_found_30_px": _found([one for one in missing if one.cover_px == 30]),
        "missing_ended": wilson(
            sum(one.end_delay_s is not None for one in missing),
            sum(one.delay_s is not None for one in missing),
        ),
        "false_missing": sum(one.false for one in done),
        "hours": round(len(done) * _SECONDS / 3600, 1),
        "by_weather": {
            weather: {
                size: _found(
                    [o for o in done if (o.weather, o.cover_px, o.change) == (weather, size, "missing")]
                )
                for size in (30, 50, 90)
            }
            for weather in WEATHERS
        },
        "false_by_weather": {
            weather: count
            for weather in WEATHERS
            if (count := sum(o.false for o in done if o.weather == weather))
        },
        "words": {
            change: {
                size: _words([o for o in clear if o.change == change and o.cover_px == size])
                for size in (30, 50, 90)
            }
            for change in ("ok", "missing", "displaced", "obstructed")
        },
        "median_delay_s": _median([one.delay_s for one in missing if one.delay_s is not None]),
    }


def _found(runs: list[Run]) -> dict[str, float | int | None]:
    return wilson(sum(one.delay_s is not None and one.delay_s <= _WITHIN_S for one in runs), len(runs))


def _words(runs: list[Run]) -> dict[str, float]:
    totals: dict[str, int] = defaultdict(int)
    for one in runs:
        for word, count in one.words.items():
            totals[word] += count
    whole = max(1, sum(totals.values()))
    return {word: round(count / whole, 3) for word, count in sorted(totals.items())}


def _median(values: list[float]) -> float | None:
    return sorted(values)[len(values) // 2] if values else None

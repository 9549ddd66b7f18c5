"""`scripts/bench detection-pictures`: precision against recall, and the delay of reports.

The scenes are the lines that `scripts/bench covers`, `stalls` and `composites` print. A curve of precision
and recall has a point for each threshold of confidence that a user could set; its dot is the point without a
threshold. Recall and delays count only conditions in which detection is expected (delays by weather: each
weather); a wrong report counts in every weather.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import click

from bench.curves_picture import Curve, Panel, draw
from bench.errors import BenchError
from bench.scenes.weather import CANNOT_SEE, DARK

Run = dict[str, Any]
"""One line of a benchmark: its `weather`, `delay_s`, `told` and whatever names its group."""

Grouping = tuple[Sequence[str], Callable[[Run], str]]
"""Names of groups, and to which a scene belongs."""

_MADE: Final = "synthetic scenes"
_DELAYS: Final = (0.0, 20.0, 40.0, 60.0, 80.0, 100.0)
_IN_THE_WET: Final = frozenset({"rain", "wet", "snow"})
WEATHER_GROUPS: Final = ("sun and cloud", "rain, wet, snow", "night", "fog, rainy night, glare")


@click.command(name="detection-pictures")
@click.option("--covers", type=click.Path(path_type=Path), help="What `scripts/bench covers` printed.")
@click.option("--stalls", type=click.Path(path_type=Path), help="What `scripts/bench stalls` printed.")
@click.option(
    "--composites", type=click.Path(path_type=Path), help="What `scripts/bench composites` printed."
)
@click.option("--out", type=click.Path(path_type=Path), default=Path("docs/pictures"), show_default=True)
def command(*, covers: Path | None, stalls: Path | None, composites: Path | None, out: Path) -> None:
    """Draw precision against recall and the delays, for covers and for left objects."""
    if covers is stalls is composites is None:
        raise BenchError("there is nothing to draw; give --covers, --stalls or --composites")
    out.mkdir(parents=True, exist_ok=True)
    if covers is not None:
        (out / "covers-curves.svg").write_text(of_covers(read(covers)), encoding="utf-8")
    if composites is not None:
        (out / "composites-curves.svg").write_text(
            of_covers(read(composites), scenes="photographs laid into video"), encoding="utf-8"
        )
    if stalls is not None:
        (out / "left-object-curves.svg").write_text(of_left_objects(read(stalls)), encoding="utf-8")


def read(file: Path) -> list[Run]:
    """The scenes in a benchmark's output; its last line, the summary, is none.

    Raises:
        BenchError: it cannot be read, or holds no scenes that say how sure each report was.
    """
    try:
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line]
    except (OSError, ValueError) as error:
        raise BenchError(f"{file} cannot be read: {error}; give what the benchmark printed") from None
    runs = [line for line in lines if isinstance(line, dict) and "seed" in line]
    if not runs or any("told" not in run for run in runs):
        raise BenchError(f"{file} holds no scenes with their reports; run the benchmark again without --json")
    return runs


def of_covers(runs: Sequence[Run], *, scenes: str = _MADE) -> str:
    """The picture for covers that went missing, as SVG; `scenes` says on what it was measured."""

    def happens(run: Run) -> bool:
        return bool(run["change"] == "missing")

    def size(run: Run) -> str:
        return f"{run['cover_px']} px"

    sizes = [f"{px} px" for px in sorted({run["cover_px"] for run in runs})]
    return _picture(
        "Covers that go missing", scenes, runs, happens, [(sizes, size), (WEATHER_GROUPS, weather_group)]
    )


def of_left_objects(runs: Sequence[Run]) -> str:
    """The picture for left objects, as SVG."""

    def happens(run: Run) -> bool:
        return bool(run["case"] == "left")

    def kind(run: Run) -> str:
        return str(run["kind"])

    kinds = sorted({kind(run) for run in runs})
    return _picture(
        "Things that are left", _MADE, runs, happens, [(WEATHER_GROUPS, weather_group), (kinds, kind)]
    )


def weather_group(run: Run) -> str:
    """Which kind of weather a scene had."""
    if run["weather"] in CANNOT_SEE:
        return WEATHER_GROUPS[3]
    if run["weather"] in DARK:
        return WEATHER_GROUPS[2]
    return WEATHER_GROUPS[1] if run["weather"] in _IN_THE_WET else WEATHER_GROUPS[0]


def precision_by_recall(
    runs: Sequence[Run], happens: Callable[[Run], bool]
) -> tuple[list[tuple[float, float]], int]:
    """Recall and precision for each threshold of confidence, from the highest down; how many were to find.

    Args:
        runs: the scenes.
        happens: whether there was something to find in one.
    """
    asked = [run for run in runs if happens(run) and run["weather"] not in CANNOT_SEE]
    told = [(confidence, right) for run in runs for confidence, right in run["told"]]
    best = [max((sure for sure, right in run["told"] if right), default=-1.0) for run in asked]
    points = []
    for threshold in sorted({confidence for confidence, _ in told}, reverse=True):
        believed = [right for confidence, right in told if confidence >= threshold]
        found = sum(sure >= threshold for sure in best)
        if asked:
            points.append((found / len(asked), sum(believed) / len(believed)))
    return points, len(asked)


def told_by(runs: Sequence[Run], happens: Callable[[Run], bool]) -> tuple[list[tuple[float, float]], int]:
    """The share that was reported within so many seconds, as steps, and how many could have been."""
    asked = [run for run in runs if happens(run)]
    points = [(0.0, 0.0)]
    for number, delay_s in enumerate(sorted(run["delay_s"] for run in asked if run["delay_s"] is not None)):
        at_s = min(max(delay_s, 0.0), _DELAYS[-1])
        points += [(at_s, number / len(asked)), (at_s, (number + 1) / len(asked))]
    return [*points, (_DELAYS[-1], points[-1][1])], len(asked)


def _picture(
    title: str,
    scenes: str,
    runs: Sequence[Run],
    happens: Callable[[Run], bool],
    groupings: Sequence[Grouping],
) -> str:
    names, group = groupings[0]
    parts = [*((name, [run for run in runs if group(run) == name]) for name in names), ("all", list(runs))]
    curves = []
    for name, of_it in parts:
        points, count = precision_by_recall(of_it, happens)
        if count:
            curves.append(Curve(name=f"{name}, {count} to find", points=points, marked=True))
    panels = [
        Panel(
            title="Which reports are right", across="recall", up="precision",
            ticks=(0, 0.25, 0.5, 0.75, 1), curves=curves,
        )
    ]  # fmt: skip
    for names, group in groupings:
        curves = []
        seen = [run for run in runs if names is WEATHER_GROUPS or run["weather"] not in CANNOT_SEE]
        for name in names:
            points, count = told_by([run for run in seen if group(run) == name], happens)
            if count:
                curves.append(Curve(name=f"{name}, {count} to find", points=points))
        panels.append(
            Panel(
                title="How soon it is told", across="seconds after it happened", up="share told",
                ticks=_DELAYS, curves=curves,
            )
        )  # fmt: skip
    false = sum(not right for run in runs for _, right in run["told"])
    return draw(f"{title}: {len(runs)} {scenes}, {false} false reports in all", panels)

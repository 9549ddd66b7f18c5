"""`scripts/bench composites`: cover states on photographs of real covers in real video.

Each scene is a place in a video with a photographed cover laid into it: one minute clear, then a weather
sets in. In some the cover gives way at 90 s to a photographed shaft, or to a broken cover, or is dragged
aside from a photographed shaft, and lies there again from 160 s on. Videos are shorter than that and are
played in a loop: people who pass come again, and the seam is a jump. The material is not part of the project;
where it is absent the command says so and ends. Runs share photographs and places, which makes the true
intervals wider than those printed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final, Literal, TypeVar

import click
import numpy as np

from bench.cover_scenes import (
    BEGINS_S,
    ENDS_S,
    SETTLED_S,
    SIZES_PX,
    found,
    hours,
    settled,
    shares,
    verdict_of,
    watched,
)
from bench.errors import BenchError
from bench.intervals import wilson
from bench.photographed.footage import Place, footage, places
from bench.photographed.photographs import SUBJECTS, Collection, Photograph, Subject, read
from bench.photographed.scene import PhotographedScene
from bench.scene_runs import HELD_BACK, Told, median, run_all
from bench.scenes.ground import Generator
from bench.scenes.lens import FLAWS, Flaw
from bench.scenes.weather import CANNOT_SEE, WEATHERS, Weather
from detectors.ground import Box
from detectors.places import Polygon
from detectors.recognition.sightings import area, common_area

CardT = TypeVar("CardT")
Change = Subject | Literal["displaced"]
_OPEN: Final[tuple[Change, ...]] = ("missing", "displaced")
_SAME_BOX: Final = 0.5
"""Least intersection over union of the box that is shown and of the one where the cover lies."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Case:
    """What one scene is made of.

    Attributes:
        seed: chooses the angle, and what weather and lens do.
        weather: that sets in after a minute.
        flaw: of the camera.
        cover_px: width of the cover.
        change: what takes the cover's place: `missing`, `broken`, or `good` for nothing; or `displaced`: a
            shaft, and the cover lies beside it.
        place: where in which video.
        intact: the cover.
        other: what takes its place.
    """

    seed: int
    weather: Weather
    flaw: Flaw
    cover_px: int
    change: Change
    place: Place
    intact: Photograph
    other: Photograph


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One scene's outcome.

    Attributes:
        seed: of the scene.
        weather: that set in after a minute.
        flaw: of the camera.
        cover_px: width of the cover.
        change: what took the cover's place; `good` for nothing.
        video: name of the video.
        photographs: the cover's, and that of what took its place.
        delay_s: from the removal of the cover to the report of an open shaft, missing or displaced; None
            without one.
        told_as: the kind of that report.
        end_delay_s: likewise from its return.
        false: reports of an open shaft where there was none; those of broken covers are not counted.
        verdicts: how many looks from 20 s after the change to its end got each verdict.
        told: confidence of each report, and whether it was right; without broken covers. A second report of
            one shaft is right as well.
        overlap: intersection over union of the box in which the report says that the cover lies and of the
            one in which it does; None without a report of a displaced cover.
    """

    seed: int
    weather: Weather
    flaw: str
    cover_px: int
    change: Change
    video: str
    photographs: tuple[str, str]
    delay_s: float | None
    told_as: str | None
    end_delay_s: float | None
    false: int
    verdicts: dict[str, int]
    told: Told
    overlap: float | None


def run(case: Case) -> Run:
    """Watch one scene from its beginning to its end."""
    scene = PhotographedScene(
        seed=case.seed, cover_px=case.cover_px, weather=case.weather, flaw=case.flaw,
        footage=footage(case.place), intact=case.intact, other=case.other,
        dragged=case.change == "displaced",
    )  # fmt: skip
    changes = case.change != "good"
    delay = end_delay = told_as = overlap = None
    told: list[tuple[float, bool]] = []
    verdicts: Counter[str] = Counter()
    for at_s, report in watched(
        scene.outline, lambda at_s, changed: scene.picture(at_s, changed=changed and changes)
    ):
        for incident in report.incidents:
            if case.change == "broken":
                continue
            if incident.change.phase == "ended":
                end_delay = at_s - ENDS_S if delay is not None and end_delay is None else end_delay
                continue
            right = case.change in _OPEN and BEGINS_S <= at_s <= ENDS_S + SETTLED_S
            if right and delay is None:
                delay, told_as = at_s - BEGINS_S, incident.kind
                overlap = _overlap(incident.change.observation.lies_px, scene.beside)
            told.append((incident.change.observation.confidence, right))
        if settled(at_s):
            verdicts[verdict_of(report)[0]] += 1
    return Run(
        seed=case.seed, weather=case.weather, flaw=case.flaw, cover_px=case.cover_px, change=case.change,
        video=case.place.file.name, photographs=(case.intact.name, case.other.name),
        delay_s=delay, told_as=told_as, end_delay_s=end_delay, false=sum(not right for _, right in told),
        verdicts=dict(verdicts), told=tuple(told), overlap=overlap,
    )  # fmt: skip


def _overlap(shown: Box | None, beside: Polygon | None) -> float | None:
    """Intersection over union of a box and of the box around an outline, 0 to 1."""
    if shown is None or beside is None:
        return None
    columns, rows = beside[:, 0], beside[:, 1]
    lies = (float(columns.min()), float(rows.min()), float(columns.max()), float(rows.max()))
    shared = common_area(shown, lies)
    return round(shared / (area(shown) + area(lies) - shared), 3)


@click.command(name="composites")
@click.option(
    "--photographs",
    type=click.Path(path_type=Path),
    default=Path("../shared/data/manhole"),
    show_default=True,
    help="Folder with good/, missing/ and perhaps broken/.",
)
@click.option(
    "--video",
    "videos",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Video of ground; several may be given. Without one: all in ../shared/data/video.",
)
@click.option("--scenes", default=1, show_default=True, help="Scenes for each weather, size and change.")
@click.option("--weather", type=click.Choice(WEATHERS), multiple=True, help="Only this weather; several.")
@click.option(
    "--size", "sizes", type=click.Choice([str(px) for px in SIZES_PX]), multiple=True, help="Only this width."
)
@click.option("--held-back", is_flag=True, help="Use the seeds that are only for reporting.")
@click.option("--workers", default=2, show_default=True, help="Processes.")
@click.option("--json", "as_json", is_flag=True, help="Print only the last line, the JSON object.")
def command(
    *,
    photographs: Path,
    videos: tuple[Path, ...],
    scenes: int,
    weather: tuple[Weather, ...],
    sizes: tuple[str, ...],
    held_back: bool,
    workers: int,
    as_json: bool,
) -> None:
    """Rates by weather and size for covers that go missing, on photographs in video, and verdicts."""
    collection = read(photographs)
    grounds = [place for video in videos or _shared_videos() for place in places(video)]
    cases = [
        case
        for case in cases_of(
            collection,
            grounds,
            scenes=scenes,
            first=HELD_BACK if held_back else 0,
            weathers=weather or WEATHERS,
        )
        if not sizes or str(case.cover_px) in sizes
    ]
    done = run_all(run, cases, workers=workers, quiet=as_json)
    outlines = {name: [len(kept), collection.of[name]] for name, kept in collection.photographs.items()}
    used = {file.name: sum(place.file == file for place in grounds) for file in {at.file for at in grounds}}
    click.echo(json.dumps({"outlines_found": outlines, "places": used, **summary(done)}))


def _shared_videos() -> list[Path]:
    folder = Path("../shared/data/video")
    if not folder.is_dir():
        raise BenchError(f"{folder} is absent; give a video of ground with --video")
    return sorted(file for file in folder.iterdir() if file.is_file())


def cases_of(
    collection: Collection,
    grounds: Sequence[Place],
    *,
    scenes: int,
    first: int,
    weathers: Sequence[Weather],
) -> list[Case]:
    """The scenes: photographs, places and flaws are dealt at random, each about as often as another."""
    pictures = collection.photographs
    changes: list[Change] = ["missing", "good", "broken"] if pictures["broken"] else ["missing", "good"]
    source = np.random.default_rng(first)
    flaws, ground, covers = _dealt(source, FLAWS), _dealt(source, grounds), _dealt(source, pictures["good"])
    others: dict[Change, Iterator[Photograph]] = {
        subject: _dealt(source, pictures[subject]) for subject in SUBJECTS if pictures[subject]
    }
    others["displaced"] = _dealt(source, pictures["missing"])
    cases: list[Case] = []
    each = list(product(weathers, SIZES_PX, changes, range(scenes)))
    each += list(
        product(weathers, SIZES_PX, ["displaced"], range(scenes))
    )  # last: the others keep their seeds
    for weather, cover_px, change, _ in each:
        intact = next(covers)
        cases.append(
            Case(
                seed=first + len(cases), weather=weather, flaw=next(flaws), cover_px=cover_px, change=change,
                place=next(ground), intact=intact,
                other=intact if change == "good" else next(others[change]),
            )
        )  # fmt: skip
    return cases


def _dealt(source: Generator, cards: Sequence[CardT]) -> Iterator[CardT]:
    """All of them in one random order after the other, for ever."""
    while True:
        for index in source.permutation(len(cards)):
            yield cards[index]


def summary(done: Sequence[Run]) -> dict[str, object]:
    """The figures of many scenes."""
    clear = [one for one in done if one.weather not in CANNOT_SEE]
    missing, displaced = ([one for one in clear if one.change == change] for change in _OPEN)
    told = [one for one in missing if one.delay_s is not None]
    return {
        "missing_found_50_px_up": found([one for one in missing if one.cover_px >= 50]),
        "missing_found_30_px": found([one for one in missing if one.cover_px == 30]),
        "missing_ended": wilson(sum(one.end_delay_s is not None for one in told), len(told)),
        "displaced_found": {px: found([one for one in displaced if one.cover_px == px]) for px in SIZES_PX},
        "told_as": {change: _told_as([one for one in clear if one.change == change]) for change in _OPEN},
        "right_word": {
            change: _right_word([one for one in clear if one.change == change]) for change in _OPEN
        },
        "places_of_displaced_right": _right_places(displaced),
        "false_missing": sum(one.false for one in done),
        "hours": hours(done),
        "by_weather": {
            weather: {
                px: found([o for o in done if (o.weather, o.cover_px, o.change) == (weather, px, "missing")])
                for px in SIZES_PX
            }
            for weather in WEATHERS
            if any(one.weather == weather for one in done)
        },
        "by_video": {
            video: found([one for one in missing if one.video == video])
            for video in sorted({one.video for one in done})
        },
        "false_by_weather": dict(Counter(one.weather for one in done for _ in range(one.false))),
        "wrong_ok_by_weather": {
            weather: count
            for weather in WEATHERS
            if (
                count := sum(
                    one.verdicts.get("ok", 0)
                    for one in done
                    if one.weather == weather and one.change in _OPEN
                )
            )
        },
        "verdicts": {
            change: {
                px: shares([one for one in clear if (one.change, one.cover_px) == (change, px)])
                for px in SIZES_PX
            }
            for change in ("good", "missing", "displaced", "broken")
        },
        "median_delay_s": median([one.delay_s for one in told if one.delay_s is not None]),
    }


def _told_as(runs: Sequence[Run]) -> dict[str, int]:
    """Kind of the first report → in how many scenes; those without a report are left out."""
    return dict(Counter(one.told_as for one in runs if one.told_as is not None))


def _right_word(runs: Sequence[Run]) -> dict[str, float | int | None]:
    """Of the open shafts that were reported, the share whose report has the right kind."""
    told = [one for one in runs if one.told_as is not None]
    return wilson(sum(one.told_as == f"cover_{one.change}" for one in told), len(told))


def _right_places(runs: Sequence[Run]) -> dict[str, float | int | None]:
    """Of the covers that were reported as displaced, the share whose box is mostly where the cover lies."""
    shown = [one.overlap for one in runs if one.overlap is not None]
    return wilson(sum(overlap >= _SAME_BOX for overlap in shown), len(shown))

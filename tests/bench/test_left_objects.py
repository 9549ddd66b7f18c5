"""The public benchmark of left objects: scenes, scoring, the sheet, the baseline, and detectors of others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from bench.benchmark.detector import Box, Outline, maker_of
from bench.benchmark.mog2 import DualBackground
from bench.benchmark.outcome import Incident, Outcome, outcome_of
from bench.benchmark.scenes import SituationScene, scene_name
from bench.benchmark.sheet import markdown, sheet
from bench.errors import BenchError
from bench.left_objects import Case, command, run
from bench.recorded.folder import clips_of
from bench.scenes.situations import COMES_S, SITUATIONS, Thing
from detectors.look import Image

LEFT, RIGHT = (10.0, 10.0, 30.0, 30.0), (40.0, 10.0, 60.0, 30.0)
SHADOW = (0.0, 30.0, 40.0, 40.0)


def thing(box: Box, comes_s: float = 100.0, goes_s: float = 200.0) -> Thing:
    return Thing(boxes=(box, SHADOW), comes_s=comes_s, goes_s=goes_s, lay=None)


def outcome(*incidents: tuple[float, Box], plain: Sequence[bool] = (True, True)) -> Outcome:
    told = [Incident(at_s=at_s, box=box) for at_s, box in incidents]
    things = [thing(LEFT), thing(RIGHT, comes_s=110.0)]
    return outcome_of(things, plain, told, situation="s", seed=1, flaw="none")


def test_an_incident_belongs_to_the_object_it_overlaps_and_each_object_is_found_once() -> None:
    one = outcome((130.0, LEFT), (150.0, LEFT), (144.0, RIGHT))
    assert one.delays_s == (30.0, 34.0)
    assert (one.doubled, one.false) == (1, ())


def test_pieces_side_by_side_may_be_one_incident() -> None:
    assert outcome((140.0, (10.0, 10.0, 60.0, 30.0))).delays_s == (40.0, 30.0)


@pytest.mark.parametrize("told", [(60.0, LEFT), (240.0, LEFT), (130.0, (80.0, 10.0, 99.0, 30.0))])
def test_an_incident_of_no_object_is_false(told: tuple[float, Box]) -> None:
    one = outcome(told)
    assert (one.delays_s, one.false) == ((None, None), (told,))


def test_a_shadow_is_neither_found_nor_false_and_what_nobody_sees_is_not_asked_for() -> None:
    one = outcome((130.0, SHADOW), (140.0, RIGHT), plain=(True, False))
    assert (one.asked, one.delays_s, one.false) == (1, (None,), ())


def test_the_sheet_counts_each_scene_once() -> None:
    good = outcome((130.0, LEFT), (141.0, RIGHT))
    half = outcome((130.0, LEFT))
    nothing = replace(half, situation="nothing", asked=0, delays_s=(), false=((1.0, LEFT),))
    figures = sheet([good, half, nothing])
    assert figures["all"]["found"]["rate"] == 0.75
    assert figures["all"]["found"]["of"] == 2
    assert figures["situations"]["s"]["all_found"]["rate"] == 0.5
    assert figures["situations"]["nothing"]["false"] == 1
    assert figures["situations"]["nothing"]["found"]["rate"] is None
    page = markdown("mine", 30.0, figures)
    assert "| s | 2 | 0.75 (" in page
    assert "| nothing | 1 |  |  | 1 |" in page


@pytest.mark.parametrize("situation", SITUATIONS)
def test_every_situation_is_drawn_and_has_what_its_name_says(situation: str) -> None:
    scene = SituationScene(situation, 5, dwell_s=30.0)
    assert bool(scene.things) is not situation.startswith("nothing")
    if scene.size_px[0] > 1300:
        return  # large pictures cost seconds
    pictures = dict(scene.pictures(per_s=1 / 60))
    columns, rows = scene.size_px
    assert {picture.shape for picture in pictures.values()} == {(rows, columns, 3)}
    assert scene.outline.max(axis=0)[0] <= columns
    for one, plain in zip(scene.things, scene.plain, strict=True):
        left, top, right, bottom = (round(edge) for edge in one.boxes[0])
        assert 0 <= left < right <= columns
        assert 0 <= top < bottom <= rows
        assert one.comes_s >= COMES_S
        if plain and situation.startswith(("two", "three", "picture")):
            before, after = (pictures[at_s][top:bottom, left:right].astype(float) for at_s in (60.0, 180.0))
            assert np.abs(after - before).max() > 12


def test_two_things_come_when_the_situation_says() -> None:
    at_once = SituationScene("two things at once", 3, dwell_s=30.0)
    assert [one.comes_s for one in at_once.things] == [COMES_S, COMES_S]
    apart = SituationScene("three things", 3, dwell_s=30.0)
    waits = np.diff([one.comes_s for one in apart.things])
    assert len(waits) == 2
    assert (waits >= 0).all()
    assert (waits <= 30).all()
    assert len(SituationScene("a vendor lays out five pieces", 3, dwell_s=30.0).things) == 5


def test_the_baseline_tells_what_stands_once_and_not_what_passes() -> None:
    outline: Outline = np.array([[0, 0], [320, 0], [320, 240], [0, 240]], np.float32)
    detector = DualBackground(outline, 30.0, (320, 240))
    source = np.random.default_rng(1)
    told: list[tuple[float, Box]] = []
    for at_s in range(0, 160, 2):
        picture = np.clip(source.normal(120, 3, (240, 320, 3)), 0, 255).astype(np.uint8)
        picture[40:80, (2 * at_s) % 280 : (2 * at_s) % 280 + 30] = 20
        if at_s >= 60:
            picture[150:180, 200:230] = 230
        told.extend((at_s, box) for box in detector.look(picture, float(at_s)))
    ((began_s, box),) = told
    assert 84 <= began_s <= 96
    assert box == pytest.approx((200, 150, 230, 180), abs=6)


class Told:
    """A detector of somebody else: it tells one box at once."""

    def __init__(self, outline: Outline, dwell_s: float, size_px: tuple[int, int]) -> None:
        self.box = (*outline.min(axis=0).tolist(), *outline.max(axis=0).tolist())
        self.wait_s = dwell_s
        self.size_px = size_px

    def look(self, picture: Image, at_s: float) -> Sequence[Box]:
        assert picture.shape[:2] == self.size_px[::-1]
        return [self.box] if at_s == 2 * self.wait_s else []


def test_a_detector_of_ones_own_is_scored_by_its_name() -> None:
    case = Case(situation="nothing: a queue", seed=2, dwell_s=10.0, detector=f"{__name__}:Told")
    (false,) = run(case).false
    assert false[0] == 20.0


@pytest.mark.parametrize("name", ["nobody", "bench.benchmark.mog2:Absent", ":", "no.such:Thing"])
def test_an_unknown_detector_is_refused(name: str) -> None:
    with pytest.raises(BenchError, match="is no detector"):
        maker_of(name)


def test_the_box_is_measured_with_its_detection_model_too() -> None:
    outline: Outline = np.array([[0, 0], [96, 0], [96, 64], [0, 64]], np.float32)
    detector = maker_of("streetwarden-with-model")(outline, 30.0, (96, 64))
    assert detector.look(np.zeros((64, 96, 3), np.uint8), 0.0) == []


def test_scenes_are_written_as_clips_and_a_file_of_incidents_is_scored(tmp_path: Path) -> None:
    only = ["--situation", "one thing, wet", "--scenes", "1", "--json"]
    CliRunner().invoke(command, [*only, "--write", str(tmp_path / "scenes")], catch_exceptions=False)
    (clip,) = clips_of(tmp_path / "scenes")
    assert clip.name == f"{scene_name('one thing, wet', 0)}.mp4"
    (event,) = clip.events
    lines = [{"scene": clip.name.removesuffix(".mp4"), "at_s": 131.0, "box": event.truth.boxes[0]}]
    file = tmp_path / "mine.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines))
    arguments = [*only, "--workers", "1", "--incidents", str(file), "--markdown", str(tmp_path / "sheet.md")]
    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["detector"] == "mine"
    assert figures["all"]["found"]["rate"] == 1.0
    assert figures["all"]["median_delay_s"] == 31.0
    assert "**mine**" in (tmp_path / "sheet.md").read_text()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"scene": "x", "at_s": 1, "box": [0, 0, 1, 1]}', "speaks of x, which is none of the 1 scenes"),
        ('{"scene": "x", "at_s": 1}', "line 1: .*box"),
        ("nonsense", "line 1"),
    ],
)
def test_a_wrong_file_of_incidents_is_refused(tmp_path: Path, line: str, says: str) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text(line)
    arguments = ["--situation", "one thing, wet", "--scenes", "1", "--incidents", str(file)]
    with pytest.raises(BenchError, match=says):
        CliRunner().invoke(command, arguments, catch_exceptions=False)


def test_a_situation_that_is_not_there_is_refused() -> None:
    with pytest.raises(BenchError, match="no situation has elephants in its name"):
        CliRunner().invoke(command, ["--situation", "elephants"], catch_exceptions=False)

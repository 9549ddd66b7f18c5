"""Photographs are found, straightened and laid on filmed ground, and the covers' detector watches them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from bench.composites import cases_of, command, run
from bench.errors import BenchError
from bench.photographed.footage import Footage, Place, places
from bench.photographed.outline import find
from bench.photographed.photographs import Collection, read
from bench.photographed.scene import PhotographedScene
from detectors.look import Image
from tests.bench.drawn_photographs import BAR, Ellipse, cover, folder, pavement, shaft, video

SHARED = Path(__file__).parents[3] / "shared" / "data" / "manhole"


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    return read(folder(tmp_path_factory.mktemp("photographs")))


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> list[Place]:
    return places(video(tmp_path_factory.mktemp("video") / "ground.mp4"))


@pytest.mark.parametrize("ellipse", [((300, 250), (330, 250), 8), ((350, 220), (240, 230), 0)])
@pytest.mark.parametrize("draw", [cover, shaft])
def test_the_outline_is_where_it_was_drawn(ellipse: Ellipse, draw: Callable[[int, Ellipse], Image]) -> None:
    found = find(draw(7, ellipse), hollow=draw is shaft)
    assert found is not None
    assert (found.x, found.y) == pytest.approx(ellipse[0], abs=8)
    across, down = _reach(found.wide, found.high, found.turn)
    assert (across, down) == pytest.approx(
        _reach(ellipse[1][0] / 2, ellipse[1][1] / 2, np.radians(ellipse[2])), rel=0.06
    )


def test_bare_pavement_has_no_outline() -> None:
    bare = np.asarray(cv2.GaussianBlur(pavement(3), (0, 0), 1.0), np.uint8)
    assert find(bare, hollow=False) is None
    assert find(bare, hollow=True) is None


def test_a_folder_says_in_how_many_photographs_an_outline_was_found(collection: Collection) -> None:
    assert {name: len(found) for name, found in collection.photographs.items()} == {
        "good": 2, "missing": 2, "broken": 1,
    }  # fmt: skip
    assert collection.of == {"good": 3, "missing": 2, "broken": 1}


def test_a_shaft_is_dark_to_its_edge_and_knows_the_ground_around(collection: Collection) -> None:
    one = collection.photographs["missing"][0]
    assert one.disc.shape == (256, 256, 3)
    assert one.disc[20:236, 128].max() < 60
    assert one.pavement is not None
    assert 120 < one.pavement.mean() < 195


def test_ground_is_looked_for_below_a_black_bar(ground: list[Place]) -> None:
    assert ground
    assert all(place.top >= BAR for place in ground)


def test_a_video_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="cannot be read"):
        places(tmp_path / "absent.mp4")


def test_who_passes_goes_over_the_laid_cover(collection: Collection, ground: list[Place]) -> None:
    footage = Footage(ground[0])
    white = np.full_like(footage.empty, 250.0)
    covered = 0
    for index in range(40):
        shown = footage.with_ground(white, index * 0.4)
        dark = shown.mean(axis=2) < 90
        covered += bool(dark.any())
        assert shown.mean() > 200
    assert covered > 10
    same = footage.with_ground(footage.empty, 2.0)
    assert np.abs(same - footage.with_ground(footage.empty, 2.0 + footage.seconds)).max() == 0


def test_the_cover_lies_within_its_outline(collection: Collection, ground: list[Place]) -> None:
    footage = Footage(ground[0])
    intact, other = collection.photographs["good"][0], collection.photographs["missing"][0]
    scene = PhotographedScene(
        seed=5, cover_px=50, weather="clear", flaw="none", footage=footage, intact=intact, other=other
    )
    differs = np.abs(
        scene.picture(0.0, changed=True).astype(np.float32) - scene.picture(0.0, changed=False)
    ).max(axis=2)
    rows, columns = np.nonzero(differs > 40)
    left, top = scene.outline.min(axis=0)
    right, bottom = scene.outline.max(axis=0)
    assert right - left == pytest.approx(50, abs=2)
    assert 0.3 < (bottom - top) / (right - left) < 0.95
    assert columns.min() >= left - 4
    assert columns.max() <= right + 4
    assert rows.min() >= top - 4
    assert rows.max() <= bottom + 4


def test_a_shaft_in_a_cover_s_place_is_told_and_a_cover_that_stays_is_not(
    collection: Collection, ground: list[Place]
) -> None:
    cases = cases_of(collection, ground, scenes=1, first=0, weathers=["clear"])
    assert len(cases) == 12
    missing, displaced, good = (
        next(one for one in cases if (one.change, one.cover_px) == (change, 90))
        for change in ("missing", "displaced", "good")
    )
    gone = run(missing)
    assert gone.delay_s is not None
    assert gone.delay_s <= 60
    assert gone.told_as == "cover_missing"
    assert gone.end_delay_s is not None
    assert [right for _, right in gone.told] == [True]
    aside = run(displaced)
    assert aside.told_as == "cover_displaced"
    assert aside.overlap is not None
    assert aside.overlap > 0.5
    stayed = run(good)
    assert (stayed.delay_s, stayed.false, stayed.told) == (None, 0, ())
    assert stayed.verdicts.get("ok", 0) > 20


@pytest.mark.timeout(300)  # some 20 s of processor, beside the other parts of the suite
def test_the_command_prints_rates_with_their_intervals(tmp_path: Path) -> None:
    arguments = [
        "--photographs",
        str(folder(tmp_path / "photographs")),
        "--video",
        str(video(tmp_path / "v.mp4")),
    ]
    done = CliRunner().invoke(
        command,
        [*arguments, "--weather", "fog", "--size", "50", "--workers", "1", "--json"],
        catch_exceptions=False,
    )
    found = json.loads(done.output)
    assert found["outlines_found"] == {"good": [2, 3], "missing": [2, 2], "broken": [1, 1]}
    assert found["by_weather"]["fog"]["50"]["of"] == 1
    assert found["by_weather"]["fog"]["90"]["of"] == 0
    assert found["wrong_ok_by_weather"] == {}
    assert found["false_missing"] == 0


def test_absent_photographs_end_the_command_with_a_sentence(tmp_path: Path) -> None:
    absent = tmp_path / "nowhere"
    ended = subprocess.run(
        [sys.executable, "-m", "bench", "composites", "--photographs", str(absent)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert f"streetwarden: {absent} is absent" in ended.stderr


@pytest.mark.real_data
@pytest.mark.timeout(300)
@pytest.mark.skipif(not SHARED.exists(), reason="the photographs are not here")
def test_outlines_are_found_in_real_photographs() -> None:
    found = read(SHARED)
    assert {name: len(kept) for name, kept in found.photographs.items()} == {
        "good": 31, "missing": 30, "broken": 25,
    }  # fmt: skip


def _reach(wide: float, high: float, turn: float) -> tuple[float, float]:
    """How far an ellipse reaches to the right and down, from its half axes."""
    cos, sin = np.cos(turn), np.sin(turn)
    return float(np.hypot(wide * cos, high * sin)), float(np.hypot(wide * sin, high * cos))

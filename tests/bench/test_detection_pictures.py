"""The curves of the detectors' benchmarks match the runs."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bench.detection_pictures import command, precision_by_recall, read, told_by
from bench.errors import BenchError

_SVG = "{http://www.w3.org/2000/svg}"


def run(
    seed: int,
    *told: tuple[float, bool],
    change: str = "missing",
    delay_s: float | None = None,
    weather: str = "clear",
) -> dict[str, Any]:
    return {
        "seed": seed, "weather": weather, "change": change, "cover_px": 50 if seed % 2 else 90,
        "delay_s": delay_s, "told": [list(one) for one in told],
    }  # fmt: skip


RUNS = [
    run(1, (0.9, True), delay_s=20.0),
    run(2, (0.6, True), delay_s=40.0),
    run(3),
    run(4, (0.7, False), change="ok"),
    run(5, (0.5, False), change="ok", weather="fog"),
    run(6, weather="fog"),
]


def is_missing(one: dict[str, Any]) -> bool:
    return bool(one["change"] == "missing")


def test_each_threshold_has_its_precision_and_recall() -> None:
    points, count = precision_by_recall(RUNS, is_missing)
    assert count == 3
    assert points == [(1 / 3, 1.0), (1 / 3, 1 / 2), (2 / 3, 2 / 3), (2 / 3, 1 / 2)]


def test_what_is_never_told_never_enters_the_share() -> None:
    points, count = told_by(RUNS, is_missing)
    assert count == 4
    assert points == [(0.0, 0.0), (20.0, 0.0), (20.0, 0.25), (40.0, 0.25), (40.0, 0.5), (100.0, 0.5)]


def test_the_picture_has_a_line_for_every_group_with_something_to_find(tmp_path: Path) -> None:
    file = tmp_path / "covers.jsonl"
    file.write_text("\n".join(json.dumps(one) for one in [*RUNS, {"false_missing": 2}]))
    CliRunner().invoke(
        command, ["--covers", str(file), "--out", str(tmp_path / "drawn")], catch_exceptions=False
    )
    drawn = ET.parse(tmp_path / "drawn" / "covers-curves.svg")
    words = [text.text for text in drawn.iter(f"{_SVG}text")]
    assert "Covers that go missing: 6 synthetic scenes, 2 false reports in all" in words
    assert {"all, 3 to find", "50 px, 2 to find", "fog, rainy night, glare, 1 to find"} <= set(words)
    assert len(list(drawn.iter(f"{_SVG}polyline"))) == 3 + 2 + 2
    assert not (tmp_path / "drawn" / "left-object-curves.svg").exists()


def test_a_picture_says_that_its_covers_were_photographs(tmp_path: Path) -> None:
    file = tmp_path / "composites.jsonl"
    file.write_text("\n".join(json.dumps(one) for one in RUNS))
    CliRunner().invoke(command, ["--composites", str(file), "--out", str(tmp_path)], catch_exceptions=False)
    words = [text.text for text in ET.parse(tmp_path / "composites-curves.svg").iter(f"{_SVG}text")]
    assert "Covers that go missing: 6 photographs laid into video, 2 false reports in all" in words


def test_nothing_to_draw_is_a_mistake() -> None:
    with pytest.raises(BenchError, match="nothing to draw"):
        CliRunner().invoke(command, [], catch_exceptions=False)


@pytest.mark.parametrize("text", ["", "no JSON", '{"seed": 1, "weather": "clear"}'])
def test_runs_without_their_reports_are_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "runs.jsonl"
    file.write_text(text)
    with pytest.raises(BenchError, match=str(file)):
        read(file)

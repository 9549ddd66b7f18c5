"""The box's detection model: its budget, a box without ONNX Runtime, and the running program that asks it."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from prometheus_client import CollectorRegistry

from detectors.errors import DetectorError
from detectors.look import Image
from detectors.recognition.sightings import Sighting
from edge.errors import EdgeError
from edge.metrics import Metrics
from edge.recognition import (
    AskBudget,
    BudgetedRecogniser,
    Loaded,
    load_model,
    recognition_settings,
    seen_around,
    taken_from_all,
)
from edge.settings import Recognition
from tests.detectors.recognition.figures import person
from tests.edge.clips import encode, noisy, pavement
from tests.edge.conftest import StartEdge
from tests.edge.running import Center, crate_camera, until
from tests.edge.test_veto import nothing
from tests.servers import Broker
from wire.messages import Status

GREY = np.full((200, 300, 3), 128, np.uint8)
BOX = (100.0, 80.0, 140.0, 120.0)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_budget_is_a_minutes_questions_at_once_and_fills_evenly() -> None:
    clock = Clock()
    budget = AskBudget(6, clock)
    assert [budget.take() for _ in range(8)] == [True] * 6 + [False] * 2
    clock.now = 9.9
    assert not budget.take()
    clock.now = 10.0
    assert [budget.take(), budget.take()] == [True, False]
    clock.now = 3_600.0
    assert [budget.take() for _ in range(8)] == [True] * 6 + [False] * 2, "no more is saved up"
    clock.now = 0.0  # a clock that goes back gives nothing away
    assert not budget.take()


def test_a_question_that_one_budget_refuses_is_counted_by_none() -> None:
    clock = Clock()
    own, box = AskBudget(5, clock), AskBudget(2, clock)
    assert [taken_from_all((own, box)) for _ in range(9)] == [True] * 2 + [False] * 7
    assert [own.take() for _ in range(4)] == [True] * 3 + [False], "a refusal costs nothing"


class Sees:
    def __init__(self, error: str = "") -> None:
        self._error = error
        self.sizes: list[tuple[int, ...]] = []

    def sightings(self, picture: Image) -> list[Sighting]:
        self.sizes.append(picture.shape)
        if self._error:
            raise DetectorError(self._error)
        return [Sighting(name="person", score=0.9, box_px=(10.0, 20.0, 30.0, 40.0))]


def asked(model: Sees, times: int, budget: int) -> CollectorRegistry:
    registry = CollectorRegistry()
    metrics = Metrics(registry=registry, cameras=tuple, box=nothing)
    recogniser = BudgetedRecogniser(
        camera="c1", model=model, budgets=(AskBudget(budget, Clock()),), metrics=metrics
    )
    for _ in range(times):
        recogniser.around(GREY, BOX)
    return registry


def count(registry: CollectorRegistry, outcome: str) -> float:
    labels = {"camera": "c1", "outcome": outcome}
    return registry.get_sample_value("streetwarden_edge_recognitions_total", labels) or 0


def test_questions_are_counted_and_those_beyond_the_budget_are_not_asked() -> None:
    model = Sees()
    registry = asked(model, times=5, budget=3)
    assert (count(registry, "answered"), count(registry, "over_budget"), len(model.sizes)) == (3, 2, 3)
    spent = registry.get_sample_value("streetwarden_edge_recognition_seconds_total", {"camera": "c1"})
    assert spent is not None
    assert spent > 0


def test_a_model_that_fails_is_counted_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    registry = asked(Sees("it failed on a picture (out of memory)"), times=3, budget=9)
    assert count(registry, "failed") == 3
    assert len([each for each in caplog.records if "out of memory" in each.getMessage()]) == 1
    spent = registry.get_sample_value("streetwarden_edge_recognition_seconds_total", {"camera": "c1"})
    assert spent, "a failure costs time too"
    assert registry.get_sample_value("streetwarden_edge_model_up") == 0


def test_a_model_that_answers_is_up() -> None:
    assert asked(Sees(), times=1, budget=9).get_sample_value("streetwarden_edge_model_up") == 1


def test_the_model_is_shown_three_times_the_box_and_its_boxes_are_of_the_whole_picture() -> None:
    model, large = Sees(), np.full((1000, 1000, 3), 128, np.uint8)
    (seen,) = seen_around(model, large, (400.0, 400.0, 500.0, 440.0))
    assert model.sizes == [(301, 301, 3)]
    assert seen.box_px == (310.0, 290.0, 330.0, 310.0)


def test_the_model_is_shown_no_less_than_240_pixels() -> None:
    model, large = Sees(), np.full((1000, 1000, 3), 128, np.uint8)
    seen_around(model, large, (400.0, 400.0, 438.0, 438.0))
    assert model.sizes == [(241, 241, 3)]


def test_a_box_without_onnx_runtime_logs_it_once_and_works(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with caplog.at_level(logging.WARNING):
        loaded = load_model(Recognition())
    assert loaded.model is None
    assert loaded.fault is not None
    assert "ONNX Runtime is not installed" in loaded.fault
    assert len(caplog.records) == 1
    assert load_model(Recognition(enabled=False)) == Loaded(model=None)


def test_a_name_that_the_model_does_not_know_is_refused() -> None:
    with pytest.raises(EdgeError, match="recognition: 'dog' is no name; give names of: person, bicycle"):
        recognition_settings(Recognition(goods=("dog",)))


def standing_clip(file: Path) -> None:
    """A clip in which somebody stands as still as a post from 11.5 s on."""
    ground = pavement()
    with_somebody = ground.copy()
    person(with_somebody, ground.shape[1] / 2, ground.shape[0] * 0.8, 70)
    with_somebody = np.asarray(cv2.GaussianBlur(with_somebody, (3, 3), 0), np.uint8)
    pictures = (noisy(with_somebody if number >= 46 else ground, number) for number in range(160))
    encode(file, pictures, frames_per_s=4)


async def test_the_running_program_asks_its_model_and_tells_nobody_of_who_stands_there(
    guarded_broker: Broker, start_edge: StartEdge, tmp_path: Path
) -> None:
    standing_clip(tmp_path / "clip.mp4")
    async with Center(guarded_broker.url) as center:
        edge = start_edge(crate_camera("c1", "file:clip.mp4", dwell_s=2.0))

        async def refused() -> bool:
            return await edge.metric("refusals_total", "c1", "person") >= 1

        await until(refused)
        assert await edge.metric("recognitions_total", "c1", "answered") >= 1
        assert await edge.metric("model_enabled") == 1
        assert await edge.metric("model_up") == 1
        assert center.incidents == []
        assert any(
            isinstance(each, Status) and each.detail.get("model") == "loaded" for each in center.statuses
        )
    assert edge.stop() == 0

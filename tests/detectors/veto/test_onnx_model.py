"""The real loading and running of ONNX models, on tiny ones that the tests build."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from detectors.errors import DetectorError
from detectors.look import Image
from detectors.veto.onnx_model import OnnxModel, Preparation
from tests.detectors.veto.models import LABELS, grey_pictures_only, red_is_a_person, two_inputs


def plain(*blue_green_red: int, rows: int = 40, columns: int = 60) -> Image:
    return np.full((rows, columns, 3), blue_green_red, np.uint8)


RED, GREY = plain(40, 60, 190), plain(90, 90, 90)


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"channels_last": True},
        {"takes_bytes": True},
        {"takes_bytes": True, "channels_last": True},
        {"rows": 24, "columns": 8},
    ],
    ids=str,
)
def test_a_picture_gets_the_likeliest_label_whatever_form_its_input_has(form: dict[str, Any]) -> None:
    model = OnnxModel.load(red_is_a_person(**form), labels=LABELS)
    red, grey = model.label(RED), model.label(GREY)
    assert red.name == "person"
    assert red.probability == pytest.approx(1 / (1 + np.exp(3 - 20 * 150 / 255)), abs=1e-3)
    assert grey.name == "thing"
    assert grey.probability == pytest.approx(1 / (1 + np.exp(-3)), abs=1e-3)


def test_probabilities_are_taken_as_they_are() -> None:
    model = OnnxModel.load(red_is_a_person(softmax=True), labels=LABELS, answers="probabilities")
    assert model.label(GREY).probability == pytest.approx(1 / (1 + np.exp(-3)), abs=1e-3)


def test_a_model_that_takes_any_size_gets_the_one_that_is_said() -> None:
    free = red_is_a_person(rows="rows", columns="columns")
    assert (
        OnnxModel.load(free, labels=LABELS, preparation=Preparation(side_px=32)).label(RED).name == "person"
    )
    with pytest.raises(DetectorError, match="takes pictures of any size; set the width"):
        OnnxModel.load(free, labels=LABELS)


def test_pictures_are_scaled_as_the_model_was_trained() -> None:
    turned = Preparation(mean=(1.0, 0.0, 0.0), deviation=(1.0, 1.0, 1.0))
    assert OnnxModel.load(red_is_a_person(), labels=LABELS, preparation=turned).label(RED).name == "thing"


@pytest.mark.parametrize(
    ("model", "more", "said"),
    [
        (b"", {}, r"cannot be loaded \(.+\); give an ONNX file that holds its weights"),
        (b"no model at all", {}, r"cannot be loaded"),
        (red_is_a_person()[:-40], {}, r"cannot be loaded"),
        (red_is_a_person(), {"labels": ("person", "thing", "dog")}, "answers 2 figures, but 3 labels"),
        (red_is_a_person(), {"answers": "probabilities"}, "not probabilities; set the answers to `logits`"),
        (red_is_a_person(softmax=True), {}, "probabilities already; set the answers"),
        (red_is_a_person(gain=float("nan")), {}, "NaN or infinite figures"),
        (two_inputs(), {}, r"not one colour picture but one tensor\(float\) .* other tensor\(float\)"),
        (grey_pictures_only(), {}, "not one colour picture"),
    ],
)
def test_what_cannot_be_asked_is_said_when_it_is_loaded(
    model: bytes, more: dict[str, Any], said: str
) -> None:
    with pytest.raises(DetectorError, match=said):
        OnnxModel.load(model, **{"labels": LABELS, **more})


def test_without_the_runtime_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(DetectorError, match=r"install streetwarden\[onnx\]"):
        OnnxModel.load(red_is_a_person(), labels=LABELS)

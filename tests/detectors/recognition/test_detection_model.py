"""The model that comes with the project, and what a file that is none leads to."""

from __future__ import annotations

import hashlib
import sys

import cv2
import numpy as np
import pytest

from detectors.errors import DetectorError
from detectors.look import Image
from detectors.recognition.detection_model import DetectionModel
from detectors.recognition.shipped import FILE, SHA256, shipped_model
from detectors.recognition.sightings import words_about
from edge.recognition import seen_around
from tests.detectors.recognition.figures import person
from tests.detectors.veto.models import red_is_a_person

MODEL = DetectionModel.load(shipped_model())


def street(*, infrared: bool = False, people: tuple[tuple[float, float, float], ...] = ()) -> Image:
    """Grey ground with people at (x, foot), so high."""
    picture = np.full((480, 640, 3), (120, 125, 125), np.uint8)
    noise = np.random.default_rng(1).normal(0, 6, picture.shape)
    picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
    for x, foot, height in people:
        person(picture, x, foot, height)
    picture = np.asarray(cv2.GaussianBlur(picture, (3, 3), 0), np.uint8)
    if infrared:
        grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        picture = np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)
    return picture


def test_the_file_is_the_one_that_the_notice_speaks_of() -> None:
    assert hashlib.sha256(shipped_model()).hexdigest() == SHA256
    assert len(shipped_model()) < 5_000_000


@pytest.mark.parametrize("infrared", [False, True])
def test_a_person_is_found_where_they_stand(infrared: bool) -> None:  # noqa: FBT001
    box = (308.0, 330.0, 332.0, 400.0)
    words = words_about(seen_around(MODEL, street(infrared=infrared, people=((320, 400, 70),)), box), box)
    assert words["person"] > 0.5


def test_nothing_is_seen_on_bare_ground() -> None:
    assert seen_around(MODEL, street(), (303.0, 300.0, 337.0, 400.0)) == []


def test_a_carton_beside_a_person_is_not_the_person() -> None:
    picture = street(people=((322, 400, 55),))
    cv2.rectangle(picture, (345, 360), (390, 400), (70, 110, 150), -1)
    box = (345.0, 360.0, 390.0, 400.0)
    seen = seen_around(MODEL, picture, box)
    assert any(each.name == "person" for each in seen)
    assert "person" not in words_about(seen, box)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (b"no model", "cannot be loaded"),
        (shipped_model()[:-1000], "cannot be loaded"),
        (red_is_a_person(), "give a model that scripts/model makes"),
    ],
)
def test_a_file_of_another_form_is_refused(model: bytes, said: str) -> None:
    with pytest.raises(DetectorError, match=said):
        DetectionModel.load(model)


def test_a_damaged_file_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detectors.recognition.shipped.SHA256", "0" * 64)
    with pytest.raises(DetectorError, match=f"{FILE} is damaged.*install streetwarden anew"):
        shipped_model()


def test_without_the_runtime_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(DetectorError, match=r"install streetwarden\[onnx\]"):
        DetectionModel.load(shipped_model())

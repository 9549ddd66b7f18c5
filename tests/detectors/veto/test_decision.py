"""What a model is shown and when it is believed; and the watch that asks it before an incident begins."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from detectors.ground import Box
from detectors.look import Image, Look
from detectors.places import Purpose
from detectors.veto.decision import ModelVeto, square_around
from detectors.veto.onnx_model import OnnxModel
from detectors.watch import CameraWatch
from tests.detectors.street import HEIGHT, WIDTH, Street, Surface, box, moments, zone
from tests.detectors.veto.models import LABELS, red_is_a_person

MODEL = OnnxModel.load(red_is_a_person(), labels=LABELS)
REFUSED = {Purpose.GOODS: frozenset({"person"})}


@pytest.mark.parametrize(
    ("box_px", "shape"),
    [
        ((100, 100, 140, 120), (54, 54)),
        ((100, 100, 110, 200), (132, 132)),
        ((0, 0, 40, 40), (47, 47)),
        ((300, 220, 320, 240), (24, 24)),
        ((-50, -50, -10, -10), (28, 28)),
        ((5, 5, 5, 5), (3, 3)),
    ],
)
def test_a_thing_is_shown_with_a_little_around_it(box_px: Box, shape: tuple[int, int]) -> None:
    crop = square_around(np.zeros((240, 320, 3), np.uint8), box_px)
    assert crop.shape[:2] == pytest.approx(shape, abs=3)
    assert min(crop.shape[:2]) > 0


def test_the_model_is_believed_from_the_least_probability_on_and_for_labels_that_are_named() -> None:
    image = np.full((100, 100, 3), (90, 90, 90), np.uint8)
    image[20:80, 20:80] = (60, 60, 105)  # a little red: just above one half
    thing = (20.0, 20.0, 80.0, 80.0)
    chance = MODEL.label(square_around(image, thing)).probability
    refuses = [
        ModelVeto(model=MODEL, refused=REFUSED, least=least).refuses(Purpose.GOODS, image, thing)
        for least in (chance - 0.01, chance + 0.01)
    ]
    label = MODEL.label(square_around(image, thing)).name
    assert refuses == [label == "person", False]


def test_a_frame_is_shown_whole() -> None:
    image = np.full((100, 100, 3), (40, 60, 190), np.uint8)
    image[40:60, 40:60] = 90
    thing = (42.0, 42.0, 58.0, 58.0)
    assert not ModelVeto(model=MODEL, refused=REFUSED).refuses(Purpose.GOODS, image, thing)
    assert ModelVeto(model=MODEL, refused=REFUSED, view="frame").refuses(Purpose.GOODS, image, thing)
    assert not ModelVeto(model=MODEL, refused=REFUSED, view="frame").refuses(Purpose.STALL, image, thing)


class Asked:
    """Notes when the real veto is asked."""

    def __init__(self) -> None:
        self.at_s: list[float] = []
        self.now = 0.0
        self._veto = ModelVeto(model=MODEL, refused=REFUSED)

    def refuses(self, purpose: Purpose, image: Image, box_px: Box) -> bool:
        self.at_s.append(self.now)
        return self._veto.refuses(purpose, image, box_px)


def red(x: float, y: float) -> Callable[[Surface], None]:
    """Somebody in a red coat who stands as still as a post."""

    def draw(surface: Surface) -> None:
        surface[int(y - 60) : int(y), int(x - 14) : int(x + 14)] = np.array([40, 60, 190], np.float32)

    return draw


def watched(picture: Callable[[float], Image], seconds: float) -> tuple[list[tuple[str, float]], list[float]]:
    """Phases with their moments, and the moments at which the model was asked."""
    asked = Asked()
    watch = CameraWatch(covers=[], zones=[zone(10.0)], frame_px=(WIDTH, HEIGHT), veto=asked)
    told = []
    for asked.now in moments(0, seconds, 1.0):
        incidents = watch.look(Look.of(picture(asked.now), asked.now)).incidents
        told += [(str(incident.change.phase), asked.now) for incident in incidents]
    return told, asked.at_s


def test_a_thing_that_the_model_lets_through_is_asked_about_once() -> None:
    street = Street()
    told, asked = watched(
        lambda at_s: street.picture(*([box(340, 200)] if 40 <= at_s < 100 else [])), 130
    )  # fmt: skip
    assert [phase for phase, _ in told] == ["begun", "ended"]
    assert asked == [told[0][1]]


def test_what_it_takes_for_a_person_is_no_incident_and_is_asked_about_now_and_then() -> None:
    street = Street()
    told, asked = watched(lambda at_s: street.picture(*([red(340, 220)] if 40 <= at_s < 100 else [])), 130)
    assert told == []
    assert 3 <= len(asked) <= 4
    assert min(np.diff(asked)) >= 20


def test_what_it_sees_differently_later_begins_then() -> None:
    street = Street()

    def picture(at_s: float) -> Image:
        if at_s < 40:
            return street.picture()
        return street.picture(box(340, 220, 40, 60), *([red(340, 220)] if at_s < 75 else []))

    told, asked = watched(picture, 130)
    assert [phase for phase, _ in told] == ["begun"]
    assert asked[0] < 75
    assert told[0][1] == asked[-1]
    assert told[0][1] - asked[-2] >= 20, "once is not enough after a refusal"

"""Whether what a model sees is the object in a box, or something beside, before or in it."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.ground import Box
from detectors.recognition.sightings import Sighting, square_around, words_about

STALL: Box = (100.0, 100.0, 300.0, 220.0)
"""A table of goods, 200 px wide."""


def seen(name: str, box: Box, score: float = 0.9) -> Sighting:
    return Sighting(name=name, score=score, box_px=box)


@pytest.mark.parametrize(
    "person",
    [
        pytest.param((310.0, 60.0, 360.0, 220.0), id="beside it"),
        pytest.param((160.0, 60.0, 215.0, 240.0), id="before it"),
        pytest.param((150.0, 110.0, 200.0, 200.0), id="wholly before it"),
        pytest.param((40.0, 20.0, 130.0, 230.0), id="at its end"),
        pytest.param((500.0, 100.0, 560.0, 240.0), id="elsewhere"),
    ],
)
def test_a_vendor_is_not_the_stall(person: Box) -> None:
    assert words_about([seen("person", person)], STALL) == {}


@pytest.mark.parametrize(
    "box",
    [
        pytest.param((98.0, 40.0, 142.0, 202.0), id="all of the person"),
        pytest.param((100.0, 40.0, 140.0, 140.0), id="down to the knees"),
        pytest.param((95.0, 60.0, 150.0, 215.0), id="with the shadow"),
    ],
)
def test_a_person_is_the_object_if_the_box_is_the_person(box: Box) -> None:
    assert words_about([seen("person", (100.0, 40.0, 140.0, 200.0))], box) == {"person": 0.9}


def test_the_bag_in_somebodys_hand_is_not_the_person() -> None:
    bag, holder = (120.0, 150.0, 145.0, 180.0), (100.0, 40.0, 145.0, 200.0)
    assert words_about([seen("person", holder), seen("bag", bag, 0.6)], bag) == {"bag": 0.6}


def test_several_people_who_fill_the_box_are_the_object_and_the_least_sure_counts() -> None:
    queue = [seen("person", (x, 40.0, x + 60.0, 200.0), score) for x, score in ((100, 0.9), (150, 0.7))]
    assert words_about(queue, (98.0, 42.0, 212.0, 200.0)) == {"person": 0.7}
    behind_a_table = [
        seen("person", (110.0, 60.0, 150.0, 220.0)),
        seen("person", (240.0, 60.0, 280.0, 220.0)),
    ]
    assert words_about(behind_a_table, STALL) == {}


def test_of_one_name_the_surest_sighting_counts() -> None:
    box = (0.0, 0.0, 50.0, 30.0)
    assert words_about([seen("car", box, 0.5), seen("car", box, 0.8), seen("bus", box, 0.6)], box) == {
        "car": 0.8,
        "bus": 0.6,
    }


@pytest.mark.parametrize(
    ("box", "begins", "shape"),
    [
        ((100, 100, 140, 120), (60, 50), (121, 121)),
        ((0, 0, 40, 40), (0, 0), (81, 81)),
        ((300, 220, 320, 240), (280, 200), (40, 40)),
        ((-50, -50, -10, -10), (0, 0), (61, 61)),
        ((5, 5, 5, 5), (4, 4), (3, 3)),
    ],
)
def test_a_square_around_a_box_stays_in_the_picture(
    box: Box, begins: tuple[int, int], shape: tuple[int, int]
) -> None:
    part, at = square_around(np.zeros((240, 320, 3), np.uint8), box, 3.0)
    assert at == begins
    assert part.shape[:2] == shape

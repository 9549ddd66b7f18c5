"""Several things that come at once, or beside a change of light, are each told."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.look import Image
from tests.detectors.incidents import Seen, seen_in
from tests.detectors.street import Street, Surface, box

PLACES = [(270.0, 150.0), (410.0, 235.0), (340.0, 190.0), (420.0, 150.0), (275.0, 235.0)]


def _told(seen: Seen, places: list[tuple[float, float]]) -> list[bool]:
    """For each place whether an incident's box holds it."""
    boxes = [row.box_px for phase, _, row in seen if phase == "begun"]
    return [
        any(left <= x <= right and top <= y - 10 <= bottom for left, top, right, bottom in boxes)
        for x, y in places
    ]


@pytest.mark.parametrize("apart_s", [0.0, 4.0, 12.0])
@pytest.mark.parametrize("things", [2, 3, 5])
def test_things_that_come_within_seconds_of_each_other_are_all_told(things: int, apart_s: float) -> None:
    street, places = Street(), PLACES[:things]

    def picture(at_s: float) -> Image:
        there = [
            box(*place, 30, 24, tone=60.0 + 25 * index)
            for index, place in enumerate(places)
            if at_s >= 40 + index * apart_s
        ]
        return street.picture(*there)

    seen = seen_in(picture, 40 + (things - 1) * apart_s + 45)
    assert all(_told(seen, places))
    assert all(phase == "begun" for phase, _, _ in seen)


def test_a_car_that_parks_while_the_ground_beside_it_changes_tone_is_told() -> None:
    street = Street()

    def darker(surface: Surface) -> None:
        surface[120:250, 240:330] *= 0.75

    def picture(at_s: float) -> Image:
        return street.picture(*([darker, box(395, 220, 70, 40, tone=170)] if at_s >= 40 else []))

    assert _told(seen_in(picture, 90), [(395.0, 220.0)]) == [True]


def test_flecks_of_snow_that_fall_everywhere_at_once_are_none() -> None:
    street, source = Street(), np.random.default_rng(8)
    flecks = [(x, y, box(x, y, 14, 9, tone=215.0)) for x, y in source.uniform((230, 60), (460, 268), (60, 2))]

    def picture(at_s: float) -> Image:
        return street.picture(*(fleck for _, _, fleck in flecks if at_s >= 40))

    assert not seen_in(picture, 100)

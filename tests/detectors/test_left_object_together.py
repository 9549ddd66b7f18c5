"""Several things that come at once, or beside a change of light, are each told."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.look import Image
from tests.detectors.incidents import Seen, seen_in
from tests.detectors.street import Street, Surface, box, person

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


def test_the_last_of_a_row_of_things_is_told_although_each_lies_beside_the_one_before() -> None:
    street = Street()
    row = [box(x, 200, 30, 24) for x in (262.0, 300.0, 345.0)]

    def picture(at_s: float) -> Image:
        return street.picture(*(thing for index, thing in enumerate(row) if at_s >= 40 + 10 * index))

    assert _told(seen_in(picture, 95), [(262.0, 200.0), (345.0, 200.0)]) == [True, True]


def test_what_changes_in_front_of_the_zone_takes_nothing_out_of_it() -> None:
    street = Street()
    inside, before = box(340, 240, 30, 24), box(340, 270, 60, 18, tone=190)

    def picture(at_s: float) -> Image:
        return street.picture(*([inside, before] if at_s >= 40 else []))

    assert _told(seen_in(picture, 80), [(340.0, 238.0)]) == [True]


@pytest.mark.parametrize("apart_s", [0.0, 6.0, 12.0])
def test_a_thing_nearer_than_half_the_length_of_the_one_before_is_told_too(apart_s: float) -> None:
    street = Street()
    large, small = box(300, 210, 70, 40, tone=170), box(372, 210, 24, 22)

    def picture(at_s: float) -> Image:
        return street.picture(*([large] if at_s >= 40 else []), *([small] if at_s >= 40 + apart_s else []))

    assert _told(seen_in(picture, 100), [(300.0, 210.0), (372.0, 210.0)]) == [True, True]


def test_what_resembles_the_ground_and_comes_among_others_is_told_after_a_while() -> None:
    street, source = Street(), np.random.default_rng(5)
    speckled = source.normal(0, 18, (26, 34, 1)).astype(np.float32)

    def cloth(surface: Surface) -> None:
        surface[190:216, 403:437] = surface[190:216, 403:437] * 0.5 + 10 + speckled

    others = [box(270, 150, 44, 38, tone=170), box(340, 225, 44, 38, tone=60)]

    def picture(at_s: float) -> Image:
        return street.picture(*([*others, cloth] if at_s >= 40 else []))

    assert _told(seen_in(picture, 90), [(420.0, 214.0)]) == [True]


def test_pieces_beside_their_vendor_are_told_while_he_stands_there() -> None:
    street = Street()
    places = [(262.0, 225.0), (375.0, 225.0), (420.0, 215.0)]

    def picture(at_s: float) -> Image:
        pieces = [box(*place, 30, 24, tone=60.0 + 40 * index) for index, place in enumerate(places)]
        return street.picture(
            *(pieces if at_s >= 40 else []), *([person(318, 232, at_s)] if at_s >= 34 else [])
        )

    assert all(_told(seen_in(picture, 110), places))

"""Doubt costs time: who has swayed long, what hides much of the zone, what resembles the ground."""

from __future__ import annotations

import pytest

from detectors.left_object.doubts import Doubts
from detectors.left_object.settings import LeftObjectSettings
from detectors.look import Image
from detectors.places import Purpose
from tests.detectors.incidents import seen_in
from tests.detectors.street import Street, box, zone

SETTINGS = LeftObjectSettings()


def _needed_s(doubts: Doubts, dwell_s: float = 30.0, purpose: Purpose = Purpose.STALL) -> float:
    return doubts.needed_s(dwell_s, purpose, SETTINGS)


def test_without_doubt_a_tenth_of_the_dwell_is_enough() -> None:
    assert _needed_s(Doubts()) == pytest.approx(3.0)
    assert _needed_s(Doubts(blurred=True)) == pytest.approx(9.0)


def test_who_has_swayed_longer_must_hold_still_for_longer_and_twice_as_long_at_most() -> None:
    beside = _needed_s(Doubts(near_swaying=True))
    short, long = (_needed_s(Doubts(near_swaying=True, swayed_s=each)) for each in (12.0, 28.0))
    assert beside < short < long
    assert _needed_s(Doubts(near_swaying=True, swayed_s=3600.0)) == pytest.approx(2 * beside)


def test_what_resembles_the_ground_among_others_takes_a_dwell_and_is_not_silenced_for_good() -> None:
    plain = _needed_s(Doubts(alone=0.3, light=0.2))
    assert plain < _needed_s(Doubts(alone=0.3, light=0.5)) <= 30.0


def test_what_hides_much_of_the_zone_takes_longer_unless_vehicles_are_looked_for() -> None:
    large = Doubts(cut_share=0.3)
    assert _needed_s(large) == pytest.approx(15.0)
    assert _needed_s(large, purpose=Purpose.VEHICLE) == pytest.approx(3.0)


def test_a_bus_that_waits_a_little_longer_than_the_dwell_is_none_and_one_that_stays_is_told() -> None:
    street, bus = Street(), box(345, 245, 200, 150, tone=170)

    def told(stays_s: float) -> int:
        def picture(at_s: float) -> Image:
            return street.picture(*([bus] if 30 <= at_s < 30 + stays_s else []))

        return sum(phase == "begun" for phase, _, _ in seen_in(picture, 70, zone(10.0)))

    assert told(14.0) == 0
    assert told(35.0) == 1

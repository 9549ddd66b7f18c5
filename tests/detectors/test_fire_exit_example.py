from __future__ import annotations

from collections.abc import Callable

import pytest

from detectors.confirmation import Change, Confirmation, ConfirmationSettings
from detectors.look import Image
from detectors.observations import Verdict
from detectors.places import polygon
from fire_exit.detector import ExitPlace, FireExitDetector
from tests.detectors.street import ZONE, Street, box, look, moments, person

_CONFIRMED = ConfirmationSettings(begin_s=20, end_s=8)


def _changes(picture: Callable[[float], Image], seconds: float) -> list[Change]:
    detector = FireExitDetector([ExitPlace(id="exit-1", outline=polygon(ZONE))])
    confirmation = Confirmation(frozenset({Verdict.OBSTRUCTED}), _CONFIRMED)
    return [
        change
        for at_s in moments(0, seconds, 2.0)
        for change in confirmation.observe(detector.look(look(picture(at_s), at_s)))
    ]


@pytest.mark.parametrize("tone", [40.0, 170.0])
def test_what_blocks_the_exit_is_one_incident_from_beginning_to_end(tone: float) -> None:
    street = Street()
    heap = box(340, 210, 70, 60, tone)
    begun, ended = _changes(lambda at: street.picture(*([heap] if 60 <= at < 140 else [])), 200)
    assert (begun.phase, ended.phase) == ("begun", "ended")
    assert 80 <= begun.at_s <= 100
    assert 140 <= ended.at_s <= 170


def test_light_and_people_who_pass_block_nothing() -> None:
    street = Street()

    def picture(at_s: float) -> Image:
        return street.picture(person(200 + at_s % 40 * 7, 220, at_s), light=0.8 if at_s > 80 else 1.0)

    assert not _changes(picture, 200)


def test_the_change_to_infrared_and_back_blocks_nothing() -> None:
    day, night = Street(), Street(night=True)
    assert not _changes(lambda at: (night if 80 <= at < 160 else day).picture(), 240)


def test_what_came_by_day_ends_by_day_though_the_night_came_between() -> None:
    day, night = Street(), Street(night=True)
    heap = [box(340, 210, 70, 60, 40.0)]
    begun, ended = _changes(
        lambda at: night.picture() if 140 <= at < 180 else day.picture(*(heap if 60 <= at < 140 else [])), 280
    )
    assert begun.phase == "begun"
    assert ended.at_s >= 140

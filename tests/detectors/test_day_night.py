from __future__ import annotations

import numpy as np

from detectors.day_night import DayNightFilter
from detectors.look import Look

_NIGHT, _GREY, _DAY = 0, 3, 20


def _look(colour: int, at_s: float) -> Look:
    image = np.full((64, 64, 3), 90, np.uint8)
    image[:, :, 2] += colour
    return Look.of(image, at_s)


def _told(colours: list[int], gap_s: float = 2.0) -> str:
    """For each look what the detectors get: n night, d day, - nothing."""
    light = DayNightFilter()
    settled = [light.confirmed(_look(colour, index * gap_s)) for index, colour in enumerate(colours)]
    return "".join("-" if look is None else "n" if look.infrared else "d" for look in settled)


def test_dusk_takes_some_looks_that_agree_and_nothing_is_judged_meanwhile() -> None:
    assert _told([_DAY] * 3 + [_NIGHT] * 7) == "ddd----nnn"


def test_a_grey_street_is_in_the_light_that_was_before() -> None:
    assert _told([_DAY, _GREY, _GREY, _DAY]) == "dddd"
    assert _told([_NIGHT, _GREY, _GREY, _NIGHT]) == "nnnn"


def test_colour_that_comes_and_goes_changes_nothing() -> None:
    assert _told([_DAY, _NIGHT, _DAY, _NIGHT, _GREY, _NIGHT, _DAY]) == "d-d-d-d"


def test_looks_that_follow_fast_must_span_the_time_too() -> None:
    assert _told([_DAY] + [_NIGHT] * 18, gap_s=0.5) == "d" + "-" * 16 + "nn"

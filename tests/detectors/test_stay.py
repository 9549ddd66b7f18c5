from __future__ import annotations

import numpy as np

from detectors.left_object.blobs import Blob
from detectors.left_object.classification import Classification
from detectors.left_object.settings import LeftObjectSettings
from detectors.left_object.stay import Stay, Stays

OBJECT, GHOST, STIRRED = Classification.OBJECT, Classification.GHOST, Classification.STIRRED
SWAYING, RESTLESS = Classification.SWAYING, Classification.RESTLESS


def _blob(left: int = 10) -> Blob:
    mask = np.zeros((40, 60), np.bool_)
    mask[10:20, left : left + 10] = True
    return Blob(mask=mask, box=(left, 10, left + 10, 20), area=100, arrived=0.0)


def _after(*found: Classification) -> Stay:
    stay = Stay(_blob(), 0.0)
    for second, one in enumerate(found):
        stay.add(one, float(second))
    return stay


def test_a_look_in_which_somebody_passes_does_not_count_and_breaks_nothing() -> None:
    assert _after(OBJECT, OBJECT, OBJECT).object_s == 2.0
    passed = _after(OBJECT, OBJECT, STIRRED, OBJECT, OBJECT)
    assert passed.object_s == 2.0
    assert passed.stirred


def test_sway_and_hiding_start_the_time_as_an_object_again() -> None:
    assert _after(OBJECT, OBJECT, SWAYING, OBJECT, OBJECT).object_s == 1.0
    assert _after(OBJECT, OBJECT, RESTLESS, OBJECT).object_s == 0.0
    assert _after(OBJECT, SWAYING, SWAYING, OBJECT, SWAYING).swayed_s == 3.0
    assert _after(SWAYING).swayed_s > 0


def test_a_ghost_that_looks_like_an_object_in_between_is_no_ghost() -> None:
    assert _after(GHOST, GHOST, RESTLESS, GHOST, GHOST).ghost_s == 2.0
    assert _after(GHOST, GHOST, OBJECT, GHOST).ghost_s == 0.0


def test_a_stay_is_found_again_by_its_blob_and_forgotten_after_a_dwell_without_it() -> None:
    stays = Stays(20.0, LeftObjectSettings())
    stay = stays.of(_blob(), 0.0)
    stay.add(SWAYING, 0.0)
    assert stays.of(_blob(11), 1.0) is stay
    assert stays.of(_blob(30), 1.0) is not stay
    assert stays.has_swayed(_blob(11))
    assert not stays.has_swayed(_blob(30))
    stays.forget(21.0)
    assert stays.of(_blob(), 21.0) is not stay

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from detectors.drawing import with_box
from detectors.errors import DetectorError
from detectors.look import Image, Look
from detectors.watch import CameraWatch, IncidentChange
from tests.detectors.street import HEIGHT, WIDTH, Street, box, cover, look, moments, zone


def _incidents(picture: Callable[[float], Image], seconds: float, gap_s: float = 1.0) -> list[IncidentChange]:
    watch = CameraWatch(covers=[cover()], zones=[zone()], frame_px=(WIDTH, HEIGHT))
    return [
        incident
        for at_s in moments(0, seconds, gap_s)
        for incident in watch.look(look(picture(at_s), at_s)).incidents
    ]


def test_a_cover_and_a_thing_are_two_incidents_each_from_beginning_to_end() -> None:
    street = Street()

    def picture(at_s: float) -> Image:
        heap = [box(340, 200)] if 80 <= at_s < 150 else []
        return street.picture(*heap, covered=not 70 <= at_s < 130)

    seen = [(one.kind, one.change.phase) for one in _incidents(picture, 190)]
    assert seen == [
        ("cover_missing", "begun"),
        ("goods", "begun"),
        ("cover_missing", "ended"),
        ("goods", "ended"),
    ]


def test_the_end_carries_the_key_of_the_beginning_and_a_picture_from_before() -> None:
    street = Street()
    begun, ended = _incidents(lambda at: street.picture(covered=not 70 <= at < 130), 170)
    assert begun.key == ended.key
    assert begun.before is not None
    x, y = 140, 170
    assert begun.image[y, x].mean() < 40 < begun.before[y, x].mean()
    assert ended.image[y, x].mean() > 40


def test_a_camera_that_is_turned_away_reports_no_missing_cover() -> None:
    street = Street()
    assert not _incidents(lambda at: street.picture(shift=(150, 30) if at >= 70 else (0, 0)), 200)


def test_a_camera_that_goes_black_neither_begins_nor_ends_anything() -> None:
    street, black = Street(), np.zeros((HEIGHT, WIDTH, 3), np.uint8)

    def picture(at_s: float) -> Image:
        if 100 <= at_s < 140:
            return black
        return street.picture(covered=not 70 <= at_s < 160)

    assert [one.change.phase for one in _incidents(picture, 200)] == ["begun", "ended"]


def test_the_wanted_gap_follows_the_shortest_dwell() -> None:
    def gap(*dwells_s: float) -> float:
        zones = [zone(dwell_s) for dwell_s in dwells_s]
        return CameraWatch(covers=[cover()], zones=zones, frame_px=(WIDTH, HEIGHT)).wanted_gap_s

    assert gap(6) == pytest.approx(0.5)
    assert gap(600, 12) == pytest.approx(1.0)
    assert gap(600) <= 2.0


def test_looks_at_a_picture_of_another_size_say_nothing() -> None:
    watch = CameraWatch(covers=[cover()], zones=[zone()], frame_px=(WIDTH, HEIGHT))
    report = watch.look(look(np.zeros((100, 100, 3), np.uint8), 0.0))
    assert report.health.doubtful
    assert report.covers is report.zones is None


@pytest.mark.parametrize(
    ("image", "at_s"),
    [
        (np.zeros((10, 10), np.uint8), 0.0),
        (np.zeros((10, 10, 3), np.float32), 0.0),
        (np.zeros((0, 10, 3), np.uint8), 0.0),
        (np.zeros((10, 10, 3), np.uint8), float("nan")),
    ],
)
def test_what_is_no_picture_is_refused(image: Image, at_s: float) -> None:
    with pytest.raises(DetectorError):
        Look.of(image, at_s)


def test_a_night_picture_is_told_by_its_want_of_colour() -> None:
    assert look(Street(night=True).picture(), 0.0).infrared
    assert not look(Street().picture(), 0.0).infrared


def test_a_box_is_drawn_into_a_copy() -> None:
    picture = Street().picture()
    kept = picture.copy()
    drawn = with_box(picture, (100, 100, 160, 150), "cover_missing 0.97")
    assert np.array_equal(picture, kept)
    assert not np.array_equal(picture, drawn)

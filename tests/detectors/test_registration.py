"""Where looks lie before a camera that sways: measured to a fraction of a pixel, believed with care."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from detectors.left_object.detector import LeftObjectDetector
from detectors.left_object.registration import ReferencePicture, Registration
from detectors.left_object.settings import LeftObjectSettings
from detectors.left_object.zone_crop import shifted_back
from detectors.look import Image
from detectors.places import Purpose, Zone, polygon
from tests.detectors.street import HEIGHT, WIDTH, ZONE, Street, box, look, moments, person, shade

Shift = tuple[float, float]

_SETTINGS = LeftObjectSettings()


def _swayed(picture: Image, shift: Shift) -> Image:
    """The picture after the camera has moved everything by `shift`."""
    return shifted_back(picture, (-shift[0], -shift[1]))


def _background(picture: Callable[[int], Image]) -> Image:
    zone = Zone(id="zone-1", outline=polygon(ZONE), purpose=Purpose.GOODS, dwell_s=20.0)
    detector = LeftObjectDetector([zone], (WIDTH, HEIGHT))
    for index in range(5):
        detector.look(look(picture(index), 2.0 * index))
    return detector.backgrounds()["zone-1"][False]


@pytest.mark.parametrize("shift", [(0.0, 0.0), (0.3, -0.6), (-2.7, 3.4), (7.5, 0.5)])
def test_a_shift_is_measured_to_a_tenth_of_a_pixel(shift: Shift) -> None:
    street = Street()
    known = ReferencePicture(street.picture(), _SETTINGS)
    assert _measured(known, _swayed(street.picture(), shift)) == pytest.approx(shift, abs=0.1)


def test_neither_light_nor_what_stands_there_nor_a_passer_spoils_the_measure() -> None:
    street = Street()
    known = ReferencePicture(street.picture(), _SETTINGS)
    seen = street.picture(box(340, 200, 60, 46), person(300, 220, 4.0), light=shade(200, 0.6, 90))
    assert _measured(known, _swayed(seen, (1.6, -1.2))) == pytest.approx((1.6, -1.2), abs=0.15)


@pytest.mark.parametrize("size", [(8, 8), (24, 200), (30, 30)])
def test_a_place_too_small_or_too_even_to_register_by_stays_where_it_is(size: tuple[int, int]) -> None:
    even = np.full((*size, 3), 90, np.uint8)
    assert _measured(ReferencePicture(even, _SETTINGS), even) == (0.0, 0.0)
    noisy = np.random.default_rng(1).integers(0, 255, even.shape, np.uint8)
    assert _measured(ReferencePicture(even, _SETTINGS), noisy) == (0.0, 0.0)


def test_of_two_guesses_the_better_one_counts() -> None:
    street = Street()
    known = ReferencePicture(street.picture(), _SETTINGS)
    turned = _swayed(street.picture(), (38.4, 0.0))
    assert _measured(known, turned, (37.0, 1.0)) == pytest.approx((38.4, 0.0), abs=0.1)


def test_a_camera_that_stands_still_is_not_moved_by_one_look() -> None:
    street, registration = Street(), Registration(1.0, _SETTINGS)
    registration.set_reference(street.picture())
    shifts = [registration.register(street.picture(), (0.0, 0.0)) for _ in range(6)]
    shifts.append(registration.register(_swayed(street.picture(), (4.3, 2.2)), (0.0, 0.0)))
    assert shifts == [(0.0, 0.0)] * 7
    assert not registration.shakes


def test_a_camera_that_shakes_is_followed_look_by_look() -> None:
    street, registration, source = Street(), Registration(1.0, _SETTINGS), np.random.default_rng(4)
    registration.set_reference(street.picture())
    for shift in source.normal(0, 1.6, (9, 2)).tolist():
        shifts = registration.register(_cut(street, (shift[0], shift[1]), registration), (0.0, 0.0))
    assert shifts == pytest.approx(shift, abs=0.1)
    assert registration.shakes


def test_a_camera_that_was_turned_is_cut_where_it_shifts_now() -> None:
    street, registration = Street(), Registration(1.0, _SETTINGS)
    registration.set_reference(street.picture())
    for _ in range(12):
        shifts = registration.register(_cut(street, (3.3, -2.0), registration), (0.0, 0.0))
    assert registration.rest_px == (3.0, -2.0)
    assert shifts == pytest.approx((3.3, -2.0), abs=0.1)
    assert not registration.shakes


def test_the_shade_of_leaves_over_soft_ground_is_no_shake() -> None:
    street, registration, source = Street(), Registration(1.0, _SETTINGS), np.random.default_rng(1)

    def ground() -> Image:
        soft = cv2.GaussianBlur(street.picture(), (0, 0), 2.5).astype(np.float32)
        return np.asarray(np.clip(soft + source.normal(0, 3, soft.shape), 0, 255), np.uint8)

    first = [ground() for _ in range(5)]
    registration.learn(first)
    registration.set_reference(np.median(np.stack(first), axis=0).astype(np.uint8))
    spots = cv2.resize(source.normal(0, 1, (25, 43)).astype(np.float32), (WIDTH + 40, HEIGHT + 40))
    crown = cv2.GaussianBlur((spots > 0.1).astype(np.float32), (0, 0), 2.0)[:, :, None]
    for at_s in moments(0, 60, 2.0):
        right, down = round(10 + 8 * np.sin(at_s / 1.7)), round(10 + 6 * np.sin(at_s / 2.3 + 1))
        shaded = ground() * (1 - 0.5 * crown[down : down + HEIGHT, right : right + WIDTH])
        found = registration.register(shaded.astype(np.uint8), (0.0, 0.0))
        assert found == pytest.approx((0.0, 0.0), abs=0.3)
    assert not registration.shakes


def test_a_camera_that_shakes_learns_the_empty_place_unblurred() -> None:
    street = Street()
    shifts = [(0.0, 0.0), (1.4, -0.8), (-1.7, 0.6), (0.9, 1.9), (-0.6, -1.3)]
    still = _background(lambda _: street.picture())
    shaken = _background(lambda index: _swayed(street.picture(), shifts[index]))
    blurred = np.median([_swayed(still, shift) for shift in shifts], axis=0).astype(np.uint8)
    assert _apart(shaken, still) < 0.6 * _apart(blurred, still)


def _measured(known: ReferencePicture, picture: Image, *guesses: Shift) -> Shift:
    return known.exact_shift(picture, known.coarse_shift(picture, (0.0, 0.0), *guesses)) or (0.0, 0.0)


def _cut(street: Street, shift: Shift, registration: Registration) -> Image:
    right, down = registration.rest_px
    return _swayed(street.picture(), (shift[0] - right, shift[1] - down))


def _apart(one: Image, other: Image) -> float:
    rim = 12
    return float(cv2.absdiff(one, other)[rim:-rim, rim:-rim].mean())

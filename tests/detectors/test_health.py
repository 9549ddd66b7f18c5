from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from detectors.health.detector import Fault, HealthDetector
from detectors.look import Image
from tests.detectors.street import HEIGHT, WIDTH, Street, box, look, moments

_BLACK = np.zeros((HEIGHT, WIDTH, 3), np.uint8)


def _faults(picture: Callable[[float], Image], seconds: float = 120.0) -> list[Fault | None]:
    """A minute of the street as it is, then the given picture; the fault after each look of the latter."""
    street, health = Street(5), HealthDetector((WIDTH, HEIGHT))
    for at_s in moments(0, 60, 2.0):
        assert health.look(look(street.picture(), at_s)).fault is None
    return [health.look(look(picture(at_s), at_s)).fault for at_s in moments(60, seconds, 2.0)]


_OTHER = Street(77).picture()


@pytest.mark.parametrize(
    ("picture", "fault"),
    [
        (lambda _: _BLACK, Fault.BLACK),
        (lambda _: np.full_like(_BLACK, 252), Fault.WHITE),
        (lambda street: cv2.GaussianBlur(street.picture(), (0, 0), 2.5), Fault.DEFOCUSED),
        (lambda street: np.roll(street.picture(), 90, axis=1), Fault.MOVED),
        (lambda street: np.ascontiguousarray(street.picture()[::2, ::2]), Fault.WRONG_SIZE),
        (lambda _: _OTHER, Fault.FROZEN),
    ],
)
def test_a_fault_is_named_once_it_has_lasted(picture: Callable[[Street], Image], fault: Fault) -> None:
    street = Street(5)
    faults = _faults(lambda _: picture(street))
    assert faults[0] is None
    assert faults[-1] is fault


@pytest.mark.parametrize("by", [6, 40])
def test_an_object_that_is_moved_in_a_plain_scene_is_no_turn_of_the_camera(by: int) -> None:
    source = np.random.default_rng(3)
    ground = cv2.GaussianBlur(source.normal(120, 40, (HEIGHT, WIDTH, 3)).astype(np.float32), (0, 0), 2.0)

    def scene(right: int) -> Image:
        picture = ground + source.normal(0, 1.5, ground.shape)
        cv2.circle(picture, (200 + right, 150), 40, (30.0, 34.0, 32.0), 5)
        return np.asarray(np.clip(picture, 0, 255), np.uint8)

    health = HealthDetector((WIDTH, HEIGHT))
    seen = [health.look(look(scene(0 if at_s < 60 else by), at_s)) for at_s in moments(0, 100, 2.0)]
    assert {one.fault for one in seen} == {None}
    assert {one.shift_px for one in seen} == {(0.0, 0.0)}


@pytest.mark.parametrize("colour", [(90, 90, 90), (60, 80, 140)])
def test_a_hand_before_the_lens_is_a_covered_camera(colour: tuple[int, int, int]) -> None:
    source = np.random.default_rng(0)

    def hand(_: float) -> Image:
        return np.clip(source.normal(colour, 2, (HEIGHT, WIDTH, 3)), 0, 255).astype(np.uint8)

    assert _faults(hand)[-1] is Fault.COVERED


def test_a_warm_hand_that_is_lit_from_one_side_covers_a_grey_street_too() -> None:
    street, health, source = Street(5), HealthDetector((WIDTH, HEIGHT)), np.random.default_rng(0)
    dim = np.linspace(0.3, 1.2, WIDTH)[None, :, None] * np.ones((HEIGHT, 1, 1))
    for at_s in moments(0, 60, 2.0):
        grey = np.repeat(street.picture()[:, :, 1:2], 3, axis=2)  # a grey street is taken for infrared
        health.look(look(grey, at_s))
    for at_s in moments(60, 80, 2.0):
        lit = source.normal(dim * (60, 70, 110), 2)
        last = health.look(look(np.clip(lit, 0, 255).astype(np.uint8), at_s))
    assert last.fault is Fault.COVERED


def test_another_scene_at_dusk_is_not_learned_as_this_one_by_night() -> None:
    street, health = Street(5), HealthDetector((WIDTH, HEIGHT))
    blocks = np.random.default_rng(0).integers(20, 200, (14, 24, 1), np.uint8)
    elsewhere = cv2.resize(np.repeat(blocks, 3, axis=2), (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST)
    for at_s in moments(0, 60, 2.0):
        health.look(look(street.picture(), at_s))
    for at_s in moments(60, 80, 2.0):
        last = health.look(look(np.asarray(elsewhere, np.uint8) + np.uint8(at_s % 3), at_s))
    assert last.fault is Fault.MOVED


def test_its_own_scene_at_dusk_is_no_fault() -> None:
    health = HealthDetector((WIDTH, HEIGHT))
    day, night = Street(5), Street(5, night=True)
    faults = [
        health.look(look((night if at_s >= 60 else day).picture(), at_s)).fault
        for at_s in moments(0, 120, 2.0)
    ]
    assert set(faults) == {None}


def test_a_fault_is_doubtful_at_once_and_over_when_the_picture_is_back() -> None:
    street, health = Street(5), HealthDetector((WIDTH, HEIGHT))
    for at_s in moments(0, 60, 2.0):
        health.look(look(street.picture(), at_s))
    first = health.look(look(_BLACK, 60.0))
    assert first.doubtful
    assert first.fault is None
    for at_s in moments(62, 80, 2.0):
        health.look(look(_BLACK, at_s))
    for at_s in moments(80, 100, 2.0):
        last = health.look(look(street.picture(), at_s))
    assert (last.fault, last.doubtful) == (None, False)


def test_traffic_light_and_noise_are_no_fault() -> None:
    street = Street(5)

    def busy(at_s: float) -> Image:
        cars = [box((at_s * 57) % WIDTH, 200, 120, 60, 40), box((at_s * 31) % WIDTH, 260, 90, 90, 200)]
        return street.picture(*cars, light=1 + 0.3 * np.sin(at_s / 5))

    assert set(_faults(busy, 300)) == {None}


def test_a_small_turn_is_measured_and_no_fault() -> None:
    street, health = Street(5), HealthDetector((WIDTH, HEIGHT))
    for at_s in moments(0, 60, 2.0):
        health.look(look(street.picture(), at_s))
    for at_s in moments(60, 90, 2.0):
        found = health.look(look(street.picture(shift=(6, 3)), at_s))
    assert found.fault is None
    assert found.shift_px == pytest.approx((6, 3), abs=1.5)

"""A pixel's place on the ground, held against a pinhole camera whose ground is known."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.errors import DetectorError
from detectors.ground import Ground, SizeLimits
from geo.distance import distance_m

Point = tuple[float, float]
HEIGHT_M = 5.0
FOCAL_PX = 850.0
CORNERS: tuple[Point, ...] = ((-4.0, 6.0), (5.0, 6.5), (6.0, 20.0), (-7.0, 18.0))
HOME = (24.8005, 118.57)


def pixel(x: float, y: float, *, pitch_deg: float = 21.0) -> Point:
    """Where a camera over (0, 0) that looks along y sees a point of the ground, in a picture of 960 x 540."""
    down = math.radians(pitch_deg)
    depth = y * math.cos(down) + HEIGHT_M * math.sin(down)
    below = HEIGHT_M * math.cos(down) - y * math.sin(down)
    return 480 + FOCAL_PX * x / depth, 270 + FOCAL_PX * below / depth


def degrees(x: float, y: float) -> Point:
    lat = HOME[0] + y / 111_320
    return lat, HOME[1] + x / (111_320 * math.cos(math.radians(HOME[0])))


def by_metres(*corners: Point) -> Ground:
    return Ground.of_metres([pixel(*corner) for corner in corners], corners)


def by_degrees(*corners: Point) -> Ground:
    return Ground.of_degrees([pixel(*corner) for corner in corners], [degrees(*corner) for corner in corners])


@given(x=st.floats(-8, 8), y=st.floats(6, 40))
@settings(max_examples=60, deadline=None)
def test_ground_that_is_seen_is_where_it_is(x: float, y: float) -> None:
    assert by_metres(*CORNERS).metres([pixel(x, y)])[0] == pytest.approx((x, y), abs=1e-4)
    place = by_degrees(*CORNERS).place(pixel(x, y))
    assert place is not None
    assert distance_m(*place, *degrees(x, y)) < 0.02


@pytest.mark.parametrize("turned", list(permutations(range(4)))[::3])
def test_the_order_in_which_points_are_given_means_nothing(turned: tuple[int, ...]) -> None:
    ground = by_degrees(*(CORNERS[index] for index in turned))
    place = ground.place(pixel(1.0, 12.0))
    assert place is not None
    assert distance_m(*place, *degrees(1.0, 12.0)) < 0.02


def test_a_box_is_as_wide_as_its_foot_on_the_ground() -> None:
    ground = by_metres(*CORNERS)
    (left, bottom), (right, _) = pixel(-1.0, 12.0), pixel(3.5, 12.0)
    assert ground.width_m((left, bottom - 90, right, bottom)) == pytest.approx(4.5)
    assert ground.width_m((left, bottom - 300, right, bottom)) == pytest.approx(4.5), (
        "its height means nothing"
    )


def test_above_the_horizon_there_is_no_ground() -> None:
    ground = by_degrees(*CORNERS)
    horizon = 270 - FOCAL_PX * math.tan(math.radians(21.0))
    assert ground.place((480.0, horizon - 5)) is None
    assert math.isnan(ground.width_m((400.0, horizon - 60, 500.0, horizon - 20)))
    assert not SizeLimits(ground=ground, min_m=0.0, max_m=1e9).allow((400.0, 0.0, 500.0, horizon - 20))


def test_metres_alone_give_no_place() -> None:
    assert by_metres(*CORNERS).place(pixel(1.0, 12.0)) is None


def test_more_points_even_out_the_hand_that_marks_them() -> None:
    source = np.random.default_rng(5)
    corners = [(x, y) for x in (-4.0, 0.0, 4.0) for y in (7.0, 11.0, 18.0)]
    seen = [tuple((np.array(pixel(*corner)) + source.normal(0, 1.5, 2)).tolist()) for corner in corners]
    ground = Ground.of_metres(seen, corners)
    assert ground.metres([pixel(1.0, 12.0)])[0] == pytest.approx((1.0, 12.0), abs=0.1)


@pytest.mark.parametrize(
    ("pixels", "metres", "said"),
    [
        ([(0, 0), (9, 0), (9, 9)], [(0, 0), (9, 0), (9, 9)], "3 points are given; 4 to 16 are needed"),
        ([(0, 0), (50, 0), (99, 0), (99, 90)], [(0, 0), (5, 1), (9, 0), (9, 9)], "1, 2, 3 lie on a line in"),
        ([(0, 0), (50, 9), (99, 0), (99, 90)], [(0, 0), (5, 0), (9, 0), (9, 9)], "1, 2, 3 lie on a line on"),
        ([(5, 5)] * 4, [(0, 0), (9, 0), (9, 9), (0, 9)], "on a line in the picture"),
        ([(0, 90), (90, 90), (0, 0), (90, 0)], [(0, 0), (9, 0), (9, 9), (0, 9)], "in another order"),
        ([(0, 90), (90, 90), (90, float("nan")), (0, 0)], [(0, 0), (9, 0), (9, 9), (0, 9)], "finite"),
    ],
)  # fmt: skip
def test_points_from_which_nothing_follows_are_refused_with_the_reason(
    pixels: list[Point], metres: list[Point], said: str
) -> None:
    with pytest.raises(DetectorError, match=said):
        Ground.of_metres(pixels, metres)


def test_a_point_that_does_not_fit_the_others_is_named() -> None:
    corners = [(x, y) for x in (-4.0, 0.0, 4.0) for y in (7.0, 11.0, 18.0)]
    seen = [pixel(*corner) for corner in corners]
    seen[4] = (seen[4][0] + 70, seen[4][1])
    with pytest.raises(DetectorError, match="do not fit one flat piece of ground: point 5 is"):
        Ground.of_metres(seen, corners)


def test_places_that_go_the_wrong_way_round_are_refused() -> None:
    mirrored = [degrees(-x, y) for x, y in CORNERS]
    with pytest.raises(DetectorError, match="the points are mirrored"):
        Ground.of_degrees([pixel(*corner) for corner in CORNERS], mirrored)


@pytest.mark.parametrize("limits", [(3.0, 3.0), (5.0, 1.0), (-1.0, 2.0)])
def test_limits_between_which_nothing_lies_are_refused(limits: tuple[float, float]) -> None:
    with pytest.raises(DetectorError, match="no width lies"):
        SizeLimits(ground=by_metres(*CORNERS), min_m=limits[0], max_m=limits[1])

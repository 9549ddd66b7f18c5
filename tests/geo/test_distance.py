"""Distances in the plane, over the 180th meridian too."""

from __future__ import annotations

import numpy as np
import pytest

from geo.distance import degrees_east, distance_m


def test_a_thousandth_of_a_degree_is_a_hundred_metres() -> None:
    assert distance_m(24.8, 118.6, 24.801, 118.6) == pytest.approx(111.3, abs=0.1)
    assert distance_m(24.8, 118.6, 24.8, 118.601) == pytest.approx(101.1, abs=0.2)


def test_the_way_goes_over_the_180th_meridian_if_it_is_shorter() -> None:
    lon, other = np.array([179.999, -179.999, 180.0, 118.0]), np.array([-179.999, 179.999, -180.0, 119.0])
    assert degrees_east(lon, other) == pytest.approx([0.002, -0.002, 0, 1])
    assert distance_m(np.zeros(3), lon[:3], np.zeros(3), other[:3]) == pytest.approx([222.64, 222.64, 0])


def test_a_pole_is_one_place() -> None:
    assert distance_m(90.0, 10.0, 90.0, -170.0) == pytest.approx(0, abs=1e-6)

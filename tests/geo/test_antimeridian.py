"""Lines are cut where they cross the 180th meridian, and nowhere else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.antimeridian import crossings, unwrapped


def crossed(*lon: float) -> tuple[list[float], list[tuple[int, float, float, float]]]:
    """Longitudes of positions one degree of latitude apart, and where they cross."""
    found, where = crossings(np.arange(len(lon), dtype=float), np.array(lon, dtype=float))
    return found.tolist(), [(each.row, round(each.share, 6), round(each.lat, 6), each.lon) for each in where]


@pytest.mark.parametrize(
    ("lon", "expected"),
    [
        ([], []),
        ([180], []),
        ([179, 180], []),
        ([10, 170, -10], []),
        ([179, -179], [(0, 0.5, 0.5, 180)]),
        ([-179, 179], [(0, 0.5, 0.5, -180)]),
        ([179, 180, -179], [(1, 0, 1, 180)]),
        ([179, 180, 179], []),
        ([179, -177, -179, 177], [(0, 0.25, 0.25, 180), (2, 0.25, 2.25, -180)]),
    ],
)
def test_a_line_crosses_where_the_other_way_round_is_longer(lon: list[float], expected: Any) -> None:
    found, where = crossed(*lon)
    assert (found, where) == (lon, expected)


@pytest.mark.parametrize(
    ("lon", "kept"),
    [
        ([179, -180], [179, 180]),
        ([-179, 180], [-179, -180]),
        ([180, -179], [-180, -179]),
        ([180, -180, 180, 179], [180, 180, 180, 179]),
        ([180, -180], [-180, -180]),
        ([175, np.nextafter(180, 0), -180], [175, 180, 180]),
    ],
)
def test_the_meridian_itself_has_the_sign_of_its_neighbours(lon: list[float], kept: list[float]) -> None:
    assert crossed(*lon) == (kept, [])


@given(
    st.lists(
        st.one_of(st.sampled_from([180.0, -180.0]), st.floats(-180, -170), st.floats(170, 180)), min_size=1
    )
)
def test_no_part_jumps_and_each_has_two_positions(lon: list[float]) -> None:
    found, where = crossings(np.zeros(len(lon)), np.array(lon))
    assert np.abs(found).max() <= 180
    assert ((found - np.array(lon)) % 360 == pytest.approx(0)) or np.allclose(
        np.cos(np.radians(found)), np.cos(np.radians(lon))
    )
    begin, count = 0, 0
    for each in where:
        assert 0 <= each.share < 1
        part = [*found[begin : each.row + 1], each.lon]
        assert np.abs(np.diff(part)).max() <= 20
        count += len(part)
        begin = each.row + 1
    rest = found[begin:]
    assert len(rest)
    assert not len(where) or abs(rest[0] + where[-1].lon) <= 20
    assert count + len(rest) == len(lon) + len(where)


def test_unwrapped_longitudes_do_not_jump() -> None:
    assert unwrapped(np.array([179.0, -179.0, -178.0, 179.0])).tolist() == [179, 181, 182, 179]

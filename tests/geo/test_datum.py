"""GCJ-02 and BD-09 are converted to WGS-84."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.datum import _shift, from_bd09, from_gcj02

# As several independent converters publish them: (39.915, 116.404) taken as one datum, and in the next.
PLACE = (39.915, 116.404)
WGS84_AS_GCJ02 = (39.91640428150164, 116.41024449916938)
BD09_AS_GCJ02 = (39.90865673957631, 116.39762729119315)


def place(pair: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([pair[0]]), np.array([pair[1]])


def metres(a: tuple[np.ndarray, np.ndarray], b: tuple[np.ndarray, np.ndarray]) -> float:
    return float(np.hypot(a[0] - b[0], a[1] - b[1])[0] * 111_320)


def test_a_known_place_in_all_three_datums() -> None:
    assert metres(from_gcj02(*place(WGS84_AS_GCJ02)), place(PLACE)) < 0.001
    assert metres(from_bd09(*place(PLACE)), from_gcj02(*place(BD09_AS_GCJ02))) < 0.001


@given(st.floats(18, 53), st.floats(74, 134))
def test_there_and_back_is_the_same_place(lat: float, lon: float) -> None:
    there = place((lat, lon))
    shift = _shift(*there)
    assert metres(from_gcj02(there[0] + shift[0], there[1] + shift[1]), there) < 0.001


def test_outside_china_nothing_is_shifted() -> None:
    assert metres(from_gcj02(*place((48.2, 16.4))), place((48.2, 16.4))) == 0

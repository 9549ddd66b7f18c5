from __future__ import annotations

import numpy as np
import pytest

from detectors.errors import DetectorError
from detectors.places import Purpose, Zone, ellipse, polygon


@pytest.mark.parametrize(
    "corners",
    [[], [[0, 0], [10, 0]], [[0, 0], [1, 0], [1, 1]], [[0, 0], [10, 0], [float("nan"), 10]], [[1, 2, 3]] * 4],
)
def test_an_outline_that_shows_nothing_is_refused(corners: list[list[float]]) -> None:
    with pytest.raises(DetectorError):
        polygon(corners)


def test_an_ellipse_has_its_width_and_height() -> None:
    outline = ellipse(100, 50, 40, 20)
    assert np.ptp(outline, axis=0) == pytest.approx((40, 20), abs=0.5)
    turned = ellipse(100, 50, 40, 20, 90)
    assert np.ptp(turned, axis=0) == pytest.approx((20, 40), abs=0.5)


@pytest.mark.parametrize("dwell_s", [0.5, -3, 1e9, float("nan")])
def test_a_dwell_that_no_sampling_serves_is_refused(dwell_s: float) -> None:
    with pytest.raises(DetectorError, match="zone z: dwell_s"):
        Zone(id="z", outline=ellipse(10, 10, 10, 10), purpose=Purpose.STALL, dwell_s=dwell_s)

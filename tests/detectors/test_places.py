from __future__ import annotations

import numpy as np
import pytest

from detectors.errors import DetectorError
from detectors.ground import Ground, SizeLimits
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


SQUARE = [(0.0, 0.0), (200.0, 0.0), (200.0, 100.0), (0.0, 100.0)]


@pytest.mark.parametrize(("purpose", "carton"), [(Purpose.GOODS, True), (Purpose.VEHICLE, False)])
def test_without_a_width_a_vehicle_must_fill_some_of_its_zone(purpose: Purpose, *, carton: bool) -> None:
    zone = Zone(id="z", outline=polygon(SQUARE), purpose=purpose, dwell_s=60)
    assert zone.counts((50, 50, 65, 70)) is carton
    assert zone.counts((50, 20, 120, 70))


def test_with_a_width_only_the_width_at_the_foot_counts() -> None:
    ground = Ground.of_metres(SQUARE, [(x / 20, y / 20) for x, y in SQUARE])
    size = SizeLimits(ground=ground, min_m=1.2, max_m=6.0)
    zone = Zone(id="z", outline=polygon(SQUARE), purpose=Purpose.VEHICLE, dwell_s=60, size=size)
    assert [zone.counts((10, 50, 10 + 20 * metres, 52)) for metres in (0.9, 1.3, 5.9, 6.5)] == [
        False, True, True, False,
    ]  # fmt: skip


def test_a_heap_as_wide_as_a_car_is_lower() -> None:
    ground = Ground.of_metres(SQUARE, [(x / 20, y / 20) for x, y in SQUARE])
    limits = SizeLimits(ground=ground, min_m=1.2, max_m=15.0, min_height_m=1.5)
    assert not limits.allow((10, 50, 42, 77))  # 1.6 m wide, 1.35 m high
    assert limits.allow((10, 50, 46, 82))
    assert not limits.allow((10, 50, 10, 82))

from __future__ import annotations

import math
import random

import pytest

from bench.stall_by_track import StallByTrack, StallByTrackSettings, TrackPoint, inside

_LAT, _LON = 24.8, 118.57
_M = 1 / 111_320.0
_ZONE = tuple((_LAT + y * _M, _LON + x * _M) for x, y in ((-60, -60), (60, -60), (60, 60), (-60, 60)))


def _point(at_s: float, east_m: float, north_m: float, accuracy_m: float | None = 5.0) -> TrackPoint:
    return TrackPoint(
        at_s=at_s,
        lat=_LAT + north_m * _M,
        lon=_LON + east_m * _M / math.cos(math.radians(_LAT)),
        accuracy_m=accuracy_m,
    )


def _stall(dwell_s: float = 300) -> StallByTrack:
    return StallByTrack(zone=_ZONE, settings=StallByTrackSettings(dwell_s=dwell_s))


def _drive(*, stands_s: float, offset_m: float = 0.0, seed: int = 0) -> list[tuple[str, float, float]]:
    """Drives in at 8 m/s, stands, drives off; a fix every 5 s that errs by 4 m."""
    source, stall = random.Random(seed), _stall()
    seen: list[tuple[str, float, float]] = []
    for at_s in range(0, int(stands_s) + 400, 5):
        arrives, leaves = 100.0, 100.0 + stands_s
        east = 8 * min(0, at_s - arrives) + 8 * max(0, at_s - leaves)
        change = stall.take(_point(at_s, east + source.gauss(0, 4), offset_m + source.gauss(0, 4)))
        if change is not None:
            seen.append((change.phase, change.at_s, change.since_s))
    return seen


@pytest.mark.parametrize("seed", range(5))
def test_a_vehicle_that_stands_in_the_zone_is_one_stall_from_beginning_to_end(seed: int) -> None:
    (begun, begun_s, since_s), (ended, ended_s, left_s) = _drive(stands_s=600, seed=seed)
    assert (begun, ended) == ("begun", "ended")
    assert begun_s == pytest.approx(400, abs=15)
    assert since_s == pytest.approx(100, abs=10)
    assert ended_s == pytest.approx(705, abs=20)
    assert left_s == pytest.approx(700, abs=15)


def test_a_stop_shorter_than_the_dwell_is_none() -> None:
    assert not _drive(stands_s=200)


def test_a_stop_outside_the_zone_is_none() -> None:
    assert not _drive(stands_s=900, offset_m=150)


def test_poor_and_late_fixes_change_nothing() -> None:
    stall = _stall(60)
    assert stall.take(_point(0, 0, 0)) is None
    assert stall.take(_point(50, 4000, 0, accuracy_m=900)) is None
    assert stall.take(_point(40, 0, 0)) is None
    assert stall.take(_point(20, 3000, 0)) is None  # later in coming, earlier in time
    assert stall.take(_point(float("nan"), 0, 0)) is None
    change = stall.take(_point(70, 0, 0))
    assert change is not None
    assert change.phase == "begun"


def test_nothing_is_known_about_a_silence() -> None:
    stall = _stall(300)
    assert stall.take(_point(0, 0, 0)) is None
    assert stall.take(_point(1000, 0, 0)) is None


def test_one_stray_fix_does_not_end_a_stall() -> None:
    stall = _stall(60)
    changes = [stall.take(_point(at_s, 500 if at_s == 100 else 0, 0)) for at_s in range(0, 200, 10)]
    assert [change.phase for change in changes if change] == ["begun"]


def test_inside_counts_crossings() -> None:
    square = ((0.0, 0.0), (0.0, 2.0), (2.0, 2.0), (2.0, 0.0))
    assert inside(square, (1.0, 1.0))
    assert not inside(square, (3.0, 1.0))

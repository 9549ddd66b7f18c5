"""The benchmark of parked vehicles compares reports with the scene's truth."""

from __future__ import annotations

from dataclasses import replace

from bench.parking import run, summary


def test_a_street_in_which_a_car_parks_is_judged_with_and_without_a_calibration() -> None:
    both = run((0, False, "parks"))
    for one in (both.calibrated, both.plain):
        assert (one.found, one.false) == (True, 0)
        assert one.delay_s is not None
        assert 180 <= one.delay_s <= 210
        assert one.width_off_m is not None
        assert abs(one.width_off_m) < 1.0
    missed = replace(both.plain, found=False, delay_s=None, end_delay_s=None, false=2)
    figures = summary([both.calibrated, missed])
    assert figures["found"] == {"rate": 0.5, "low": 0.0945, "high": 0.9055, "of": 2}
    assert figures["false"] == {"parks": 2, "halts": 0, "cartons": 0}

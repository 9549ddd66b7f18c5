from __future__ import annotations

import pytest

from edge.replay.score import Box, Reported, Truth, overlap, score

_BOX: Box = (0, 0, 10, 10)


def _truth(begins_s: float = 100, ends_s: float | None = 200, box: Box = _BOX) -> Truth:
    return Truth(kind="goods", begins_s=begins_s, ends_s=ends_s, boxes=(box,))


def _report(at_s: float, ended_s: float | None = None, box: Box = _BOX, kind: str = "goods") -> Reported:
    return Reported(kind=kind, at_s=at_s, ended_s=ended_s, box=box)


def test_a_report_in_kind_place_and_time_is_found_with_its_delays() -> None:
    result = score([_truth()], [_report(110, 205)])
    assert (result.found, result.missed, result.false, result.doubled) == (1, 0, 0, 0)
    assert list(result.delays_s) == [10]
    assert list(result.end_delays_s) == [5]


@pytest.mark.parametrize(
    "report",
    [_report(110, kind="stall"), _report(110, box=(50, 50, 60, 60)), _report(90), _report(260)],
    ids=["kind", "place", "too early", "too late"],
)
def test_a_report_that_fits_no_event_is_false_and_the_event_missed(report: Reported) -> None:
    result = score([_truth()], [report])
    assert (result.found, result.missed, result.false) == (0, 1, 1)


def test_a_second_report_of_one_event_is_doubled() -> None:
    assert score([_truth()], [_report(110), _report(150)]).doubled == 1


def test_a_report_goes_to_the_event_it_overlaps_most() -> None:
    near: Box = (6, 0, 16, 10)
    result = score([_truth(), _truth(box=near)], [_report(110, box=near), _report(111)])
    assert (result.found, result.doubled, result.false) == (2, 0, 0)


def test_an_end_that_was_never_told_is_none() -> None:
    assert score([_truth()], [_report(110)]).end_delays_s == (None,)
    assert score([_truth(ends_s=None)], [_report(110)]).end_delays_s == ()


def test_overlap_is_intersection_over_union() -> None:
    assert overlap((0, 0, 10, 10), (5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 10, 10), (20, 0, 30, 10)) == 0

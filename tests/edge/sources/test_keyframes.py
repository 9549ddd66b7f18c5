"""Only keyframes are decoded if the measured interval is short enough."""

from __future__ import annotations

import pytest

from edge.sources.keyframes import KeyframeIntervals


def measured(interval_s: float, seconds: float, *, tolerated_interval_s: float = 6.0) -> KeyframeIntervals:
    """The intervals of a stream of four frames a second."""
    intervals = KeyframeIntervals(lambda: tolerated_interval_s)
    for number in range(round(seconds * 4)):
        intervals.observe(number / 4, is_keyframe=number % round(interval_s * 4) == 0)
    return intervals


def test_until_two_intervals_were_measured_keyframes_are_not_relied_upon() -> None:
    assert not measured(2.0, 3.9).enough
    assert measured(2.0, 4.5).enough


def test_the_interval_is_known() -> None:
    assert measured(2.0, 9.0).interval_s == pytest.approx(2.0)


def test_rare_keyframes_are_not_enough_and_are_found_out_before_the_second_one() -> None:
    intervals = measured(12.0, 7.0)
    assert intervals.too_rare
    assert not intervals.enough
    assert intervals.interval_s == pytest.approx(6.75)


def test_what_is_enough_depends_on_the_zones() -> None:
    assert not measured(2.0, 9.0, tolerated_interval_s=1.5).enough


def test_a_stream_that_turns_sparse_is_found_out() -> None:
    intervals = measured(2.0, 9.0)
    for number in range(36, 80):
        intervals.observe(number / 4, is_keyframe=False)
    assert intervals.too_rare
    assert not intervals.enough


def test_a_stream_that_is_opened_anew_for_want_of_keyframes_is_known_for_it() -> None:
    intervals = measured(2.0, 9.0)
    for number in range(36, 80):
        intervals.observe(number / 4, is_keyframe=False)
    intervals.restart()
    intervals.observe(0.0, is_keyframe=True)
    assert intervals.too_rare
    assert not intervals.enough


def test_a_stream_that_paused_had_no_rare_keyframes() -> None:
    intervals = measured(2.0, 9.0)
    for number in range(40):
        intervals.observe(3600.0 + number / 4, is_keyframe=number % 8 == 0)
    assert intervals.enough
    assert intervals.interval_s == pytest.approx(2.0)


def test_the_seam_of_a_looping_file_is_no_interval() -> None:
    intervals = measured(2.0, 9.0)
    intervals.restart()
    intervals.observe(0.0, is_keyframe=True)
    assert intervals.interval_s == pytest.approx(2.0)


def test_keyframes_that_come_as_often_as_needed_are_enough_though_not_to_the_millisecond() -> None:
    intervals = KeyframeIntervals(lambda: 2.0)
    for number in range(6):
        intervals.observe(2.0 * number + 0.02 * (number % 2), is_keyframe=True)
    assert intervals.enough
    assert not intervals.too_rare

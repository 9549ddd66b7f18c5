"""Time is monotonic whatever a stream's timestamps do."""

from __future__ import annotations

import itertools

import pytest

from edge.sources.timeline import Timeline

STEP_S = 0.25


def begun(step_s: float = STEP_S) -> Timeline:
    timeline = Timeline()
    timeline.begin(step_s)
    return timeline


def placed(timeline: Timeline, stamps: list[float | None]) -> list[float]:
    """Where packets come to stand whose presentation and decoding timestamps are the same."""
    return [timeline.place(stamp, stamp).at_s for stamp in stamps]


def test_it_begins_at_zero_and_follows_the_stamps() -> None:
    assert placed(begun(), [7.0, 7.25, 8.0]) == [0.0, 0.25, 1.0]


@pytest.mark.parametrize("jump_s", [3600.0, -3600.0, -95_443.7, 45_922.86, 11.0, -2.0])
def test_a_jump_takes_as_long_as_one_frame(jump_s: float) -> None:
    stamps = [100_000.0, 100_000.25, 100_000.5 + jump_s, 100_000.75 + jump_s]
    timeline = begun()
    assert placed(timeline, [*stamps]) == pytest.approx([0.0, 0.25, 0.5, 0.75])


def test_a_pause_of_seconds_is_no_jump() -> None:
    assert placed(begun(), [0.0, 0.25, 6.0, 6.25]) == [0.0, 0.25, 6.0, 6.25]


def test_a_stream_of_one_picture_a_minute_does_not_jump() -> None:
    assert placed(begun(60.0), [0.0, 60.0, 120.0, 240.0]) == [0.0, 60.0, 120.0, 240.0]


def test_without_any_stamps_the_frame_rate_counts() -> None:
    assert placed(begun(), [None, None, None, None]) == [0.0, 0.25, 0.5, 0.75]


def test_frames_without_a_stamp_stand_between_those_with_one() -> None:
    assert placed(begun(), [0.0, None, None, 0.75, None, 1.25]) == [0.0, 0.25, 0.5, 0.75, 1.0, 1.25]


def test_stamps_that_stand_still_are_not_believed_for_long() -> None:
    times = placed(begun(), [5.0] * 60)
    assert times == sorted(times)
    assert times[-1] == pytest.approx(STEP_S * (60 - 17))


def test_stamps_that_all_go_back_are_not_believed_for_long() -> None:
    times = list(itertools.accumulate(placed(begun(), [-0.04 * number for number in range(200)]), max))
    assert times[-1] > 0.6 * 200 * STEP_S


def test_stamps_that_come_twice_keep_their_pace() -> None:
    times = placed(begun(), [number // 2 * 0.5 for number in range(20)])
    assert times[-1] == pytest.approx(4.5)


def test_negative_stamps_are_stamps() -> None:
    assert placed(begun(), [-0.5, -0.25, 0.0, 0.25]) == [0.0, 0.25, 0.5, 0.75]


def test_frames_are_shown_in_another_order_than_they_are_decoded() -> None:
    timeline = begun()
    stamps = [(0.5, 0.0), (1.25, 0.25), (0.75, 0.5), (1.0, 0.75), (1.5, 1.0)]
    assert [timeline.place(*both).at_s for both in stamps] == [0.0, 0.75, 0.25, 0.5, 1.0]


def test_stamps_of_showing_alone_may_go_back_a_little() -> None:
    timeline = begun()
    assert [timeline.place(pts_s, None).at_s for pts_s in (0.0, 0.75, 0.25, 0.5, 1.0)] == [
        0.0,
        0.75,
        0.25,
        0.5,
        1.0,
    ]


def test_made_up_stamps_of_showing_are_left_out() -> None:
    timeline = Timeline()
    timeline.begin(STEP_S, without_pts=True)
    assert not timeline.place(0.25, 0.0).is_presentation


def test_the_next_recording_begins_when_the_last_frame_has_had_its_time() -> None:
    timeline = begun()
    placed(timeline, [0.0, 0.25, 0.5, 0.75])
    timeline.begin(STEP_S)
    assert placed(timeline, [0.0, 0.25]) == [1.0, 1.25]


def test_a_recording_of_reordered_frames_is_as_long_as_it_is_shown() -> None:
    timeline = begun()
    for both in [(0.5, 0.0), (1.25, 0.25), (0.75, 0.5), (1.0, 0.75)]:
        timeline.place(*both)
    timeline.begin(STEP_S)
    assert timeline.place(0.5, 0.0).at_s == 1.0

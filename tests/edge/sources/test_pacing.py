"""A file's time goes on over its seam; a stream's pictures are as even as its own timestamps."""

from __future__ import annotations

import pytest

from edge.sources.pacing import FilePace, LivePace

FRAME_S = 0.25


def play(pace: FilePace, times: list[float], now: float) -> list[float]:
    """Show frames when they are due, with a clock that waits for them."""
    shown = []
    for media_s in times:
        pace.passed(media_s, FRAME_S)
        now = max(now, pace.due_s(media_s, now))
        shown.append(now)
    return shown


def test_frames_are_due_by_their_timestamps_whatever_the_first_one_is() -> None:
    pace = FilePace(now=100.0)
    assert play(pace, [7.0, 7.25, 8.0], 100.0) == [100.0, 100.25, 101.0]


def test_the_next_round_begins_when_the_last_frame_has_had_its_time() -> None:
    pace = FilePace(now=100.0)
    play(pace, [0.0, 0.25, 0.5, 0.75], 100.0)
    pace.again()
    assert play(pace, [0.0, 0.25], 100.75) == [101.0, 101.25]


def test_the_length_of_a_round_counts_frames_that_nobody_waited_for() -> None:
    pace = FilePace(now=0.0)
    play(pace, [0.0], 0.0)
    pace.passed(1.75, FRAME_S)
    pace.again()
    assert play(pace, [0.0], 0.5) == [2.0]


def test_a_short_delay_is_made_up_for() -> None:
    pace = FilePace(now=0.0)
    assert pace.due_s(0.0, 0.0) == 0.0
    assert pace.due_s(1.0, 3.0) == 1.0


def test_after_a_long_sleep_the_file_goes_on_and_does_not_hurry() -> None:
    pace = FilePace(now=0.0)
    pace.due_s(0.0, 0.0)
    assert pace.due_s(1.0, 3600.0) == 3600.0
    assert pace.due_s(2.0, 3600.1) == 3601.0


def test_pictures_that_arrive_in_bursts_were_not_taken_in_bursts() -> None:
    pace = LivePace()
    arrivals = [(0.0, 50.0), (0.04, 50.3), (0.08, 50.3), (0.12, 50.31)]
    taken = [pace.taken_s(media_s, now) for media_s, now in arrivals]
    assert taken == pytest.approx([50.0, 50.04, 50.08, 50.12])


def test_what_was_held_back_at_the_start_does_not_put_the_clock_ahead() -> None:
    pace = LivePace()
    arrivals = [(0.0, 50.0), (0.5, 50.01), (1.0, 50.02), (1.5, 50.5)]
    taken = [pace.taken_s(media_s, now) for media_s, now in arrivals]
    assert taken == pytest.approx([50.0, 50.01, 50.02, 50.5])


def test_a_stream_whose_clock_jumps_is_taken_at_its_arrival() -> None:
    pace = LivePace()
    pace.taken_s(0.0, 50.0)
    assert pace.taken_s(9000.0, 51.0) == pytest.approx(51.0)
    assert pace.taken_s(9000.5, 51.6) == pytest.approx(51.5)


def test_time_never_goes_back() -> None:
    pace = LivePace()
    taken = [pace.taken_s(media_s, now) for media_s, now in [(10.0, 50.0), (9.0, 50.1), (3.0, 50.2)]]
    assert taken == sorted(taken)

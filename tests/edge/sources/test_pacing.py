"""A file is shown by its timestamps; a stream's pictures are as even as its own, where those are
believable."""

from __future__ import annotations

import pytest

from edge.sources.pacing import FilePace, LivePace
from edge.sources.timeline import PacketTime


def at(media_s: float) -> PacketTime:
    return PacketTime(at_s=media_s, is_presentation=True)


def taken(pace: LivePace, arrivals: list[tuple[float, float]]) -> list[float]:
    """When pictures of these times were taken that arrived at those."""
    return [pace.place(at(media_s), now).at_s for media_s, now in arrivals]


def test_frames_are_due_by_their_timestamps() -> None:
    pace = FilePace(now=100.0)
    assert [pace.due_s(media_s, 100.0) for media_s in (0.0, 0.25, 1.0)] == [100.0, 100.25, 101.0]


def test_a_short_delay_is_made_up_for() -> None:
    pace = FilePace(now=0.0)
    assert pace.due_s(0.0, 0.0) == 0.0
    assert pace.due_s(1.0, 3.0) == 1.0


def test_after_a_long_sleep_the_file_continues_at_normal_speed() -> None:
    pace = FilePace(now=0.0)
    pace.due_s(0.0, 0.0)
    assert pace.due_s(1.0, 3600.0) == 3600.0
    assert pace.due_s(2.0, 3600.1) == 3601.0


def test_pictures_that_arrive_in_bursts_were_not_taken_in_bursts() -> None:
    arrivals = [(0.0, 50.0), (0.04, 50.3), (0.08, 50.3), (0.12, 50.31)]
    assert taken(LivePace(), arrivals) == pytest.approx([50.0, 50.04, 50.08, 50.12])


def test_delayed_first_packets_do_not_put_the_clock_ahead() -> None:
    arrivals = [(0.0, 50.0), (0.5, 50.01), (1.0, 50.02), (1.5, 50.5)]
    assert taken(LivePace(), arrivals) == pytest.approx([50.0, 50.01, 50.02, 50.5])


def test_a_stream_that_has_paused_is_taken_at_its_arrival() -> None:
    assert taken(LivePace(), [(0.0, 50.0), (0.25, 80.0), (0.5, 80.25)]) == pytest.approx([50.0, 80.0, 80.25])


@pytest.mark.parametrize("rate", [90.0, 1 / 90, 0.0, 1000.0, -1.0])
def test_stamps_that_run_at_another_rate_than_packets_arrive_are_not_believed(rate: float) -> None:
    pace = LivePace()
    arrivals = [(rate * number / 4, 50.0 + number / 4) for number in range(80)]
    times = taken(pace, arrivals)
    assert not pace.believed
    assert times[17:] == [now for _, now in arrivals[17:]]
    assert all(now - 2.0 <= time_s <= now for time_s, (_, now) in zip(times, arrivals, strict=True))


def test_stamps_that_run_well_again_are_believed_again() -> None:
    pace = LivePace()
    taken(pace, [(90.0 * number / 4, 50.0 + number / 4) for number in range(20)])
    assert not pace.believed
    taken(pace, [(450.0 + number / 4, 55.0 + number / 4) for number in range(90)])
    assert pace.believed


def test_a_burst_at_the_beginning_leaves_the_stamps_believed() -> None:
    pace = LivePace()
    for number in range(400):
        taken(pace, [(number / 4, 50.0 + max(0.0, number / 4 - 8.0))])
        assert pace.believed


def test_a_link_that_halts_for_two_seconds_leaves_the_stamps_believed() -> None:
    pace = LivePace()
    halted = [(number / 4, 50.0 + (5.0 if 12 <= number < 20 else number / 4)) for number in range(200)]
    taken(pace, halted)
    assert pace.believed

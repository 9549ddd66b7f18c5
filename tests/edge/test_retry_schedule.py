"""Messages are sent in order, repeated without receipt at growing intervals, and all on a new connection."""

from __future__ import annotations

from edge.retry_schedule import RetrySchedule


def send(schedule: RetrySchedule[int], waiting: list[int], now: float) -> list[int]:
    """Send what is due."""
    due = schedule.due(waiting, now)
    for seq in due:
        schedule.sent(seq, now)
    return due


def test_new_messages_are_sent_at_once_and_once() -> None:
    schedule = RetrySchedule[int](first_s=10.0, longest_s=60.0)
    assert send(schedule, [1, 2], 0.0) == [1, 2]
    assert send(schedule, [1, 2, 3], 1.0) == [3]
    assert send(schedule, [1, 2, 3], 2.0) == []


def test_without_a_receipt_all_goes_again_in_order_with_growing_pauses() -> None:
    schedule = RetrySchedule[int](first_s=10.0, longest_s=60.0)
    again = []
    for second in range(300):
        due = send(schedule, [1, 2], float(second))
        if due:
            assert due == [1, 2]
            again.append(second)
    assert again == [0, 10, 30, 70, 130, 190, 250]


def test_a_receipt_resets_the_pauses() -> None:
    schedule = RetrySchedule[int](first_s=10.0, longest_s=60.0)
    for second in range(40):
        send(schedule, [1, 2], float(second))
    schedule.received()
    assert send(schedule, [2], 41.0) == [2]


def test_a_new_connection_sends_everything_again() -> None:
    schedule = RetrySchedule[int](first_s=10.0, longest_s=60.0)
    send(schedule, [1, 2], 0.0)
    schedule.connected()
    assert send(schedule, [1, 2], 0.1) == [1, 2]


def test_it_knows_how_long_nothing_will_be_due() -> None:
    schedule = RetrySchedule[int](first_s=10.0, longest_s=60.0)
    assert schedule.rest_s([], 0.0) is None
    send(schedule, [1], 0.0)
    assert schedule.rest_s([1], 4.0) == 6.0
    assert schedule.rest_s([1], 40.0) == 0.0

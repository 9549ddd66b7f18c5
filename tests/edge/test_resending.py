"""In order, again without a receipt, ever less often, and all anew on a new connection."""

from __future__ import annotations

from edge.resending import Resending


def send(resending: Resending, waiting: list[int], now: float) -> list[int]:
    """Send what is due."""
    due = resending.due(waiting, now)
    for seq in due:
        resending.sent(seq, now)
    return due


def test_what_is_new_goes_at_once_and_once() -> None:
    resending = Resending(first_s=10.0, longest_s=60.0)
    assert send(resending, [1, 2], 0.0) == [1, 2]
    assert send(resending, [1, 2, 3], 1.0) == [3]
    assert send(resending, [1, 2, 3], 2.0) == []


def test_without_a_receipt_all_goes_again_in_order_with_growing_pauses() -> None:
    resending = Resending(first_s=10.0, longest_s=60.0)
    again = []
    for second in range(300):
        due = send(resending, [1, 2], float(second))
        if due:
            assert due == [1, 2]
            again.append(second)
    assert again == [0, 10, 30, 70, 130, 190, 250]


def test_a_receipt_begins_the_pauses_anew() -> None:
    resending = Resending(first_s=10.0, longest_s=60.0)
    for second in range(40):
        send(resending, [1, 2], float(second))
    resending.received()
    assert send(resending, [2], 41.0) == [2]


def test_a_new_connection_sends_all_anew() -> None:
    resending = Resending(first_s=10.0, longest_s=60.0)
    send(resending, [1, 2], 0.0)
    resending.connected()
    assert send(resending, [1, 2], 0.1) == [1, 2]


def test_it_knows_how_long_nothing_will_be_due() -> None:
    resending = Resending(first_s=10.0, longest_s=60.0)
    assert resending.rest_s([], 0.0) is None
    send(resending, [1], 0.0)
    assert resending.rest_s([1], 4.0) == 6.0
    assert resending.rest_s([1], 40.0) == 0.0

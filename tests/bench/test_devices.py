"""A device forgets a message only when the broker must have saved it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bench.devices import Backlog
from bench.fleet import Message

KEEP_S = 10.0


def message(number: int) -> Message:
    return f"sw/1/350582/vehicle/v{number}/position", b"{}"


def backlog(messages: int, *, window: int = 1000) -> Backlog:
    made = Backlog(keep_s=KEEP_S, window=window)
    made.add([message(number) for number in range(messages)])
    return made


def test_messages_go_out_in_order_and_no_more_than_the_window_takes() -> None:
    held = backlog(5, window=3)
    first = held.take(10)
    assert [sent for _, sent in first] == [message(0), message(1), message(2)]
    assert held.take(10) == []
    held.acknowledge(first[0][0], now=0.0)
    assert [sent for _, sent in held.take(10)] == [message(3)]


def test_unacknowledged_messages_are_sent_again_when_the_connection_ends() -> None:
    held = backlog(3)
    held.take(2)
    held.disconnect()
    assert [sent for _, sent in held.take(10)] == [message(0), message(1), message(2)]


def test_messages_acknowledged_just_before_the_connection_ends_are_sent_again() -> None:
    held = backlog(2)
    ((packet_id, _),) = held.take(1)
    assert held.acknowledge(packet_id, now=0.0) == message(0)
    held.disconnect()
    assert [sent for _, sent in held.take(10)] == [message(0), message(1)]


def test_it_is_forgotten_once_the_same_connection_has_brought_another_acknowledgement_late_enough() -> None:
    held = backlog(2)
    (first, _), (second, _) = held.take(2)
    held.acknowledge(first, now=0.0)
    held.acknowledge(second, now=KEEP_S)
    held.disconnect()
    assert [sent for _, sent in held.take(10)] == [message(1)]


def test_a_silent_connection_proves_nothing_however_long_it_lasts() -> None:
    held = backlog(1)
    ((packet_id, _),) = held.take(1)
    held.acknowledge(packet_id, now=0.0)
    held.disconnect()  # hours later
    assert [sent for _, sent in held.take(10)] == [message(0)]


def test_a_forgetful_device_sends_nothing_twice_that_was_acknowledged() -> None:
    held = Backlog(keep_s=None)
    held.add([message(0)])
    ((packet_id, _),) = held.take(1)
    held.acknowledge(packet_id, now=0.0)
    held.disconnect()
    assert held.take(1) == []


def test_an_acknowledgement_is_reported_once() -> None:
    held = backlog(1)
    ((packet_id, _),) = held.take(1)
    assert held.acknowledge(packet_id, now=0.0) == message(0)
    held.disconnect()
    ((packet_id, _),) = held.take(1)
    assert held.acknowledge(packet_id, now=1.0) is None


def test_a_message_that_nobody_subscribed_to_is_not_acknowledged() -> None:
    held = backlog(2)
    (first, _), _ = held.take(2)
    held.unheard(first)
    assert held.unacknowledged == 2
    assert [sent for _, sent in held.take(10)] == [message(0)]


@given(
    steps=st.lists(st.sampled_from(["send", "acknowledge", "crash", "cut", "save"]), max_size=200),
    messages=st.integers(1, 20),
)
def test_no_broker_that_saves_in_time_loses_an_acknowledged_message(steps: list[str], messages: int) -> None:
    """A crashed broker loses what it acknowledged since its last save; saves are less than KEEP_S apart."""
    held = backlog(messages)
    flight: list[tuple[int, Message]] = []
    unsaved: list[Message] = []
    saved: set[Message] = set()
    now = saved_at = 0.0
    acknowledged: set[Message] = set()
    for step in steps:
        now += KEEP_S / 4
        if step == "save" or now - saved_at >= KEEP_S / 2:
            saved.update(unsaved)
            unsaved.clear()
            saved_at = now
        if step == "send":
            flight += held.take(3)
        elif step == "acknowledge" and flight:
            packet_id, sent = flight.pop(0)
            unsaved.append(sent)
            acknowledged.add(sent)
            held.acknowledge(packet_id, now)
        elif step in {"crash", "cut"}:
            if step == "crash":
                unsaved.clear()
            flight.clear()
            held.disconnect()
    held.disconnect()
    still_held = {sent for _, sent in held.take(1000)}
    assert acknowledged <= saved | set(unsaved) | still_held

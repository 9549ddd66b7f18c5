"""The inbox is bounded: when it is full, the socket is not read."""

import asyncio
from collections.abc import Sequence

from ingest.inbox import Inbox
from ingest.packets import Delivery


class RecordingLink:
    def __init__(self) -> None:
        self.reading = True

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        raise AssertionError(f"the inbox acknowledged {len(deliveries)} messages")

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


def messages(count: int) -> list[Delivery]:
    return [(b"topic", b"payload", number + 1) for number in range(count)]


async def test_a_full_inbox_pauses_its_link_until_half_of_it_is_taken() -> None:
    inbox = Inbox(messages=10, size=1000, clock=lambda: 5.0)
    link = RecordingLink()
    for _ in range(4):
        assert link.reading
        inbox.put(link, messages(3), 100)
    reading = [link.reading]
    for _ in range(3):
        await inbox.take(3)
        reading.append(link.reading)
    assert reading == [False, False, False, True]
    assert inbox.waiting == 3


async def test_few_but_large_messages_fill_it_too() -> None:
    inbox = Inbox(messages=10, size=1000, clock=lambda: 5.0)
    link = RecordingLink()
    inbox.put(link, messages(1), 1000)
    assert not link.reading
    await inbox.take(1)
    assert link.reading


async def test_a_batch_gathers_what_waits_but_never_from_two_connections() -> None:
    inbox = Inbox(messages=100, size=10_000, clock=lambda: 5.0)
    old, new = RecordingLink(), RecordingLink()
    for link in (old, old, new):
        inbox.put(link, messages(2), 10)
    first, second = await inbox.take(50), await inbox.take(50)
    assert (first.link, len(first.deliveries)) == (old, 4)
    assert (second.link, len(second.deliveries)) == (new, 2)
    assert first.received_at == 5.0


async def test_few_but_large_messages_are_batch_enough() -> None:
    inbox = Inbox(messages=100, size=10_000, clock=lambda: 5.0)
    link = RecordingLink()
    for _ in range(5):
        inbox.put(link, messages(1), 400)
    assert [len((await inbox.take(50, max_size=1000)).deliveries) for _ in range(2)] == [3, 2]


async def test_a_batch_that_lingers_for_more_is_content_with_few_large_ones() -> None:
    inbox = Inbox(messages=100, size=10_000, clock=lambda: 5.0)
    link = RecordingLink()
    inbox.put(link, messages(1), 400)
    taking = asyncio.ensure_future(inbox.take(50, max_size=1000, linger_s=600.0))
    await asyncio.sleep(0)
    inbox.put(link, messages(1), 400)
    await asyncio.sleep(0)
    assert not taking.done()
    inbox.put(link, messages(1), 400)
    assert len((await taking).deliveries) == 3


async def test_taking_from_an_empty_inbox_waits_for_the_next_message() -> None:
    inbox = Inbox(messages=100, size=10_000, clock=lambda: 5.0)
    taking = asyncio.ensure_future(inbox.take(5))
    await asyncio.sleep(0)
    assert not taking.done()
    inbox.put(RecordingLink(), messages(1), 10)
    assert len((await taking).deliveries) == 1

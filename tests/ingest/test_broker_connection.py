"""A connection limits its input by bytes, and reads nothing after it was stopped."""

from __future__ import annotations

import asyncio

import mqtt5

from ingest.broker_connection import BrokerConnection
from ingest.inbox import Inbox
from ingest.ledger import Ledger


class Socket(asyncio.Transport):
    """Notes whether it is being read."""

    def __init__(self) -> None:
        super().__init__()
        self.reading = True
        self.written = b""

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def is_closing(self) -> bool:
        return False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def close(self) -> None: ...


def connection(*, size: int = 1_000_000) -> tuple[BrokerConnection, Socket, Inbox]:
    inbox = Inbox(messages=1000, size=size, clock=lambda: 0.0)
    link, socket = BrokerConnection(inbox=inbox, ledger=Ledger(), largest=1_000_000), Socket()
    link.connection_made(socket)
    return link, socket, inbox


def message(payload: bytes, packet_id: int = 1) -> bytes:
    return mqtt5.PublishPacket("t", payload, qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=packet_id).write()


async def test_a_large_message_counts_whole_though_it_came_in_pieces() -> None:
    link, socket, inbox = connection(size=300_000)
    packet = message(bytes(200_000))
    for start in range(0, len(packet), 70_000):
        link.data_received(packet[start : start + 70_000])
    assert inbox.waiting == 1
    link.data_received(packet)
    assert not socket.reading, "two of them are over the limit"
    await inbox.take(1)
    await inbox.take(1)
    assert socket.reading


async def test_after_stop_nothing_more_is_read_however_much_room_there_is() -> None:
    link, socket, inbox = connection(size=1000)
    link.data_received(message(bytes(100_000)))
    assert not socket.reading
    link.stop_reading()
    arrival = await inbox.take(10)
    assert not socket.reading
    link.acknowledge(arrival.deliveries)
    assert socket.written == mqtt5.PubAckPacket(1).write()


async def test_a_new_connection_waits_until_the_inbox_has_room() -> None:
    link, _, inbox = connection(size=1000)
    link.data_received(message(bytes(100_000)))
    waiting = asyncio.ensure_future(inbox.room())
    await asyncio.sleep(0)
    assert not waiting.done()
    await inbox.take(1)
    await waiting

"""Many devices over few connections, as fast as the broker accepts: QoS 1, resent until acknowledged.

For benchmarks and crash tests. Packets are built in advance, and up to a hundred are sent in one write. An
acknowledgement is matched by its packet id, so that a run knows exactly which messages the broker has
acknowledged. A lost connection is reopened, and unacknowledged messages are sent again, as by a device with a
queue of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Final

import mqtt5

from bench.connection import Wire, connect

Message = tuple[str, bytes]
"""Topic and payload."""

_MESSAGES_PER_WRITE: Final = 100
_PACKET_IDS: Final = 60_000
_FIRST_PAUSE_S: Final = 0.05
_LONGEST_PAUSE_S: Final = 1.0
"""Seconds before the next connection; doubled from the first to the longest while none succeeds."""


class Fleet:
    """Publishes messages, each until it is acknowledged.

    Args:
        url: the broker, `mqtt://user:password@host:port`.
        connections: number of connections; messages of one topic always use the same one.
        window: number of unacknowledged messages from which on a connection sends no more; one write may
            exceed it by up to 99.
    """

    def __init__(self, url: str, *, connections: int = 4, window: int = 4000) -> None:
        self._clients = [_Client(url, window) for _ in range(connections)]

    @property
    def acknowledged(self) -> int:
        """Messages that the broker has acknowledged."""
        return sum(client.acknowledged for client in self._clients)

    async def publish(self, messages: Iterable[Message]) -> None:
        """Send the messages, and return when the broker has acknowledged every message."""
        self.load(messages)
        await self.release()

    def load(self, messages: Iterable[Message]) -> None:
        """Build the packets of all messages, for `release`."""
        shares: list[list[Message]] = [[] for _ in self._clients]
        for topic, payload in messages:
            shares[hash(topic) % len(shares)].append((topic, payload))
        for client, share in zip(self._clients, shares, strict=True):
            client.load(share)

    async def release(self) -> None:
        """Send the loaded messages, and return when the broker has acknowledged every message."""
        for client in self._clients:
            client.all_loaded = True
        await asyncio.gather(*(client.run() for client in self._clients))

    async def stream(self, portions: AsyncIterator[Iterable[Message]]) -> None:
        """Send portions as they come, and return when the broker has acknowledged every message."""
        for client in self._clients:
            client.all_loaded = False
        running = [asyncio.create_task(client.run()) for client in self._clients]
        async for portion in portions:
            self.load(portion)
            for client in self._clients:
                client.wake()
        for client in self._clients:
            client.all_loaded = True
            client.wake()
        await asyncio.gather(*running)


class _Client:
    """One connection's share of the messages."""

    def __init__(self, url: str, window: int) -> None:
        self._url = url
        self._window = window
        self._packets: list[bytes] = []
        self._waiting: deque[int] = deque()
        self._wire: Wire | None = None
        self.acknowledged = 0
        self.all_loaded = True  # whether no more messages will be loaded

    def load(self, messages: Sequence[Message]) -> None:
        first = len(self._packets)
        for number, (topic, payload) in enumerate(messages, first):
            packet = mqtt5.PublishPacket(
                topic, payload, qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=number % _PACKET_IDS + 1
            )
            self._packets.append(packet.write())
        self._waiting.extend(range(first, first + len(messages)))

    def wake(self) -> None:
        if self._wire is not None:
            self._wire.wake()

    def _done(self) -> bool:
        return self.all_loaded and self.acknowledged == len(self._packets)

    async def run(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while not self._done():
            with contextlib.suppress(OSError):
                wire = await connect(self._url)
                pause_s = _FIRST_PAUSE_S
                await self._send_over(wire)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    async def _send_over(self, wire: Wire) -> None:
        """Send over one connection until everything is acknowledged.

        Raises:
            ConnectionResetError: the connection has ended; what it has not acknowledged waits again.
        """
        in_flight: dict[int, int] = {}  # by packet id, the index of its message
        try:
            self._wire = wire
            while not self._done():
                while self._waiting and len(in_flight) < self._window and not wire.ended.done():
                    count = min(_MESSAGES_PER_WRITE, len(self._waiting))
                    chunk = [self._waiting.popleft() for _ in range(count)]
                    for number in chunk:
                        in_flight[number % _PACKET_IDS + 1] = number
                    wire.send(b"".join(self._packets[number] for number in chunk))
                accepted, without_subscriber = await wire.acknowledgements()
                for packet_id in accepted + without_subscriber:  # most devices ignore the reason too
                    del in_flight[packet_id]
                    self.acknowledged += 1
        finally:
            wire.close()
            self._waiting.extendleft(sorted(in_flight.values(), reverse=True))

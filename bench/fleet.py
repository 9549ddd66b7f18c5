"""Many devices over few connections, as fast as the broker accepts: QoS 1, resent until acknowledged.

For benchmarks and crash tests: packets are built in advance, a hundred are sent in one write, and an
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

_CHUNK: Final = 100
_PACKET_IDS: Final = 60_000


class Fleet:
    """Publishes messages, each until it is acknowledged.

    Args:
        url: the broker, `mqtt://user:password@host:port`.
        connections: their number; messages of one topic always use the same one.
        window: the maximum of unacknowledged messages on each connection.
    """

    def __init__(self, url: str, *, connections: int = 4, window: int = 4000) -> None:
        self._url = url
        self._clients = [_Client(url, window) for _ in range(connections)]

    @property
    def acknowledged(self) -> int:
        """Messages that the broker has acknowledged."""
        return sum(client.acknowledged for client in self._clients)

    async def publish(self, messages: Iterable[Message]) -> None:
        """Send all, and return when the broker has acknowledged every one."""
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
            client.complete = True
        await asyncio.gather(*(client.run() for client in self._clients))

    async def stream(self, portions: AsyncIterator[Iterable[Message]]) -> None:
        """Send portions as they come, and return when the broker has acknowledged every message."""
        for client in self._clients:
            client.complete = False
        running = [asyncio.create_task(client.run()) for client in self._clients]
        async for portion in portions:
            self.load(portion)
            for client in self._clients:
                client.wake()
        for client in self._clients:
            client.complete = True
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
        self.complete = True  # nothing more will be loaded

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
        return self.complete and self.acknowledged == len(self._packets)

    async def run(self) -> None:
        wait = 0.05
        while not self._done():
            with contextlib.suppress(OSError):
                await self._connected()
                wait = 0.05
            await asyncio.sleep(wait)
            wait = min(2 * wait, 1.0)

    async def _connected(self) -> None:
        """One connection, until everything is acknowledged or it ends."""
        wire = await connect(self._url)
        flight: dict[int, int] = {}
        try:
            self._wire = wire
            while not self._done():
                while self._waiting and len(flight) < self._window and not wire.ended.done():
                    chunk = [self._waiting.popleft() for _ in range(min(_CHUNK, len(self._waiting)))]
                    for number in chunk:
                        flight[number % _PACKET_IDS + 1] = number
                    wire.send(b"".join(self._packets[number] for number in chunk))
                taken, unheard = await wire.acknowledgements()
                for packet_id in taken + unheard:  # as most devices do: acknowledged is acknowledged
                    del flight[packet_id]
                    self.acknowledged += 1
        finally:
            wire.close()
            self._waiting.extendleft(sorted(flight.values(), reverse=True))

"""Many devices over few connections, as fast as the broker takes it: QoS 1, resent until acknowledged.

Made for benchmarks and crash tests: packets are built ahead, a hundred go out in one write, and an
acknowledgement is found by its packet id, so that a run knows exactly which messages the broker took over.
A connection that ends is made anew, and what was not acknowledged is sent again, as a device with a queue
of its own would do.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Final, cast
from urllib.parse import urlsplit

import mqtt5

Message = tuple[str, bytes]
"""Topic and payload."""

_CHUNK: Final = 100
_PACKET_IDS: Final = 60_000
_PUBACK: Final = 0x40


class Fleet:
    """Publishes messages, each until it is acknowledged.

    Args:
        url: the broker, `mqtt://user:password@host:port`.
        connections: over how many connections; messages of one topic always take the same.
        window: messages unacknowledged on each connection at most.
    """

    def __init__(self, url: str, *, connections: int = 4, window: int = 4000) -> None:
        self._url = url
        self._clients = [_Client(url, window) for _ in range(connections)]

    @property
    def acknowledged(self) -> int:
        """Messages that the broker has taken over."""
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
        """Send what was loaded, and return when the broker has acknowledged every message."""
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
        self._url = urlsplit(url)
        self._window = window
        self._packets: list[bytes] = []
        self._waiting: deque[int] = deque()
        self._wire: _Wire | None = None
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
        loop = asyncio.get_running_loop()
        _, wire = await loop.create_connection(
            lambda: _Wire(self._connect_packet()), self._url.hostname or "127.0.0.1", self._url.port or 1883
        )
        flight: dict[int, int] = {}
        try:
            await wire.welcome
            self._wire = wire
            while not self._done():
                while self._waiting and len(flight) < self._window and not wire.ended.done():
                    chunk = [self._waiting.popleft() for _ in range(min(_CHUNK, len(self._waiting)))]
                    for number in chunk:
                        flight[number % _PACKET_IDS + 1] = number
                    wire.send(b"".join(self._packets[number] for number in chunk))
                for packet_id in await wire.acknowledgements():
                    del flight[packet_id]
                    self.acknowledged += 1
        finally:
            wire.close()
            self._waiting.extendleft(sorted(flight.values(), reverse=True))

    def _connect_packet(self) -> bytes:
        return mqtt5.ConnectPacket(
            "",
            username=self._url.username,
            password=self._url.password.encode() if self._url.password else None,
            clean_start=True,
            keep_alive=60,
        ).write()


class _Wire(asyncio.Protocol):
    """The socket of one connection."""

    def __init__(self, connect: bytes) -> None:
        loop = asyncio.get_running_loop()
        self._connect = connect
        self._rest = b""
        self._news = asyncio.Event()
        self._acknowledged: list[int] = []
        self._transport: asyncio.Transport | None = None
        self.welcome: asyncio.Future[None] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._connect)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc  # whatever the cause, the messages are sent again
        self._transport = None
        if not self.welcome.done():
            self.welcome.set_exception(ConnectionResetError("no welcome"))
        if not self.ended.done():
            self.ended.set_result(None)
        self._news.set()

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        if not self.welcome.done():
            try:
                answer, length = mqtt5.read(memoryview(data))
            except IndexError:
                self._rest = data
                return
            code = getattr(answer, "reason_code", None)
            if code is not mqtt5.ConnAckReasonCode.SUCCESS:
                self.welcome.set_exception(RuntimeError(f"the broker refused a device: {code}"))
                return
            self.welcome.set_result(None)
            data = data[length:]
        at = 0
        while len(data) - at >= 2 and len(data) - at >= 2 + data[at + 1]:
            if data[at] == _PUBACK:
                self._acknowledged.append(data[at + 2] << 8 | data[at + 3])
            at += 2 + data[at + 1]
        self._rest = data[at:]
        self._news.set()

    async def acknowledgements(self) -> list[int]:
        """Wait for news; the packet ids acknowledged since the last call.

        Raises:
            ConnectionResetError: the connection has ended.
        """
        await self._news.wait()
        self._news.clear()
        if self.ended.done() and not self._acknowledged:
            raise ConnectionResetError("the broker closed the connection")
        found, self._acknowledged = self._acknowledged, []
        return found

    def wake(self) -> None:
        self._news.set()

    def send(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

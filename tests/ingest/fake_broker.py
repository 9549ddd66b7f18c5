"""A fake broker that sends bytes that no real broker would."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import mqtt5

from ingest.packets import pubacks


class FakeBroker:
    """Accepts every client and subscription, sends raw bytes, and records acknowledgements.

    It sends to the session of positions; that of incidents is accepted too, and receives nothing.
    """

    def __init__(self) -> None:
        self.port = 0
        self.connections = 0
        self.received = b""
        self.subscribed = asyncio.Event()
        self._writer: asyncio.StreamWriter | None = None

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def send(self, data: bytes) -> None:
        """Write raw bytes to the client that subscribed to positions last."""
        assert self._writer is not None
        self._writer.write(data)

    def acknowledged(self, *packet_ids: int) -> bool:
        """Whether these messages were acknowledged, in this order and one after the other."""
        return pubacks(packet_ids) in self.received

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            while data := await reader.read(65_536):
                if data[0] == 0x82 and b"/position" in data:
                    self._writer = writer
                    self.connections += 1
                    self.subscribed.set()
                if writer is self._writer:
                    self.received += data
                if data[0] == 0x10:
                    writer.write(mqtt5.ConnAckPacket().write())
                elif data[0] == 0x82:
                    writer.write(
                        mqtt5.SubAckPacket(1, [mqtt5.SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE]).write()
                    )
                elif data[0] == 0xA2:
                    writer.write(mqtt5.UnsubAckPacket(2, [mqtt5.UnsubAckReasonCode.SUCCESS]).write())
                elif data[:2] == b"\xc0\x00":
                    writer.write(b"\xd0\x00")
        writer.close()


@asynccontextmanager
async def fake_broker() -> AsyncIterator[FakeBroker]:
    broker = FakeBroker()
    server = await asyncio.start_server(broker.serve, "127.0.0.1", 0)
    broker.port = server.sockets[0].getsockname()[1]
    try:
        yield broker
    finally:
        server.close()

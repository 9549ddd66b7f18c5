"""An MQTT client that returns the broker's raw answers: MQTT 5 by the codec, MQTT 3.1.1 hand-written."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import struct
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import mqtt5

_PATIENCE_S: Final = 20.0
CLOSED: Final = -1
"""In place of a reason code: the broker closed the connection without an answer."""


class Client:
    """One connection.

    Attributes:
        answer: the CONNACK's reason code, or CLOSED.
        session_present: whether the broker had kept a session for us.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, version: int) -> None:
        self._reader = reader
        self._writer = writer
        self._version = version
        self._received = b""
        self._ids = itertools.cycle(range(1, 65_536))
        self._newest = 0
        self._messages: deque[bytes] = deque()
        self.answer = CLOSED
        self.session_present = False

    async def publish(self, topic: str, payload: bytes = b"{}", *, retain: bool = False) -> int:
        """Send at QoS 1; the reason code of the PUBACK (0 in MQTT 3.1.1), or CLOSED."""
        self.send([(topic, payload)], retain=retain)
        return (await self.acknowledged(1))[0]

    def send(self, messages: list[tuple[str, bytes]], *, retain: bool = False) -> None:
        """Send at QoS 1 without waiting."""
        data = bytearray()
        for topic, payload in messages:
            number = next(self._ids)
            if self._version == 5:
                packet = mqtt5.PublishPacket(
                    topic, payload, qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=number, retain=retain
                )
                data += packet.write()
            else:
                body = struct.pack(">H", len(topic)) + topic.encode() + struct.pack(">H", number) + payload
                data += bytes([0x32 | retain]) + _length(len(body)) + body
        self._writer.write(bytes(data))

    async def acknowledged(self, count: int) -> list[int]:
        """The reason codes of the next PUBACKs; ends early, with CLOSED, when the connection does."""
        codes: list[int] = []
        while len(codes) < count:
            packet = await self._answered(0x40)
            if packet is None:
                return [*codes, CLOSED]
            codes.append(packet[4] if packet[1] > 2 else 0)
        return codes

    async def subscribe(self, pattern: str) -> int:
        """Subscribe at QoS 1; the SUBACK's reason code, or CLOSED."""
        body = b"\x00\x01" + (b"\x00" if self._version == 5 else b"")
        body += struct.pack(">H", len(pattern)) + pattern.encode() + b"\x01"
        self._writer.write(b"\x82" + _length(len(body)) + body)
        packet = await self._answered(0x90)
        return CLOSED if packet is None else packet[-1]

    def acknowledge(self) -> None:
        """Acknowledge the last received message."""
        self._writer.write(b"\x40\x02" + struct.pack(">H", self._newest))

    async def next_message(self) -> tuple[str, bytes, bool]:
        """The next PUBLISH: topic, payload, and whether it was retained (MQTT 5)."""
        while packet := self._messages.popleft() if self._messages else await self._packet():
            if packet[0] & 0xF0 == 0x30:
                message: Any = mqtt5.read(memoryview(packet))[0]
                self._newest = message.packet_id or 0
                return message.topic, bytes(message.payload), message.retain
        raise ConnectionResetError("the broker closed the connection")

    async def leave(self) -> None:
        """Send DISCONNECT and close the connection."""
        self._writer.write(b"\xe0\x00")
        await self.close()

    async def close(self) -> None:
        """Hang up."""
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def open(self, connect: bytes) -> None:
        """Send CONNECT, and read the answer."""
        self._writer.write(connect)
        packet = await self._packet()
        if packet is not None:
            self.session_present, self.answer = bool(packet[2] & 1), packet[3]

    async def _answered(self, kind: int) -> bytes | None:
        """The next packet of a kind; messages before it are kept. None when the connection ends first."""
        while (packet := await self._packet()) is not None and packet[0] != 0xE0:
            if packet[0] == kind:
                return packet
            if packet[0] & 0xF0 == 0x30:
                self._messages.append(packet)
        return None

    async def _packet(self) -> bytes | None:
        async with asyncio.timeout(_PATIENCE_S):
            while True:
                size = _whole(self._received)
                if size is not None:
                    packet, self._received = self._received[:size], self._received[size:]
                    return packet
                try:
                    chunk = await self._reader.read(65_536)
                except OSError:
                    chunk = b""
                if not chunk:
                    return None
                self._received += chunk


async def connect(
    port: int,
    user: str,
    *,
    password: str | None = None,
    version: int = 5,
    client_id: str | None = None,
    clean: bool = True,
    expiry_s: int = 0,
    will: mqtt5.Will | None = None,
) -> Client:
    """A connection; the password is the user's name if it is not given, and a will is for MQTT 5."""
    word = user if password is None else password
    name = user if client_id is None else client_id
    if version == 5:
        packet = mqtt5.ConnectPacket(
            name,
            username=user,
            password=word.encode(),
            clean_start=clean,
            session_expiry_interval=expiry_s,
            will=will,
        ).write()
    else:
        texts = b"".join(struct.pack(">H", len(text)) + text.encode() for text in (name, user, word))
        body = b"\x00\x04MQTT\x04" + bytes([0xC0 | clean << 1]) + b"\x00\x3c" + texts
        packet = b"\x10" + _length(len(body)) + body
    return await greet(port, packet, version=version)


async def greet(port: int, packet: bytes, *, version: int = 5) -> Client:
    """A connection that began with this CONNECT packet."""
    client = Client(*await asyncio.open_connection("127.0.0.1", port), version)
    await client.open(packet)
    return client


@asynccontextmanager
async def connected(port: int, user: str, **options: Any) -> AsyncIterator[Client]:
    """A connection that is closed at the end."""
    client = await connect(port, user, **options)
    try:
        yield client
    finally:
        await client.close()


def _length(size: int) -> bytes:
    digits = bytearray()
    while True:
        size, digit = divmod(size, 128)
        digits.append(digit | (0x80 if size else 0))
        if not size:
            return bytes(digits)


def _whole(data: bytes) -> int | None:
    """The length of the first packet, if it is complete."""
    length = 0
    for place in range(4):
        if len(data) < place + 2:
            return None
        length |= (data[place + 1] & 0x7F) << 7 * place
        if not data[place + 1] & 0x80:
            size = place + 2 + length
            return size if len(data) >= size else None
    raise ValueError("no MQTT packet")

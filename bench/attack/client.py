"""An MQTT client that does as it is told, however wrong: any client identifier, topic, will, size or rate."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

import mqtt5

from bench.attack import mqtt311

_PATIENCE_S: Final = 10.0
_CHUNK: Final = 65_536
_REFUSED: Final = 128
_LARGEST_PACKET: Final = 64 * 2**20


class Answer(StrEnum):
    """What the broker made of one message; `UNHEARD` is a PUBACK that says that nobody subscribes."""

    ACKNOWLEDGED = "acknowledged"
    UNHEARD = "unheard"
    REFUSED = "refused"
    DISCONNECTED = "disconnected"


class TurnedAwayError(Exception):
    """The broker did not let us in; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Who to be.

    Attributes:
        url: the broker, without a user.
        user: None connects without one.
        password: None likewise.
    """

    url: str
    user: str | None
    password: str | None


class Client:
    """One connection that has been let in. Use `connected`."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        session_present: bool = False,
        old: bool = False,
    ) -> None:
        self._old = old
        self.session_present = session_present
        """Whether the broker had kept a session for us."""
        self.heard: list[tuple[str, bytes]] = []
        """Topic and payload of every message that was delivered to us."""
        self._reader = reader
        self._writer = writer
        self._received = bytearray()
        self._packet_id = 0
        self._news = asyncio.Event()
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self.ended = asyncio.get_running_loop().create_future()
        self._listening = asyncio.create_task(self._listen(), name="attacker")

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> Answer:
        """Send a message of QoS 1 and wait for what the broker says to it."""
        packet_id = self._next_id()
        if self._old:
            packet = mqtt311.publish(topic, payload, packet_id=packet_id, retain=retain)
        else:
            packet = mqtt5.PublishPacket(
                topic, payload, qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=packet_id, retain=retain
            ).write()
        code = await self._ask(packet_id, packet)
        if code is None:
            return Answer.DISCONNECTED
        if code == mqtt5.PubAckReasonCode.NO_MATCHING_SUBSCRIBERS:
            return Answer.UNHEARD
        return Answer.REFUSED if code >= _REFUSED else Answer.ACKNOWLEDGED

    async def subscribe(self, pattern: str) -> None:
        """Ask for a topic filter; what is delivered, granted or not, is in `heard`."""
        packet_id = self._next_id()
        wanted = mqtt5.TopicFilter(pattern, max_qos=mqtt5.QoS.AT_LEAST_ONCE)
        await self._ask(packet_id, mqtt5.SubscribePacket(packet_id, [wanted]).write())

    async def hears(self, payload: bytes, *, within_s: float) -> bool:
        """Whether a payload is delivered to us in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while payload not in (heard for _, heard in self.heard):
                    self._news.clear()
                    await self._news.wait()
                return True
        return False

    def flood(self, topic: str, payload: bytes, *, most: int) -> None:
        """Put as many messages on their way as the socket takes at once, without waiting for an answer."""
        if self._writer.transport.get_write_buffer_size() < _CHUNK:
            packets = (
                mqtt5.PublishPacket(
                    topic, payload, qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=self._next_id()
                ).write()
                for _ in range(most)
            )
            self._writer.write(b"".join(packets))

    def abort(self) -> None:
        """Cut the connection without a goodbye, so that the broker publishes our will."""
        self._listening.cancel()
        self._writer.transport.abort()

    async def _ask(self, packet_id: int, packet: bytes) -> int | None:
        """Send a packet and return its answer's reason code; None if the broker hangs up instead."""
        answer = asyncio.get_running_loop().create_future()
        self._answers[packet_id] = answer
        with contextlib.suppress(OSError):
            self._writer.write(packet)
            await self._writer.drain()
        await asyncio.wait({answer, self.ended}, timeout=_PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
        self._answers.pop(packet_id, None)
        if not answer.done():
            return None
        return int(answer.result())

    async def _listen(self) -> None:
        try:
            while chunk := await self._reader.read(_CHUNK):
                self._received += chunk
                while (packet := _first_packet(self._received)) is not None:
                    self._take(packet)
        except OSError:
            pass
        finally:
            if not self.ended.done():
                self.ended.set_result(None)

    def _take(self, packet: Any) -> None:
        if isinstance(packet, mqtt5.PubAckPacket):
            self._answer(packet.packet_id, int(packet.reason_code))
        elif isinstance(packet, mqtt5.SubAckPacket):
            self._answer(packet.packet_id, int(packet.reason_codes[0]))
        elif isinstance(packet, mqtt5.PublishPacket):
            self.heard.append((packet.topic, bytes(packet.payload or b"")))
            self._news.set()
            if packet.packet_id is not None:
                self._writer.write(mqtt5.PubAckPacket(packet.packet_id).write())

    def _answer(self, packet_id: int, code: int) -> None:
        waiting = self._answers.get(packet_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(code)

    def _next_id(self) -> int:
        self._packet_id = self._packet_id % 65_535 + 1
        return self._packet_id


@asynccontextmanager
async def connected(
    login: Login,
    *,
    client_id: str = "",
    clean_start: bool = True,
    expiry_s: int = 0,
    will: mqtt5.Will | None = None,
) -> AsyncIterator[Client]:
    """A connection that is cut on leaving.

    Raises:
        TurnedAwayError: the broker refuses us, or hangs up.
    """
    client = await _connect(
        login,
        mqtt5.ConnectPacket(
            client_id,
            username=login.user,
            password=None if login.password is None else login.password.encode(),
            clean_start=clean_start,
            session_expiry_interval=expiry_s,
            will=will,
            keep_alive=60,
        ),
    )
    try:
        yield client
    finally:
        client.abort()


@asynccontextmanager
async def connected_311(login: Login) -> AsyncIterator[Client]:
    """The same with MQTT 3.1.1, to publish only.

    Raises:
        TurnedAwayError: the broker refuses us, or hangs up.
    """
    hello = mqtt311.connect(client_id="", user=login.user, password=login.password)
    reader, writer = await _open(login, hello)
    received, code = bytearray(), None
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(_PATIENCE_S):
            while (code := mqtt311.welcome(received)) is None and (chunk := await reader.read(_CHUNK)):
                received += chunk
    if code != 0:
        writer.transport.abort()
        raise TurnedAwayError(f"return code {code}")
    client = Client(reader, writer, old=True)
    try:
        yield client
    finally:
        client.abort()


async def _connect(login: Login, hello: mqtt5.ConnectPacket) -> Client:
    reader, writer = await _open(login, hello.write())
    received = bytearray()
    try:
        async with asyncio.timeout(_PATIENCE_S):
            while (packet := _first_packet(received)) is None:
                chunk = await reader.read(_CHUNK)
                if not chunk:
                    raise TurnedAwayError("the broker hung up")
                received += chunk
    except (OSError, TimeoutError) as error:
        raise TurnedAwayError(str(error) or "no answer in time") from None
    if not isinstance(packet, mqtt5.ConnAckPacket) or int(packet.reason_code) >= _REFUSED:
        writer.transport.abort()
        code = getattr(packet, "reason_code", None)
        raise TurnedAwayError("no CONNACK" if code is None else code.name.lower().replace("_", " "))
    return Client(reader, writer, session_present=packet.session_present)


async def _open(login: Login, hello: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(login.url)
    try:
        async with asyncio.timeout(_PATIENCE_S):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=_LARGEST_PACKET)
    except (OSError, TimeoutError) as error:
        raise TurnedAwayError(str(error) or "no answer in time") from None
    writer.write(hello)
    return reader, writer


def _first_packet(received: bytearray) -> Any:
    """Take the first whole packet out of what was received; None while there is none."""
    try:
        packet, length = mqtt5.read(memoryview(received))
    except IndexError:
        return None
    del received[:length]
    return packet

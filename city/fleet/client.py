"""One device's MQTT 5 connection: publishes at QoS 1, keeps what is unacknowledged, comes back by itself.

On the `mqtt5` codec rather than on a client library: 250 of these share one process (ADR 0041).
"""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import mqtt5

from city.errors import CityError

log = logging.getLogger(__name__)

KEEP_ALIVE_S: Final = 30
_WINDOW: Final = 20
"""Most messages on the wire without an acknowledgement; brokers usually take more."""
_QUEUE: Final = 600
"""Most messages kept while the broker is away, 20 minutes of fixes; then the oldest is given up."""
_PATIENCE_S: Final = 20.0
_LONGEST_WAIT_S: Final = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where the broker is."""

    host: str
    port: int
    tls: ssl.SSLContext | None

    @classmethod
    def parse(cls, url: str) -> Broker:
        """Read `mqtt://host:port` or `mqtts://host:port`.

        Raises:
            CityError: it is neither.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
            raise CityError(f"{url!r} is not a broker address; give one such as mqtt://127.0.0.1:1883")
        secure = parts.scheme == "mqtts"
        return cls(
            host=parts.hostname,
            port=parts.port or (8883 if secure else 1883),
            tls=ssl.create_default_context() if secure else None,
        )


@dataclass(slots=True)
class Tally:
    """What all clients together have done.

    Attributes:
        acknowledged: messages the broker has taken.
        given_up: messages dropped from a full queue.
        connected: clients with a session now.
        refused: connections that the broker turned down.
    """

    acknowledged: int = 0
    given_up: int = 0
    connected: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something to publish at QoS 1."""

    topic: str
    payload: bytes
    retain: bool = False


@dataclass(slots=True, kw_only=True)
class Client:
    """A device on the broker.

    Attributes:
        user: its user name, and its client id.
        password: its password.
        greeting: makes the message published first on every connection.
        will: what the broker publishes when the connection is lost.
        tally: shared count.
        queue: what waits to be sent.
    """

    user: str
    password: str
    greeting: Callable[[], Message]
    will: Message
    tally: Tally
    queue: deque[Message] = field(default_factory=deque)
    _session: _Session | None = None

    def publish(self, message: Message) -> None:
        """Send a message, now or when the broker is there again; never waits."""
        if len(self.queue) >= _QUEUE:
            self.queue.popleft()
            self.tally.given_up += 1
        self.queue.append(message)
        if self._session is not None:
            self._session.pump()

    async def run(self, broker: Broker) -> None:
        """Stay connected until cancelled."""
        loop = asyncio.get_running_loop()
        wait = 0.5
        while True:
            session = _Session(self)
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    await loop.create_connection(
                        lambda s=session: s, broker.host, broker.port, ssl=broker.tls
                    )
                    await session.welcomed
                wait = 0.5
                await session.closed
            except (OSError, TimeoutError) as error:
                log.debug("%s: %s", self.user, error)
            finally:
                session.end()
            await asyncio.sleep(random.uniform(0.5, 1.0) * wait)
            wait = min(_LONGEST_WAIT_S, wait * 2)

    def opened(self, session: _Session) -> None:
        """The broker has let us in."""
        self._session = session
        self.tally.connected += 1
        self.queue.appendleft(self.greeting())

    def closed(self, session: _Session, unacknowledged: list[Message]) -> None:
        """The connection is gone: what was not acknowledged goes to the front of the queue."""
        if self._session is session:
            self._session = None
            self.tally.connected -= 1
        self.queue.extendleft(reversed([message for message in unacknowledged if not message.retain]))

    def keep_alive(self, now: float) -> None:
        """Ping an idle connection; drop one that has been silent for too long. Called every few seconds."""
        if self._session is not None:
            self._session.keep_alive(now)


class _Session(asyncio.Protocol):
    """One connection of a client."""

    def __init__(self, client: Client) -> None:
        loop = asyncio.get_running_loop()
        self.welcomed: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()
        self._client = client
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._open: dict[int, Message] = {}
        self._next_id = 1
        self._sent_at = self._heard_at = loop.time()
        self._paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        client = self._client
        connect = mqtt5.ConnectPacket(
            client.user,
            username=client.user,
            password=client.password.encode(),
            clean_start=True,
            keep_alive=KEEP_ALIVE_S,
            will=mqtt5.Will(
                client.will.topic,
                payload=client.will.payload,
                qos=mqtt5.QoS.AT_LEAST_ONCE,
                retain=client.will.retain,
            ),
        )
        self._write(connect.write())

    def data_received(self, data: bytes) -> None:
        self._received += data
        self._heard_at = self._loop.time()
        while self._received:
            try:
                with memoryview(self._received) as view:
                    packet, size = mqtt5.read(view)
            except IndexError:
                return  # the rest is still on its way
            except ValueError:
                self.end()  # not MQTT: a fresh connection is the only way on
                return
            del self._received[:size]
            self._take(packet)

    def _take(self, packet: mqtt5.Packet) -> None:
        if isinstance(packet, mqtt5.PubAckPacket):
            if self._open.pop(packet.packet_id, None) is not None:
                self._client.tally.acknowledged += 1
            self.pump()
        elif isinstance(packet, mqtt5.ConnAckPacket):
            if packet.reason_code is mqtt5.ConnAckReasonCode.SUCCESS:
                self._client.opened(self)
                self.welcomed.set_result(None)
                self.pump()
            else:
                if self._client.tally.refused == 0:
                    log.warning(
                        "the broker refuses %s (%s); is its password in the credentials?",
                        self._client.user,
                        packet.reason_code.name.lower(),
                    )
                self._client.tally.refused += 1
                self.welcomed.set_exception(ConnectionRefusedError(packet.reason_code.name))
                self.end()
        elif isinstance(packet, mqtt5.DisconnectPacket):
            self.end()

    def pump(self) -> None:
        """Send as much of the queue as the window lets through."""
        queue = self._client.queue
        while queue and len(self._open) < _WINDOW and not self._paused:
            message = queue.popleft()
            while self._next_id in self._open:
                self._next_id = self._next_id % 65_535 + 1
            self._open[self._next_id] = message
            publish = mqtt5.PublishPacket(
                message.topic,
                message.payload,
                qos=mqtt5.QoS.AT_LEAST_ONCE,
                retain=message.retain,
                packet_id=self._next_id,
            )
            self._next_id = self._next_id % 65_535 + 1
            self._write(publish.write())

    def keep_alive(self, now: float) -> None:
        """Ping when idle; end when the broker has not answered."""
        if now - self._heard_at > KEEP_ALIVE_S + _PATIENCE_S:
            self.end()
        elif now - min(self._sent_at, self._heard_at) > KEEP_ALIVE_S / 2:
            self._write(mqtt5.PingReqPacket().write())

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self.pump()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if not self.welcomed.done():
            self.welcomed.set_exception(ConnectionResetError("the broker hung up"))
        self.welcomed.exception()  # seen: whoever waits gets it, and nobody waiting is no fault
        if not self.closed.done():
            self.closed.set_result(None)
        self._client.closed(self, list(self._open.values()))
        self._open.clear()

    def end(self) -> None:
        """Hang up, whatever state this is in."""
        if self._transport is not None:
            self._transport.abort()

    def _write(self, packet: bytes) -> None:
        if self._transport is not None:
            self._sent_at = self._loop.time()
            self._transport.write(packet)

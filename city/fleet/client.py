"""One device's MQTT 5 connection: publishes at QoS 1, keeps unacknowledged messages, reconnects by itself.

It uses the `mqtt5` codec rather than a client library, because 250 clients share one process (ADR 0041).
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import mqtt5

from program.broker_address import BrokerAddress
from program.tls import ClientTls, TlsError, TlsFiles, client_tls

log = logging.getLogger(__name__)

KEEP_ALIVE_S: Final = 30
_WINDOW: Final = 20
"""Maximum number of messages in flight; brokers usually accept more."""
_QUEUE: Final = 600
"""Maximum number of messages kept while the broker is unreachable, 20 minutes of fixes; beyond it the
oldest is dropped."""
_PATIENCE_S: Final = 20.0
_LONGEST_WAIT_S: Final = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """The broker.

    Attributes:
        address: host and port.
        tls: TLS to it; None without.
    """

    address: BrokerAddress
    tls: ClientTls | None

    @classmethod
    def parse(cls, url: str, files: TlsFiles = TlsFiles(prefix="--")) -> Broker:  # noqa: B008 (frozen)
        """Parse `mqtt://host:port` or `mqtts://host:port`.

        Raises:
            ProgramError: it is malformed, or a TLS file cannot be used.
        """
        return cls(address=(address := BrokerAddress.parse(url)), tls=client_tls(address, files))


@dataclass(slots=True)
class Tally:
    """Counts of all clients together.

    Attributes:
        acknowledged: messages that the broker has acknowledged.
        given_up: messages dropped from a full queue.
        connected: clients that are connected now.
        refused: connections that the broker refused.
        tls_told: whether a TLS failure has been logged since the last connection.
    """

    acknowledged: int = 0
    given_up: int = 0
    connected: int = 0
    refused: int = 0
    tls_told: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message to publish at QoS 1."""

    topic: str
    payload: bytes
    retain: bool = False


@dataclass(slots=True, kw_only=True)
class Client:
    """A device at the broker.

    Attributes:
        user: its user name, and its client id.
        password: its password.
        greeting: makes the first message of every connection.
        will: the last will.
        tally: shared counts.
        queue: messages that wait.
    """

    user: str
    password: str
    greeting: Callable[[], Message]
    will: Message
    tally: Tally
    queue: deque[Message] = field(default_factory=deque)
    _session: _Session | None = None

    def publish(self, message: Message) -> None:
        """Send a message, now or when the broker is reachable again; never waits."""
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
                        lambda s=session: s,
                        broker.address.host,
                        broker.address.port,
                        ssl=broker.tls.context() if broker.tls is not None else None,
                    )
                    await session.welcomed
                wait = 0.5
                await session.closed
            except (OSError, TimeoutError, TlsError) as error:
                self._tell(error, broker)
            finally:
                session.end()
            await asyncio.sleep(random.uniform(0.5, 1.0) * wait)
            wait = min(_LONGEST_WAIT_S, wait * 2)

    def _tell(self, error: Exception, broker: Broker) -> None:
        """Log a TLS failure once, because all clients have the same one."""
        if broker.tls is None or self.tally.tls_told:
            log.debug("%s: %s", self.user, error)
            return
        said = broker.tls.explain(error, address=str(broker.address))
        if said != str(error) or isinstance(error, TlsError):
            self.tally.tls_told = True
            log.warning("%s", said)

    def opened(self, session: _Session) -> None:
        """The broker has accepted the connection."""
        self._session = session
        self.tally.connected += 1
        self.tally.tls_told = False
        self.queue.appendleft(self.greeting())

    def closed(self, session: _Session, unacknowledged: list[Message]) -> None:
        """The connection is gone: unacknowledged messages go to the front of the queue."""
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
                return  # incomplete: the rest has not come yet
            except ValueError:
                self.end()  # not MQTT: only a new connection helps
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
                        "the broker refuses %s (%s); check its password in the credentials",
                        self._client.user,
                        packet.reason_code.name.lower(),
                    )
                self._client.tally.refused += 1
                self.welcomed.set_exception(ConnectionRefusedError(packet.reason_code.name))
                self.end()
        elif isinstance(packet, mqtt5.DisconnectPacket):
            self.end()

    def pump(self) -> None:
        """Send as much of the queue as the window allows."""
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
        if not self.welcomed.done():
            hung_up = ConnectionResetError("the broker closed the connection")
            hung_up.__cause__ = exc  # perhaps a TLS alert
            self.welcomed.set_exception(hung_up)
        self.welcomed.exception()  # retrieved, or asyncio would log it
        if not self.closed.done():
            self.closed.set_result(None)
        self._client.closed(self, list(self._open.values()))
        self._open.clear()

    def end(self) -> None:
        """Close the connection, whatever its state."""
        if self._transport is not None:
            self._transport.abort()

    def _write(self, packet: bytes) -> None:
        if self._transport is not None:
            self._sent_at = self._loop.time()
            self._transport.write(packet)

"""The box's connection to the broker: one session after another, with growing pauses in between."""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
from collections.abc import Callable, Mapping
from typing import Final

import aiomqtt

from edge.settings import Broker
from edge.worker import Backoff
from program.broker_address import BrokerAddress
from program.tls import TlsError
from wire.codec import encode
from wire.messages import Status
from wire.topics import Stream, Topic

log = logging.getLogger(__name__)

_FIRST_PAUSE_S: Final = 0.5
_PATIENCE_S: Final = 10.0
_QUEUED: Final = 2000

_SLOWEST_BYTES_PER_S: Final = 25_000.0
"""Bytes per second. On a slower line the connection ends anyway, because PINGREQ waits behind the message."""

Handler = Callable[[bytes], None]


def patience_s(size: int) -> float:
    """Seconds that a message of this size (bytes) may take until the broker's acknowledgement."""
    return _PATIENCE_S + size / _SLOWEST_BYTES_PER_S


class _TlsAlert(logging.Filter):
    """Keeps the broker's TLS alert about our certificate, because paho logs it and then waits in vain."""

    def __init__(self, heard: Callable[[], None]) -> None:
        super().__init__()
        self.error: ssl.SSLError | None = None
        self._heard = heard

    def filter(self, record: logging.LogRecord) -> bool:
        args = record.args if isinstance(record.args, tuple) else ()
        error = next((arg for arg in args if isinstance(arg, ssl.SSLError)), None)
        if error is None:
            return True
        self.error = error
        self._heard()
        return False


class BrokerConnection:
    """The connection and its incoming messages.

    Args:
        broker: settings.
        password: password at the broker.
        topic: the box's own topic; its stream does not matter.
        will: makes the last will; called for each connection.
        handlers: of incoming messages, by topic.

    Raises:
        ProgramError: the broker's address is malformed, or a TLS file cannot be used.
    """

    def __init__(
        self,
        *,
        broker: Broker,
        password: str | None,
        topic: Topic,
        will: Callable[[], Status],
        handlers: Mapping[str, Handler],
    ) -> None:
        self._address = BrokerAddress.parse(broker.url)
        self.tls = broker.tls()
        self._alert = _TlsAlert(self._disconnect_soon)
        self._log = logging.getLogger("edge.mqtt")
        self._log.setLevel(logging.WARNING)
        self._log.addFilter(self._alert)
        self._broker = broker
        self._password = password
        self._topic = topic
        self._will = will
        self._handlers = handlers
        self._client: aiomqtt.Client | None = None
        self._connected = asyncio.Event()
        self._connections = 0
        self._session_end = asyncio.timeout(None)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: str | None = f"not connected to {self._address} yet"

    @property
    def waiting(self) -> str | None:
        """The reason why it waits, in a sentence; None while connected. From any thread."""
        return self._waiting

    def is_connected(self) -> bool:
        """Whether it is connected. From any thread."""
        return self._waiting is None

    async def connection(self) -> int:
        """Wait until connected; returns the number of the connection, counting up."""
        await self._connected.wait()
        return self._connections

    async def publish(
        self, stream: Stream, payload: bytes, *, at_least_once: bool = True, retain: bool = False
    ) -> bool:
        """Send a message; False if not connected, or if the connection was lost meanwhile."""
        client = self._client
        if client is None:
            return False
        try:
            await client.publish(
                str(self._topic.to(stream)),
                payload,
                qos=int(at_least_once),
                retain=retain,
                timeout=patience_s(len(payload)),
            )
        except aiomqtt.MqttError:
            if client is self._client:
                self._disconnect()
            return False
        return True

    async def run(self) -> None:
        """Stay connected until cancelled."""
        self._loop = asyncio.get_running_loop()
        backoff = Backoff(first_s=_FIRST_PAUSE_S, longest_s=self._broker.longest_pause_s)
        while True:
            before = self._connections
            try:
                await self._session()
            except (aiomqtt.MqttError, OSError, TimeoutError, TlsError) as error:
                self._tell(error)
            finally:
                self._lost()
            if self._connections > before:
                backoff.reset()
            await asyncio.sleep(backoff.next_s(random.random()))  # noqa: S311 no secret hangs on it

    async def _session(self) -> None:
        will = self._will()
        self._alert.error = None
        self._session_end = asyncio.timeout(None)  # lets the session end at once when the connection breaks
        async with (
            self._session_end,
            aiomqtt.Client(
                self._address.host,
                self._address.port,
                username=self._broker.user or self._topic.user,
                password=self._password,
                identifier=self._broker.user
                or self._topic.user,  # the broker may tie the client identifier to the user
                protocol=aiomqtt.ProtocolVersion.V5,
                clean_start=True,  # a lost receipt comes again, because the box repeats its messages
                keepalive=self._broker.keep_alive_s,
                timeout=_PATIENCE_S,
                logger=self._log,
                tls_context=self.tls.context() if self.tls is not None else None,
                will=aiomqtt.Will(str(self._topic.to(Stream.STATUS)), encode(will), qos=1, retain=True),
            ) as client,
        ):
            for topic in self._handlers:
                for code in await client.subscribe(topic, qos=1):
                    if not isinstance(code, int) and code.is_failure:
                        log.error(
                            "the broker does not allow the subscription to %s (%s); check its access rules",
                            topic,
                            code,
                        )
            self._client = client
            self._connections += 1
            self._waiting = None
            self._connected.set()
            log.info("connected to the broker at %s", self._address)
            async for message in client.messages:
                handler = self._handlers.get(str(message.topic))
                if message.retain:
                    continue  # retained messages are outdated for all handlers
                if handler is not None and isinstance(message.payload, bytes):
                    try:
                        handler(message.payload)
                    except Exception:  # one message must not end the connection or the program
                        log.exception("a message on %s could not be handled", message.topic)

    def _disconnect(self) -> None:
        """End the session, to connect again."""
        self._lost()
        if self._session_end.when() is None:
            self._session_end.reschedule(asyncio.get_running_loop().time())

    def _disconnect_soon(self) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._disconnect)

    def _lost(self) -> None:
        self._client = None
        self._connected.clear()
        if self._waiting is None:
            self._waiting = f"the connection to {self._address} was lost"

    def _tell(self, error: Exception) -> None:
        text = f"no connection to the broker at {self._address} ({error})"
        if self.tls is not None:
            text = (
                f"no connection: {self.tls.explain(self._alert.error or error, address=str(self._address))}"
            )
        if "not authori" in str(error).lower() or "bad user" in str(error).lower():
            text = (
                f"the broker at {self._address} refuses {self._broker.user or self._topic.user!r} "
                f"({error}); check broker.user and broker.password"
            )
        if text != self._waiting:
            log.warning("%s; trying again", text)
        self._waiting = text

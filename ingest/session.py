"""An MQTT session: the broker keeps unacknowledged messages for its client identifier while we are away.

Ingest has two sessions, each with an account, an inbox and a pipeline of its own: one for positions and other
streams that are stored as fast, and one for incidents and evidence, which wait for evidence storage (ADR
0105).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Sequence
from typing import Final

import mqtt5

from ingest.broker_connection import BrokerConnection
from ingest.errors import RefusedError, TakenOverError
from ingest.inbox import Inbox
from ingest.ledger import Ledger
from ingest.settings import Broker
from program.broker_address import BrokerAddress
from program.tls import TlsError
from wire.messages import MAX_PAYLOAD_BYTES
from wire.topics import PREFIX, Stream, subscription

log = logging.getLogger(__name__)

LARGEST_PACKET: Final = MAX_PAYLOAD_BYTES + 65_536
"""Bytes: a payload at its limit, the longest topic, and room for properties."""

POSITIONS: Final = "positions"
INCIDENTS: Final = "incidents"
"""The names of the two sessions in metrics and log."""

STREAMS: Final = {
    POSITIONS: (Stream.POSITION, Stream.TELEMETRY, Stream.STATUS, Stream.FRAME),
    INCIDENTS: (Stream.INCIDENT, Stream.EVIDENCE),
}
"""The streams that each session subscribes to. Frames are large, but only the newest one is stored, in the
database alone; among incidents a flood of frames would delay cases."""

EVERYTHING: Final = f"{PREFIX}/#"
"""The filter of earlier releases, to unsubscribe from if the broker still has it."""

_CLIENT_IDS: Final = {POSITIONS: "streetwarden-ingest", INCIDENTS: "streetwarden-ingest-incidents"}
"""The client identifier without a user; otherwise it is the user's name (ADR 0100)."""
_SHORTEST_WAIT_S: Final = 0.1
_LONGEST_WAIT_S: Final = 5.0
_HANDSHAKE_S: Final = 15.0


class Session:
    """Stays connected to the broker, subscribed to its streams.

    Args:
        name: `POSITIONS` or `INCIDENTS`.
        broker: its address and our account.
        inbox: takes the messages.
        ledger: counts the messages.
        filters: the topic filters to subscribe to.
        allowed: set once no other ingest uses the same session; awaited before the first connection.
        random_wait: 0 to 1, spreads the reconnects of many programs.
    """

    def __init__(
        self,
        *,
        name: str,
        broker: Broker,
        inbox: Inbox,
        ledger: Ledger,
        filters: Sequence[str],
        allowed: asyncio.Event,
        random_wait: Callable[[], float] = random.random,
    ) -> None:
        self._broker = broker
        self._inbox = inbox
        self._ledger = ledger
        self._name = name
        self._allowed = allowed
        self.filters = tuple(filters)
        """The filters to subscribe to."""
        self.stale: tuple[str, ...] = ()
        """Filters of earlier subscriptions, to unsubscribe from."""
        self._replaced: asyncio.Event | None = None
        self._random = random_wait
        self._link: BrokerConnection | None = None
        self._stopping = False
        self._address = BrokerAddress.parse(broker.url)
        self.tls = broker.tls()
        self._user = broker.user or self._address.user
        self._secret = broker.secret() or self._address.password
        self.client_id = broker.client_id or self._user or _CLIENT_IDS[name]
        """The client identifier."""
        self.waiting: str | None = f"connecting to the broker at {self._address}"
        """Why the session waits; None while it is connected and subscribed."""
        self.subscribed = asyncio.Event()
        """Set once the broker has our subscriptions; from then on it keeps messages for us."""

    async def run(self) -> None:
        """Connect, and reconnect whenever the connection ends, until `stop_reading`."""
        await self._allowed.wait()
        wait = _SHORTEST_WAIT_S
        while not self._stopping:
            await self._inbox.room()
            try:
                reason = await self._stay_connected()
                wait = _SHORTEST_WAIT_S
            except (OSError, TimeoutError, RefusedError, TlsError) as error:
                reason = self._explain(error)
            self.waiting = f"no connection to the broker at {self._address}: {reason}"
            log.warning("%s; trying again", self.waiting)
            await asyncio.sleep(wait * (0.5 + self._random()))
            wait = min(wait * 2, _LONGEST_WAIT_S)
        await asyncio.Event().wait()  # received messages are still being stored

    def give_up(self, patterns: Sequence[str]) -> None:
        """At the next connection, unsubscribe from filters of earlier subscriptions."""
        self.stale = tuple(patterns)

    def after(self, other: Session) -> None:
        """Unsubscribe only after another session, which takes over the messages, has subscribed."""
        self._replaced = other.subscribed

    def publish(self, topic: str, payload: bytes) -> None:
        """Send a message; without a connection it is lost, because its receiver will ask again."""
        if self._link is not None:
            self._link.publish(topic, payload)

    def stop_reading(self) -> None:
        """Take no further messages, over this connection or another; acknowledgements still go out."""
        self._stopping = True
        if self._link is not None:
            self._link.stop_reading()

    async def _stay_connected(self) -> str:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(_HANDSHAKE_S):
            transport, link = await loop.create_connection(
                lambda: BrokerConnection(inbox=self._inbox, ledger=self._ledger, largest=LARGEST_PACKET),
                self._address.host,
                self._address.port,
                ssl=self.tls.context() if self.tls is not None else None,
            )
            if self.tls is not None:
                self.tls.connected(transport.get_extra_info("peercert"))
        try:
            async with asyncio.timeout(_HANDSHAKE_S):
                filters = [_subscription(pattern) for pattern in self.filters]
                resumed = await link.open(self._connect_packet(), filters)
            log.info("session %s of %s %s", self.client_id, self._name, "resumed" if resumed else "is new")
            self._link, self.waiting = link, None
            self.subscribed.set()
            tasks = [
                asyncio.create_task(link.keep_alive(self._broker.keep_alive_s), name="keep-alive"),
                asyncio.create_task(self._give_up_stale(link), name="unsubscribe"),
            ]
            try:
                reason = await asyncio.shield(link.closed)
            finally:
                for task in tasks:
                    task.cancel()
            if link.taken_over:
                raise TakenOverError(
                    f"another client has taken over our session {self.client_id!r} at the broker "
                    f"{self._address}; stop it, or give it an account of its own: an account "
                    "serves one ingest alone"
                )
            return reason
        finally:
            self._link = None
            link.close()

    def _explain(self, error: Exception) -> str:
        if self.tls is None:
            return str(error) or type(error).__name__
        return self.tls.explain(error, address=str(self._address))

    async def _give_up_stale(self, link: BrokerConnection) -> None:
        if self._replaced is not None:
            await self._replaced.wait()
        if self.stale:
            with contextlib.suppress(RefusedError):  # the next connection tries again
                await link.unsubscribe(self.stale)
                self.stale = ()

    def _connect_packet(self) -> mqtt5.ConnectPacket:
        return mqtt5.ConnectPacket(
            self.client_id,
            username=self._user,
            password=self._secret.encode() if self._secret is not None else None,
            clean_start=False,
            keep_alive=self._broker.keep_alive_s,
            session_expiry_interval=self._broker.session_expiry_s,
            receive_max=self._broker.receive_maximum,
            max_packet_size=LARGEST_PACKET,
        )


def filters_of(name: str, *, districts: Sequence[str], foreign: Sequence[str]) -> tuple[str, ...]:
    """The topic filters of a session.

    Args:
        name: `POSITIONS` or `INCIDENTS`.
        districts: the districts that this ingest serves; empty for all.
        foreign: filters of adapters.
    """
    own = [
        subscription(stream, district=district)
        for district in districts or (None,)
        for stream in STREAMS[name]
    ]
    return (*own, *foreign)


def _subscription(pattern: str) -> mqtt5.TopicFilter:
    return mqtt5.TopicFilter(
        pattern,
        max_qos=mqtt5.QoS.AT_LEAST_ONCE,
        no_local=True,  # do not receive our own receipts
        retain_as_published=False,  # the broker then marks retained messages (ADR 0141)
        retain_handling=mqtt5.RetainHandling.SEND_IF_SUBSCRIPTION_NOT_EXISTS,
    )

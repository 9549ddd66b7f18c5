"""One connection to the broker: handshake, messages into the inbox, acknowledgements and receipts out.

`ingest.packets` reads PUBLISH, the `mqtt5` codec the other packets, which are rare. The codec may raise its
PanicException, a BaseException, on text that is not UTF-8.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Sequence
from typing import Any, Final, cast

import mqtt5

from ingest.errors import ProtocolBrokenError, RefusedError
from ingest.inbox import Inbox
from ingest.ledger import Ledger
from ingest.packets import Delivery, PacketReader, pubacks

log = logging.getLogger(__name__)

_PINGREQ: Final = b"\xc0\x00"
_DISCONNECT: Final = b"\xe0\x00"
_RECEIPTS_KEPT: Final = 10_000
_LAST_PACKET_ID: Final = 65_535
_GATHER_S: Final = 0.003
_GULP: Final = 65_536
"""Bytes. After a smaller read the next one waits a moment, to get more bytes at once (ADR 0091)."""


class BrokerConnection(asyncio.Protocol):
    """One MQTT 5 connection, from CONNECT to its end.

    Args:
        inbox: takes the messages.
        ledger: counts the messages.
        largest: maximum packet size, bytes; only the beginning of a larger packet is kept.
    """

    def __init__(self, *, inbox: Inbox, ledger: Ledger, largest: int) -> None:
        loop = asyncio.get_running_loop()
        self._inbox = inbox
        self._ledger = ledger
        self._reader = PacketReader(largest=largest)
        self._transport: asyncio.Transport | None = None
        self._answers: asyncio.Queue[Any] = asyncio.Queue()
        self._heard_at = loop.time()
        self._reading = True
        self._broke: Exception | None = (
            None  # a broker that refuses a certificate gives the reason in a TLS alert
        )
        self._stopping = False
        self._size = 0  # bytes since the last whole message
        self._window = 0  # receipts beyond the broker's receive maximum wait here
        self._receipts: deque[tuple[str, bytes]] = deque(maxlen=_RECEIPTS_KEPT)
        self._packet_id = 1
        self.taken_over = False
        """Whether the broker ended the connection because another client has the session now."""
        self.closed: asyncio.Future[str] = loop.create_future()
        """The reason why the connection ended, once it has."""

    async def open(self, connect: mqtt5.ConnectPacket, filters: Sequence[mqtt5.TopicFilter]) -> bool:
        """Shake hands and subscribe.

        Returns:
            Whether the broker had kept our session.

        Raises:
            RefusedError: the broker refuses the connection or a subscription.
        """
        self._write(connect.write())
        welcome = await self._answer(mqtt5.ConnAckPacket)
        if welcome.reason_code is not mqtt5.ConnAckReasonCode.SUCCESS:
            raise RefusedError(f"the broker refused the connection ({_reason(welcome)})")
        given = welcome.assigned_client_id
        if given is not None and given != connect.client_id:
            raise RefusedError(
                f"the broker calls our session {given!r} instead of {connect.client_id!r}; leave "
                "broker.client_id empty, or set it to that"
            )
        self._window = welcome.receive_max
        self._write(mqtt5.SubscribePacket(1, list(filters)).write())
        granted = await self._answer(mqtt5.SubAckPacket)
        for wanted, code in zip(filters, granted.reason_codes, strict=False):
            if code is not mqtt5.SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE:
                raise RefusedError(f"the broker refused the subscription to {wanted.pattern} ({code.name})")
        return bool(welcome.session_present)

    async def unsubscribe(self, patterns: Sequence[str]) -> None:
        """Remove subscriptions of the session that an earlier release made; an absent one is no error.

        Raises:
            RefusedError: the connection ended first.
        """
        self._write(mqtt5.UnsubscribePacket(2, list(patterns)).write())
        await self._answer(mqtt5.UnsubAckPacket)

    async def keep_alive(self, seconds: float) -> None:
        """Ping until the connection ends; end it after two silent intervals."""
        loop = asyncio.get_running_loop()
        while not self.closed.done():
            self._write(_PINGREQ)
            await asyncio.wait({self.closed}, timeout=seconds / 2)
            if self._reading and loop.time() - self._heard_at > 2 * seconds:
                self._end(f"the broker has been silent for {2 * seconds:.0f} s")

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Send PUBACK for each message of QoS 1, in order."""
        self._write(pubacks(packet_id for _, _, packet_id in deliveries))

    def publish(self, topic: str, payload: bytes) -> None:
        """Send a message of QoS 1 as soon as the broker accepts one; lost if the connection ends first."""
        self._receipts.append((topic, payload))
        self._send_receipts()

    def pause_reading(self) -> None:
        """Leave further messages in the socket."""
        if self._transport is not None and self._reading and not self._transport.is_closing():
            self._transport.pause_reading()
            self._reading = False

    def resume_reading(self) -> None:
        """Read on."""
        if self._stopping:
            return
        if self._transport is not None and not self._reading and not self._transport.is_closing():
            self._transport.resume_reading()
            self._reading = True
            self._heard_at = asyncio.get_running_loop().time()

    def stop_reading(self) -> None:
        """Read nothing more, even if there is room; acknowledgements still go out."""
        self.pause_reading()
        self._stopping = True

    def close(self) -> None:
        """Disconnect by MQTT's rules; the broker keeps the session."""
        self._write(_DISCONNECT)
        self._end("closed by us")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone."""
        self._transport = None
        self._broke = exc
        self._end(f"the connection broke ({exc})" if exc else "the broker closed the connection")

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        self._heard_at = asyncio.get_running_loop().time()
        try:
            deliveries, controls = self._reader.feed(data)
        except ProtocolBrokenError as error:
            self._end(str(error))
            return
        self._size += len(data)
        if deliveries:
            if len(data) < _GULP:
                self._gather()
            self._ledger.receive(len(deliveries))
            self._inbox.put(self, deliveries, self._size)
            self._size = 0
        for packet in controls:
            self._control(packet)

    def _gather(self) -> None:
        """Read on a little later: one read costs as much as several messages."""
        if self._transport is not None and self._reading and not self._transport.is_closing():
            self._transport.pause_reading()
            asyncio.get_running_loop().call_later(_GATHER_S, self._read_on)

    def _read_on(self) -> None:
        if self._transport is not None and self._reading and not self._transport.is_closing():
            self._transport.resume_reading()

    def _control(self, packet: bytes) -> None:
        message = read_control(packet)
        if isinstance(message, mqtt5.PubAckPacket):
            self._window += 1
            self._send_receipts()
        elif isinstance(message, mqtt5.ConnAckPacket | mqtt5.SubAckPacket | mqtt5.UnsubAckPacket):
            self._answers.put_nowait(message)
        elif isinstance(message, mqtt5.DisconnectPacket):
            self.taken_over = message.reason_code is mqtt5.DisconnectReasonCode.SESSION_TAKEN_OVER
            self._end(f"the broker ended the connection ({_reason(message)})")
        elif not isinstance(message, mqtt5.PingRespPacket):
            log.warning("ignored a malformed packet from the broker: %s", packet[:40].hex())

    def _send_receipts(self) -> None:
        while self._window and self._receipts:
            topic, payload = self._receipts.popleft()
            self._window -= 1
            self._packet_id = self._packet_id % _LAST_PACKET_ID + 1
            qos = mqtt5.QoS.AT_LEAST_ONCE
            self._write(mqtt5.PublishPacket(topic, payload, qos=qos, packet_id=self._packet_id).write())

    async def _answer(self, kind: type[Any]) -> Any:
        """The broker's next answer; raises if the connection ends first."""
        waiting = asyncio.ensure_future(self._answers.get())
        await asyncio.wait({waiting, self.closed}, return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            waiting.cancel()
            raise RefusedError(self.closed.result()) from self._broke
        answer = waiting.result()
        if not isinstance(answer, kind):
            raise RefusedError(f"the broker answered with an unexpected {type(answer).__name__}")
        return answer

    def _write(self, data: bytes) -> None:
        if data and self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def _end(self, reason: str) -> None:
        if not self.closed.done():
            self.closed.set_result(reason)
        if self._transport is not None:
            with contextlib.suppress(OSError):
                self._transport.close()


def read_control(packet: bytes) -> Any:
    """A control packet, or None if the codec cannot parse it."""
    try:
        return mqtt5.read(memoryview(packet))[0]
    except (IndexError, ValueError):
        return None
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        return None


def _reason(packet: Any) -> str:
    text = getattr(packet, "reason_str", None)
    name = str(packet.reason_code.name).lower().replace("_", " ")
    return f"{name}: {text}" if text else name

"""A second, small connection to the broker, which receives the broker's own numbers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import mqtt5

from ingest.broker_connection import read_control
from ingest.broker_report import TOPICS, BrokerReport
from ingest.errors import ProtocolBrokenError, RefusedError
from ingest.packets import PacketReader
from ingest.settings import Broker, Monitor
from program.broker_address import BrokerAddress
from program.tls import TlsError
from store.connection import Connection

log = logging.getLogger(__name__)

_LARGEST: Final = 65_536
_CHUNK: Final = 65_536
_HANDSHAKE_S: Final = 15.0
_SILENT_S: Final = 30.0
_PAUSE_S: Final = 5.0
_KEEP_EVERY_S: Final = 5.0
_SAME_START: Final = timedelta(seconds=5)

Transact = Callable[[Callable[[Connection], Awaitable[int]]], Awaitable[int]]

_KEEP: Final = """
WITH kept AS (
    UPDATE broker_run SET dropped = greatest(dropped, $3), seen_at = now()
    WHERE broker = $1 AND started_at BETWEEN $2::timestamptz - $4::interval AND $2::timestamptz + $4::interval
    RETURNING 1
)
INSERT INTO broker_run (broker, started_at, dropped, seen_at)
SELECT $1, $2, $3, now() WHERE NOT EXISTS (SELECT FROM kept)
"""
_DROPPED: Final = "SELECT coalesce(sum(dropped), 0)::bigint FROM broker_run WHERE broker = $1"


class BrokerMonitor:
    """Stays connected as an account that may read `$SYS`, and keeps the newest report.

    Args:
        broker: address and TLS settings of the broker.
        monitor: the account; if it has no user, the broker is not monitored.
        transact: runs a transaction, and waits while the database is unavailable.
        clock: epoch seconds.
    """

    def __init__(
        self, *, broker: Broker, monitor: Monitor, transact: Transact, clock: Callable[[], float]
    ) -> None:
        self._address = BrokerAddress.parse(broker.url)
        self._tls = broker.tls()
        self._keep_alive_s = broker.keep_alive_s
        self._user = monitor.user
        self._secret = monitor.secret()
        self._transact = transact
        self._clock = clock
        self._changed = asyncio.Event()
        self.report: BrokerReport | None = None
        """The newest report; None while there is no connection."""
        self.dropped_total = 0
        """Messages that this broker has dropped, summed over its restarts, from the database."""

    async def run(self) -> None:
        """Connect, and reconnect whenever the connection ends; never returns."""
        if not self._user:
            log.warning(
                "the broker is not monitored: dropped messages are not counted; set monitor.user "
                "and its password"
            )
            await asyncio.Event().wait()
        said = None
        while True:
            try:
                reason = await self._listen()
            except (OSError, TimeoutError, RefusedError, ProtocolBrokenError, TlsError) as error:
                reason = str(error) or type(error).__name__
            self.report = None
            if reason != said:
                log.warning("the broker at %s is not monitored: %s; trying again", self._address, reason)
            said = reason
            await asyncio.sleep(_PAUSE_S)

    async def keep(self) -> None:
        """Store the number of dropped messages when it changes, to keep it over restarts."""
        kept: tuple[datetime, int] | None = None
        while True:
            found = self._run_and_drops()
            if found is not None and (kept is None or _differs(found, kept)):
                self.dropped_total = await self._transact(self._keeper(*found))
                kept = found
            await asyncio.sleep(_KEEP_EVERY_S)

    def _run_and_drops(self) -> tuple[datetime, int] | None:
        report = self.report
        if report is None or report.uptime_s is None:
            return None
        started = datetime.fromtimestamp(self._clock() - report.uptime_s, UTC)
        return started, report.dropped or 0

    def _keeper(self, started: datetime, dropped: int) -> Callable[[Connection], Awaitable[int]]:
        name = str(self._address)

        async def keep(connection: Connection) -> int:
            await connection.execute(_KEEP, name, started, dropped, _SAME_START)
            return int(await connection.fetchval(_DROPPED, name))

        return keep

    async def _listen(self) -> str:
        async with asyncio.timeout(_HANDSHAKE_S):
            reader, writer = await asyncio.open_connection(
                self._address.host, self._address.port, ssl=self._tls.context() if self._tls else None
            )
        try:
            connect = mqtt5.ConnectPacket(
                self._user,
                username=self._user,
                password=self._secret.encode() if self._secret is not None else None,
                clean_start=True,
                keep_alive=self._keep_alive_s,
                max_packet_size=_LARGEST,
            )
            filters = [mqtt5.TopicFilter(topic, max_qos=mqtt5.QoS.AT_MOST_ONCE) for topic in TOPICS]
            writer.write(connect.write() + mqtt5.SubscribePacket(1, filters).write())
            return await self._read(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        packets = PacketReader(largest=_LARGEST)
        report = BrokerReport()
        while True:
            async with asyncio.timeout(
                _SILENT_S
            ):  # a broker that works publishes its uptime every few seconds
                data = await reader.read(_CHUNK)
            if not data:
                return "it closed the connection"
            deliveries, controls = packets.feed(data)
            for packet in map(read_control, controls):
                self._check(packet)
            for topic, payload, _ in deliveries:
                report.take(topic.decode(errors="replace"), bytes(payload))
            if report.uptime_s is not None:
                self.report = report
                writer.write(mqtt5.PingReqPacket().write())

    def _check(self, packet: object) -> None:
        if isinstance(packet, mqtt5.ConnAckPacket | mqtt5.DisconnectPacket) and int(packet.reason_code):
            why = packet.reason_code.name.replace("_", " ").lower()
            raise RefusedError(
                f"it refuses {self._user} ({why}); check monitor.user, its password and the broker's ACL"
            )


def _differs(found: tuple[datetime, int], kept: tuple[datetime, int]) -> bool:
    return abs(found[0] - kept[0]) > _SAME_START or found[1] != kept[1]

"""Sends the messages of the outbox to the broker, and deletes a message only on the centre's receipt."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from typing import Final, Protocol

from edge.metrics import Metrics
from edge.outbox import Outbox
from edge.outbox_rows import MessageKey
from edge.retry_schedule import RetrySchedule
from wire.messages import Receipt
from wire.topics import Stream

log = logging.getLogger(__name__)

_STORING_S: Final = 1.0
_RECEIPTS: Final = 2000
"""Receipts to remember, more than can be in flight; a lost one comes again when its message is repeated."""


class Publisher(Protocol):
    """The connection to the broker, as delivery uses it."""

    async def connection(self) -> int:
        """Wait until connected; returns the number of the connection."""

    async def publish(self, stream: Stream, payload: bytes) -> bool:
        """Send a message at QoS 1; False if the connection was lost meanwhile."""


class Delivery:
    """The task that empties the outbox.

    Args:
        outbox: the waiting messages.
        publisher: the connection.
        schedule: when each message is due.
        window: maximum number of messages in flight.
        metrics: of the box.
    """

    def __init__(
        self,
        *,
        outbox: Outbox,
        publisher: Publisher,
        schedule: RetrySchedule[MessageKey],
        window: int,
        metrics: Metrics,
    ) -> None:
        self._outbox = outbox
        self._publisher = publisher
        self._schedule = schedule
        self._window = window
        self._metrics = metrics
        self._news = asyncio.Event()
        self._receipts: deque[Receipt] = deque(maxlen=_RECEIPTS)

    def wake(self) -> None:
        """Something new is in the outbox; called in the event loop's thread."""
        self._news.set()

    def receive(self, receipt: Receipt) -> None:
        """Take a receipt from the broker; called in the event loop's thread."""
        self._receipts.append(receipt)
        self._news.set()

    async def run(self) -> None:
        """Send waiting messages and process receipts, until cancelled."""
        last = 0
        while True:
            current = await self._publisher.connection()
            if current != last:
                self._schedule.connected()
                last = current
            self._news.clear()
            self._settle()
            waiting = self._outbox.first(self._window)
            for key in self._schedule.due(waiting, time.monotonic()):
                payload = await asyncio.to_thread(self._outbox.payload, key)
                if payload is None:
                    continue
                if not await self._publisher.publish(Stream.INCIDENT, payload):
                    break
                self._metrics.sent.inc()
                self._schedule.sent(key, time.monotonic())
            else:
                rest_s = self._schedule.rest_s(waiting, time.monotonic())
                if (
                    self._outbox.level().in_memory
                ):  # a message that the disk does not accept is sent from memory
                    rest_s = min(_STORING_S, rest_s) if rest_s is not None else _STORING_S
                await self._rest(rest_s)

    def _settle(self) -> None:
        while self._receipts:
            receipt = self._receipts.popleft()
            known = self._outbox.settle(receipt)
            self._metrics.receipts.labels(receipt.outcome if known else "unknown").inc()
            if not known:
                continue
            self._schedule.received()
            if receipt.reason:
                log.error(
                    "the centre refused revision %s of incident %s (%s); it is kept on the box",
                    receipt.revision,
                    receipt.incident_id,
                    receipt.reason,
                )

    async def _rest(self, seconds: float | None) -> None:
        """Wait for news, at most this many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return

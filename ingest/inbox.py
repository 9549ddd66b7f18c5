"""Received messages that wait for the pipeline; if it is full, the socket is not read."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ingest.packets import Delivery


class MessageSource(Protocol):
    """The connection of some messages, which also takes their acknowledgements."""

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Send PUBACK for each, in order; does nothing if the connection is gone."""

    def pause_reading(self) -> None:
        """Leave further messages in the socket, and so with the broker."""

    def resume_reading(self) -> None:
        """Read on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Messages that came over one connection, in order.

    Attributes:
        link: the connection.
        deliveries: the messages.
        received_at: epoch seconds when the first of them was read.
        requeued: for a message from the quarantine, the fingerprint of its row there; else None.
    """

    link: MessageSource
    deliveries: list[Delivery]
    received_at: float
    requeued: bytes | None = None


class Inbox:
    """A queue of messages, bounded by number and by bytes.

    Args:
        messages: the largest number.
        size: the largest size, bytes.
        clock: epoch seconds.
    """

    def __init__(self, *, messages: int, size: int, clock: Callable[[], float]) -> None:
        self._max_messages = messages
        self._max_size = size
        self._clock = clock
        self._chunks: deque[tuple[MessageSource, list[Delivery], int, float, bytes | None]] = deque()
        self._size = 0
        self._paused: MessageSource | None = None
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._enough = asyncio.Event()
        self._wanted = (0, 0)  # wanted messages and bytes; a `take` stops waiting at either
        self.waiting = 0
        """Messages in the queue."""

    def put(self, link: MessageSource, deliveries: list[Delivery], size: int) -> None:
        """Queue messages that came together, `size` bytes in all; a full queue pauses the link."""
        self._put(link, deliveries, size, self._clock(), None)
        if self.waiting >= self._max_messages or self._size >= self._max_size:
            self._paused = link
            self._room.clear()
            self._enough.set()
            link.pause_reading()

    def put_again(
        self, link: MessageSource, delivery: Delivery, *, received_at: float, requeued: bytes
    ) -> None:
        """Queue one message from the quarantine.

        Args:
            link: a link of this message alone, which keeps it out of other arrivals.
            delivery: the message.
            received_at: epoch seconds when it was received last.
            requeued: the fingerprint of its row.
        """
        self._put(link, [delivery], len(delivery[1]), received_at, requeued)

    def _put(
        self,
        link: MessageSource,
        deliveries: list[Delivery],
        size: int,
        received_at: float,
        requeued: bytes | None,
    ) -> None:
        self._chunks.append((link, deliveries, size, received_at, requeued))
        self.waiting += len(deliveries)
        self._size += size
        self._filled.set()
        if self.waiting >= self._wanted[0] or self._size >= self._wanted[1]:
            self._enough.set()

    async def room(self) -> None:
        """Wait until the queue has room, because each new connection may add one read to a full queue."""
        await self._room.wait()

    async def take(self, maximum: int, *, max_size: int = sys.maxsize, linger_s: float = 0.0) -> Arrival:
        """Wait for messages and take those of one connection.

        Args:
            maximum: number of messages; the last read may exceed it.
            max_size: bytes; the last read may exceed them.
            linger_s: seconds to wait for either, once the first message has come.
        """
        while not self._chunks:
            self._filled.clear()
            await self._filled.wait()
        if self.waiting < maximum and self._size < max_size and linger_s and self._paused is None:
            self._wanted = maximum, max_size
            self._enough.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(linger_s - (self._clock() - self._chunks[0][3])):
                    await self._enough.wait()
            self._wanted = 0, 0
        link, deliveries, size, received_at, requeued = self._chunks.popleft()
        while self._chunks and len(deliveries) < maximum and size < max_size and self._chunks[0][0] is link:
            _, more, more_size, _, _ = self._chunks.popleft()
            deliveries += more
            size += more_size
        self.waiting -= len(deliveries)
        self._size -= size
        room = self.waiting <= self._max_messages // 2 and self._size <= self._max_size // 2
        if self._paused is not None and room:
            self._paused.resume_reading()
            self._paused = None
            self._room.set()
        return Arrival(link=link, deliveries=deliveries, received_at=received_at, requeued=requeued)

"""What has been received and not yet taken up; when it is full, the socket is not read any more."""

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
    """The connection that messages came over and their acknowledgements go back over."""

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Send PUBACK for each, in order; nothing, once the connection is gone."""

    def pause_reading(self) -> None:
        """Leave what comes next in the socket, and so with the broker."""

    def resume_reading(self) -> None:
        """Read on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Messages that came over one connection, in order.

    Attributes:
        link: that connection.
        deliveries: the messages.
        received_at: epoch seconds when the first of them was read.
        requeued: where it is one message out of the quarantine, the fingerprint of its row there.
    """

    link: MessageSource
    deliveries: list[Delivery]
    received_at: float
    requeued: bytes | None = None


class Inbox:
    """A queue of messages, bounded by number and by bytes.

    Args:
        messages: how many may wait.
        size: how many bytes may wait.
        clock: epoch seconds.
    """

    def __init__(self, *, messages: int, size: int, clock: Callable[[], float]) -> None:
        self._most_messages = messages
        self._most_size = size
        self._clock = clock
        self._chunks: deque[tuple[MessageSource, list[Delivery], int, float, bytes | None]] = deque()
        self._size = 0
        self._paused: MessageSource | None = None
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._enough = asyncio.Event()
        self._wanted = (0, 0)  # messages and bytes, either of which ends the lingering of a `take`
        self.waiting = 0
        """Messages in the queue."""

    def put(self, link: MessageSource, deliveries: list[Delivery], size: int) -> None:
        """Queue messages that came together, `size` bytes in all; a full queue pauses the link."""
        self._put(link, deliveries, size, self._clock(), None)
        if self.waiting >= self._most_messages or self._size >= self._most_size:
            self._paused = link
            self._room.clear()
            self._enough.set()
            link.pause_reading()

    def put_again(
        self, link: MessageSource, delivery: Delivery, *, received_at: float, requeued: bytes
    ) -> None:
        """Queue one message out of the quarantine.

        Args:
            link: of this message alone, so that it is not taken together with others.
            delivery: the message.
            received_at: epoch seconds when it last came.
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
        """Wait until the queue takes more; each new connection would otherwise add to a full one."""
        await self._room.wait()

    async def take(self, most: int, *, most_size: int = sys.maxsize, linger_s: float = 0.0) -> Arrival:
        """Wait for messages and take them, those of one connection, `most` or a few more.

        Args:
            most: take no more than this, give or take what came in one read.
            most_size: likewise, in bytes.
            linger_s: seconds to wait for either once the first has come.
        """
        while not self._chunks:
            self._filled.clear()
            await self._filled.wait()
        if self.waiting < most and self._size < most_size and linger_s and self._paused is None:
            self._wanted = most, most_size
            self._enough.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(linger_s - (self._clock() - self._chunks[0][3])):
                    await self._enough.wait()
            self._wanted = 0, 0
        link, deliveries, size, received_at, requeued = self._chunks.popleft()
        while self._chunks and len(deliveries) < most and size < most_size and self._chunks[0][0] is link:
            _, more, more_size, _, _ = self._chunks.popleft()
            deliveries += more
            size += more_size
        self.waiting -= len(deliveries)
        self._size -= size
        room = self.waiting <= self._most_messages // 2 and self._size <= self._most_size // 2
        if self._paused is not None and room:
            self._paused.resume_reading()
            self._paused = None
            self._room.set()
        return Arrival(link=link, deliveries=deliveries, received_at=received_at, requeued=requeued)

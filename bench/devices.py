"""Devices that keep sent messages until the centre can no longer lose them.

With its PUBACK a broker takes over a message, but a killed broker loses messages that it had not saved: with
Mosquitto everything since its last autosave. A device closes this gap with four rules. They rely only on the
fact that repeats have no effect (entity and time are the key of a fix):

1. A message is sent until it is acknowledged, in order.
2. A PUBACK with *no matching subscribers* does not count: a broker that lost the centre's session has
   discarded the message.
3. An acknowledged message is kept until the same connection has received another acknowledgement `keep_s`
   later. The broker has then run for that long, and saved; `keep_s` must be longer than its autosave
   interval.
4. When a connection ends, all kept messages are sent again.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import mqtt5

from bench.connection import Wire, connect
from bench.fleet import Message

_PACKET_IDS = 65_535
_CHUNK = 100
_UNHEARD_PAUSE_S = 0.1


@dataclass(slots=True, kw_only=True, eq=False)
class _Held:
    """One message that the device still keeps."""

    number: int
    message: Message
    acknowledged: bool = False


class Backlog:
    """The messages that one device keeps. Pure: the time is passed in.

    Args:
        keep_s: minimum seconds to keep an acknowledged message; None deletes it at once, as most devices do.
        window: unacknowledged messages at once.
    """

    def __init__(self, *, keep_s: float | None, window: int = 1000) -> None:
        self._keep_s = keep_s
        self._window = window
        self._waiting: deque[_Held] = deque()
        self._under_way: dict[int, _Held] = {}
        self._kept: deque[tuple[float, _Held]] = deque()
        self._numbers = itertools.count()
        self._ids = itertools.cycle(range(1, _PACKET_IDS + 1))

    @property
    def unacknowledged(self) -> int:
        """Messages that were never acknowledged, or must be sent again."""
        return len(self._waiting) + len(self._under_way)

    @property
    def kept(self) -> int:
        """Messages that are acknowledged, and not yet safe."""
        return len(self._kept)

    def add(self, messages: Sequence[Message]) -> None:
        """Take new messages."""
        self._waiting.extend(_Held(number=next(self._numbers), message=message) for message in messages)

    def take(self, maximum: int) -> list[tuple[int, Message]]:
        """Messages to send now, each with its packet id."""
        chosen: list[tuple[int, Message]] = []
        while self._waiting and len(chosen) < maximum and len(self._under_way) < self._window:
            packet_id = next(each for each in self._ids if each not in self._under_way)
            held = self._waiting.popleft()
            self._under_way[packet_id] = held
            chosen.append((packet_id, held.message))
        return chosen

    def acknowledge(self, packet_id: int, now: float) -> Message | None:
        """Record an acknowledgement; returns the message if it is the first time."""
        held = self._under_way.pop(packet_id)
        if self._keep_s is not None:
            while self._kept and self._kept[0][0] <= now - self._keep_s:
                self._kept.popleft()
            self._kept.append((now, held))
        first, held.acknowledged = not held.acknowledged, True
        return held.message if first else None

    def unheard(self, packet_id: int) -> None:
        """Record that the broker had no subscriber for a message, which must be sent again."""
        self._waiting.appendleft(self._under_way.pop(packet_id))

    def disconnect(self) -> None:
        """Record that the connection has ended: messages that may be lost must be sent again, in order."""
        again = [*self._under_way.values(), *(held for _, held in self._kept), *self._waiting]
        self._waiting = deque(sorted(again, key=lambda held: held.number))
        self._under_way.clear()
        self._kept.clear()


class Device:
    """One connection that sends messages by the rules above.

    Args:
        url: the broker.
        keep_s: minimum seconds to keep an acknowledged message; None deletes it at once, as most devices do.
        on_acknowledged: called once for each message when the broker has acknowledged it.
    """

    def __init__(
        self,
        url: str,
        *,
        keep_s: float | None,
        on_acknowledged: Callable[[Message], None],
    ) -> None:
        self.backlog = Backlog(keep_s=keep_s)
        self._trusts = keep_s is None
        self._url = url
        self._on_acknowledged = on_acknowledged
        self._wire: Wire | None = None

    def send(self, messages: Sequence[Message]) -> None:
        """Send these messages as soon as possible, and repeat them until they are safe."""
        self.backlog.add(messages)
        if self._wire is not None:
            self._wire.wake()

    def cut(self) -> None:
        """Lose the connection, as when the radio fails."""
        if self._wire is not None:
            self._wire.abort()

    async def run(self) -> None:
        """Stay connected and send; never returns."""
        while True:
            with contextlib.suppress(OSError):
                await self._connected()
            await asyncio.sleep(random.uniform(0.05, 0.3))

    async def _connected(self) -> None:
        wire = await connect(self._url, keep_alive=0)
        self._wire = wire
        try:
            while True:
                while chunk := self.backlog.take(_CHUNK):
                    wire.send(b"".join(_packet(*each) for each in chunk))
                taken, unheard = await wire.acknowledgements()
                if self._trusts:
                    taken, unheard = taken + unheard, []
                for packet_id in taken:
                    message = self.backlog.acknowledge(packet_id, time.monotonic())
                    if message is not None:
                        self._on_acknowledged(message)
                for packet_id in reversed(unheard):
                    self.backlog.unheard(packet_id)
                if unheard:
                    await asyncio.sleep(_UNHEARD_PAUSE_S)
        finally:
            self._wire = None
            wire.abort()
            self.backlog.disconnect()


def _packet(packet_id: int, message: Message) -> bytes:
    topic, payload = message
    return mqtt5.PublishPacket(topic, payload, qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=packet_id).write()

"""Drives the whole fleet: steps every device when its turn comes, and publishes the result."""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

import msgspec

from city.errors import CityError
from city.fleet.client import Broker, Client, Message, Tally
from city.fleet.unit import Unit
from city.town.plane import DISTRICT
from wire import Status, Stream, Topic, encode

log = logging.getLogger(__name__)

_CONNECTS_PER_S: Final = 100.0
_KEEP_ALIVE_EVERY_S: Final = 5.0
_TELL_EVERY_S: Final = 60.0
_TOO_LATE_S: Final = 5.0
_FIRST_TURNS_S: Final = 2.0


class Fleet:
    """All devices and their connections.

    Args:
        units: the devices.
        passwords: of the broker, by user.
        clock: epoch seconds, for the messages.

    Raises:
        CityError: a device has no password.
    """

    def __init__(
        self, units: Sequence[Unit], passwords: Mapping[str, str], *, clock: Callable[[], float]
    ) -> None:
        missing = [unit.device.user for unit in units if unit.device.user not in passwords]
        if missing:
            raise CityError(
                f"{len(missing)} devices have no password ({missing[0]} is one); "
                "give --credentials the file made for this city's devices.json"
            )
        self.tally = Tally()
        self._clock = clock
        self._units = units
        self._topics = [
            Topic(district=DISTRICT, kind=unit.device.kind, id=unit.device.id, stream=Stream.STATUS)
            for unit in units
        ]
        self._clients = [
            self._client(unit, topic, passwords[unit.device.user])
            for unit, topic in zip(units, self._topics, strict=True)
        ]

    async def drive(self) -> None:
        """Let every device publish in turn until cancelled; on a busy machine turns are skipped."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        turns = [
            (start + _FIRST_TURNS_S * index / len(self._units), index) for index in range(len(self._units))
        ]
        heapq.heapify(turns)
        while True:
            due, index = turns[0]
            wait = due - loop.time()
            if wait > 0:
                await asyncio.sleep(max(wait, 0.02))  # several turns at once: fewer wake-ups
                continue
            unit = self._units[index]
            behind = loop.time() - due
            next_due = due + unit.every_s if behind < _TOO_LATE_S else loop.time() + unit.every_s
            heapq.heapreplace(turns, (next_due, index))
            for stream, payload in unit.step(self._clock()):
                self._clients[index].publish(
                    Message(topic=str(self._topics[index].to(stream)), payload=encode(payload))
                )

    async def connect(self, broker: Broker) -> None:
        """Keep all clients connected, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for client in self._clients:
                group.create_task(client.run(broker), name=f"client {client.user}")
                await asyncio.sleep(1 / _CONNECTS_PER_S)

    async def keep_alive(self) -> None:
        """Ping idle connections; never returns."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_KEEP_ALIVE_EVERY_S)
            for client in self._clients:
                client.keep_alive(loop.time())

    async def tell(self) -> None:
        """Log the progress at intervals."""
        while True:
            await asyncio.sleep(_TELL_EVERY_S)
            waiting = sum(len(client.queue) for client in self._clients)
            log.info(
                "%d of %d devices connected, %d messages acknowledged by the broker, %d waiting, %d dropped",
                self.tally.connected,
                len(self._clients),
                self.tally.acknowledged,
                waiting,
                self.tally.given_up,
            )

    def _client(self, unit: Unit, topic: Topic, password: str) -> Client:
        program = f"streetwarden-city {version('streetwarden')}"

        def status(*, online: bool) -> Message:
            message = Status(
                online=online, time=round(self._clock(), 3), program=program, detail=unit.facts()
            )
            return Message(topic=str(topic), payload=encode(message), retain=True)

        return Client(
            user=topic.user,
            password=password,
            greeting=lambda: status(online=True),
            will=status(online=False),
            tally=self.tally,
        )


def passwords(file: Path) -> dict[str, str]:
    """Read `{"vehicle/v001": "password", …}`.

    Raises:
        CityError: the file is missing or malformed.
    """
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, str])
    except OSError as error:
        raise CityError(
            f"cannot read {file} ({error.strerror}); give --credentials the passwords file"
        ) from None
    except msgspec.MsgspecError as error:
        raise CityError(f'{file} is not {{"user": "password"}} in JSON ({error})') from None

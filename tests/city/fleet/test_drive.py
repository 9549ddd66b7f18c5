"""The fleet on a real broker with the product's access rules."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import pytest

from city.errors import CityError
from city.fleet import client
from city.fleet.drive import Fleet
from city.fleet.unit import units
from city.roster import roster
from program.errors import SettingsError
from tests.city.conftest import SEED
from tests.servers import Broker
from wire import Position, Status, Telemetry, Topic, as_epoch, decode

FEW = roster(vehicles=8, people=2, sensors=2)
PASSWORDS = {device.user: f"secret of {device.id}" for device in FEW}

Heard = list[tuple[Topic, object, bool]]


@pytest.fixture
def rules_broker(tmp_path: Path, servers_can_run: None) -> Iterator[Broker]:
    server = Broker(tmp_path / "broker", passwords={**PASSWORDS, "center-ingest": "centre"})
    server.start()
    yield server
    server.kill()


def fleet_of(city_folder: Path, passwords: dict[str, str]) -> Fleet:
    return Fleet(units(city_folder, FEW, SEED), passwords, clock=time.time)


@asynccontextmanager
async def driven(fleet: Fleet, broker: Broker) -> AsyncIterator[None]:
    """The fleet, driving."""
    address = client.Broker.parse(broker.url)
    tasks = [
        asyncio.create_task(part) for part in (fleet.connect(address), fleet.drive(), fleet.keep_alive())
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def listen(broker: Broker, heard: Heard, until: Callable[[], bool]) -> None:
    """Read all messages as the centre does, until there are enough."""
    async with asyncio.timeout(30):
        async with aiomqtt.Client(
            "127.0.0.1", broker.port, username="center-ingest", password="centre"
        ) as centre:
            await centre.subscribe("sw/1/#", qos=1)
            async for message in centre.messages:
                topic = Topic.parse(str(message.topic))
                assert isinstance(message.payload, bytes)
                heard.append((topic, decode(topic.stream, message.payload), bool(message.retain)))
                if until():
                    return


def speakers(heard: Heard, kind: type) -> set[str]:
    return {
        topic.user
        for topic, message, _ in heard
        if isinstance(message[0] if isinstance(message, list) else message, kind)
    }


async def test_every_device_speaks_for_itself(city_folder: Path, rules_broker: Broker) -> None:
    heard: Heard = []
    everybody = {device.user for device in FEW}
    async with driven(fleet_of(city_folder, PASSWORDS), rules_broker):
        await listen(
            rules_broker,
            heard,
            lambda: (
                speakers(heard, Position) == everybody == speakers(heard, Status)
                and len(speakers(heard, Telemetry)) == 2
            ),
        )
    for topic, message, _ in heard:
        if isinstance(message, Status):
            assert message.online
            assert message.detail["type"]
            assert message.detail["name"]
        assert topic.district == "350582"


async def test_a_lost_device_is_published_as_offline(city_folder: Path, rules_broker: Broker) -> None:
    heard: Heard = []

    def gone() -> bool:
        return any(isinstance(message, Status) and not message.online for _, message, _ in heard)

    fleet = fleet_of(city_folder, PASSWORDS)
    async with driven(fleet, rules_broker):
        await listen(rules_broker, heard, lambda: len(speakers(heard, Status)) == len(FEW))
    heard.clear()
    await listen(rules_broker, heard, gone)


async def test_what_is_measured_while_the_broker_is_away_comes_afterwards(
    city_folder: Path, rules_broker: Broker
) -> None:
    heard: Heard = []
    fleet = fleet_of(city_folder, PASSWORDS)
    async with driven(fleet, rules_broker):
        await listen(rules_broker, heard, lambda: len(speakers(heard, Position)) == len(FEW))
        rules_broker.kill()
        down_since = time.time()
        mobiles = [each for each in fleet._clients if not each.user.startswith("device/")]
        await reached(lambda: all(len(each.queue) >= 2 for each in mobiles))
        down_until = time.time()
        rules_broker.start()
        heard.clear()
        await listen(
            rules_broker, heard, lambda: measured_between(heard, down_since, down_until) == len(mobiles)
        )
        await reached(lambda: fleet.tally.connected == len(FEW))
    assert fleet.tally.given_up == 0


def measured_between(heard: Heard, since: float, until: float) -> int:
    """The number of devices that have sent fixes from a time without network."""
    return len(
        {
            topic.user
            for topic, message, _ in heard
            if isinstance(message, Position) and since < as_epoch(message.time) < until
        }
    )


async def reached(condition: Callable[[], bool]) -> None:
    """Wait for an outcome."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 (the fleet keeps counts; it has nobody to tell of them)
            await asyncio.sleep(0.02)


async def test_a_wrong_password_is_refused_and_counted(city_folder: Path, rules_broker: Broker) -> None:
    wrong = dict.fromkeys(PASSWORDS, "wrong")
    fleet = fleet_of(city_folder, wrong)
    async with driven(fleet, rules_broker):
        await reached(lambda: fleet.tally.refused >= len(FEW))
    assert fleet.tally.connected == 0


def test_a_device_without_a_password_is_named(city_folder: Path) -> None:
    with pytest.raises(CityError, match="vehicle/v001"):
        fleet_of(city_folder, {})


def test_a_full_queue_gives_up_its_oldest() -> None:
    tally = client.Tally()
    silent = client.Message(topic="t", payload=b"")
    one = client.Client(user="vehicle/v001", password="", greeting=lambda: silent, will=silent, tally=tally)
    for number in range(700):
        one.publish(client.Message(topic="t", payload=str(number).encode()))
    assert tally.given_up == 100
    assert one.queue[0].payload == b"100"
    assert one.queue[-1].payload == b"699"


@pytest.mark.parametrize("url", ["127.0.0.1:1883", "http://broker", "mqtt://"])
def test_an_address_that_is_no_broker_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="mqtt://"):
        client.Broker.parse(url)

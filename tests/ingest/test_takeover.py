"""No account can take over the session of another, whatever its client id; ingest's queue stays."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Final
from urllib.parse import quote

import mqtt5
import pytest

from bench.connection import connect
from bench.fleet import Fleet
from bench.mqtt_client import connected
from tests.ingest.conftest import StartIngest
from tests.ingest.running import one, topic
from tests.servers import Broker

INGEST: Final = "center-ingest"
INCIDENTS: Final = {"incidents_user": "center-incidents", "incidents_password": "center-incidents"}
DEVICE: Final = "vehicle/v1"
FIXES: Final = 100


def url_of(broker: Broker, user: str) -> str:
    return broker.url.replace("//", f"//{quote(user, safe='')}:{quote(user, safe='')}@")


async def test_an_empty_client_id_becomes_the_user(guarded_broker: Broker) -> None:
    packet = mqtt5.ConnectPacket("", username=DEVICE, password=DEVICE.encode(), clean_start=False).write()
    reader, writer = await asyncio.open_connection("127.0.0.1", guarded_broker.port)
    writer.write(packet)
    answer, _ = mqtt5.read(memoryview(await asyncio.wait_for(reader.read(4096), 20)))
    assert isinstance(answer, mqtt5.ConnAckPacket)
    assert answer.assigned_client_id == DEVICE
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize("version", [5, 4], ids=["MQTT 5", "MQTT 3.1.1"])
@pytest.mark.parametrize(
    ("client_id", "clean"),
    [(INGEST, True), (INGEST, False), ("", True)],
    ids=["clean start", "resuming", "empty id"],
)
async def test_another_account_with_the_same_client_id_leaves_a_session_alone(
    guarded_broker: Broker,
    client_id: str,
    clean: bool,  # noqa: FBT001
    version: int,
) -> None:
    wire = await connect(url_of(guarded_broker, INGEST))
    async with connected(
        guarded_broker.port, DEVICE, client_id=client_id, clean=clean, version=version
    ) as device:
        assert device.answer == 0, "it is let in, as itself"
    assert not wire.ended.done()
    wire.close()
    await wire.ended


async def test_ingests_queue_survives_repeated_takeovers_of_its_client_id(
    start_ingest: StartIngest, guarded_broker: Broker, database_url: str
) -> None:
    ingest = start_ingest(broker_url=url_of(guarded_broker, INGEST), **INCIDENTS)
    await ingest.ready()

    over = asyncio.Event()

    async def hostile() -> None:
        while not over.is_set():
            async with connected(guarded_broker.port, DEVICE, client_id=INGEST):
                pass

    attack = asyncio.create_task(hostile())
    assert ingest.stop() == 0
    now = time.time()
    fixes = [json.dumps({"time": now - n, "lat": 24.9, "lon": 118.6}).encode() for n in range(FIXES)]
    await Fleet(url_of(guarded_broker, "vehicle/v2"), connections=1).publish(
        [(topic("v2"), payload) for payload in fixes]
    )
    ingest.start()
    await ingest.ready()
    await ingest.settled(FIXES)
    over.set()
    await attack
    assert await one(database_url, "SELECT count(*) FROM position") == FIXES

"""No account takes over the session of another, whatever client id it gives; ingest's queue stays."""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import quote

import mqtt5
import pytest

from bench.connection import connect
from bench.fleet import Fleet
from tests.ingest.conftest import StartIngest
from tests.ingest.running import one, topic
from tests.servers import Broker

INGEST: Final = "center-ingest"
DEVICE: Final = "vehicle/v1"
FIXES: Final = 100


def url_of(broker: Broker, user: str) -> str:
    return broker.url.replace("//", f"//{quote(user, safe='')}:{quote(user, safe='')}@")


def connect_5(client_id: str, *, user: str, clean: bool = True) -> bytes:
    return mqtt5.ConnectPacket(
        client_id, username=user, password=user.encode(), clean_start=clean, session_expiry_interval=60
    ).write()


def connect_311(client_id: str, *, user: str, clean: bool = True) -> bytes:
    texts = b"".join(struct.pack(">H", len(text)) + text.encode() for text in (client_id, user, user))
    body = b"\x00\x04MQTT\x04" + bytes([0xC0 | clean << 1]) + b"\x00\x3c" + texts
    return bytes([0x10, len(body)]) + body


@asynccontextmanager
async def answer_to(broker: Broker, packet: bytes) -> AsyncIterator[bytes]:
    """The broker's answer to a CONNECT, while the connection stands."""
    reader, writer = await asyncio.open_connection("127.0.0.1", broker.port)
    try:
        writer.write(packet)
        yield await asyncio.wait_for(reader.read(4096), 20)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def test_an_empty_client_id_becomes_the_user(guarded_broker: Broker) -> None:
    async with answer_to(guarded_broker, connect_5("", user=DEVICE, clean=False)) as answer:
        packet, _ = mqtt5.read(memoryview(answer))
        assert isinstance(packet, mqtt5.ConnAckPacket)
        assert packet.assigned_client_id == DEVICE


@pytest.mark.parametrize(
    "packet",
    [
        connect_5(INGEST, user=DEVICE),
        connect_5(INGEST, user=DEVICE, clean=False),
        connect_5("", user=DEVICE),
        connect_311(INGEST, user=DEVICE),
        connect_311(INGEST, user=DEVICE, clean=False),
        connect_311("", user=DEVICE),
    ],
    ids=["5", "5 resuming", "5 empty", "3.1.1", "3.1.1 resuming", "3.1.1 empty"],
)
async def test_another_account_with_the_same_client_id_leaves_a_session_alone(
    guarded_broker: Broker, packet: bytes
) -> None:
    wire = await connect(url_of(guarded_broker, INGEST))
    async with answer_to(guarded_broker, packet) as answer:
        assert answer[0] == 0x20, "it is let in, as itself"
        assert answer[3] == 0
    assert not wire.ended.done()
    wire.close()
    await wire.ended


async def test_what_waits_for_ingest_survives_a_device_that_takes_over_its_client_id_in_a_loop(
    start_ingest: StartIngest, guarded_broker: Broker, database_url: str
) -> None:
    ingest = start_ingest(broker_url=url_of(guarded_broker, INGEST))
    await ingest.ready()

    over = asyncio.Event()

    async def hostile() -> None:
        while not over.is_set():
            async with answer_to(guarded_broker, connect_5(INGEST, user=DEVICE)):
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

"""Incidents and evidence have a session of their own: their delay does not delay positions."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import aiomqtt
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from bench.fleet import Fleet
from tests.ingest.conftest import StartIngest
from tests.ingest.running import RunningIngest, connected, drive, fix, incident, one, topic, until
from tests.servers import Broker

pytestmark = pytest.mark.servers


async def send_incident(broker: Broker) -> None:
    await Fleet(broker.url).publish([(topic("box-1", "incident", "box"), json.dumps(incident()).encode())])


async def expect_positions_alone(ingest: RunningIngest, broker: Broker, count: int) -> None:
    """Positions are stored and acknowledged while one incident is in flight."""
    before = (await ingest.fates())["stored"]
    await Fleet(broker.url).publish(drive(count))

    async def stored() -> bool:
        return (await ingest.fates())["stored"] == before + count

    await until(stored)
    metrics = await ingest.metrics()
    assert metrics["messages_in_flight", "positions"] == 0
    assert metrics["messages_in_flight", "incidents"] == 1


async def test_positions_keep_coming_in_while_evidence_storage_is_away(
    ingest: RunningIngest, broker: Broker, database_url: str, tmp_path: Path
) -> None:
    storage, aside = tmp_path / "evidence", tmp_path / "aside"
    storage.rename(aside)
    storage.write_bytes(b"no folder")
    await send_incident(broker)

    async def said() -> bool:
        return "evidence" in await ingest.health()

    await until(said)
    await expect_positions_alone(ingest, broker, 3000)
    storage.unlink()
    aside.rename(storage)
    await ingest.settled(3001)
    assert await one(database_url, "SELECT count(*) FROM case_file") == 1
    await ingest.ready()


async def test_positions_keep_coming_in_while_the_transaction_of_a_case_waits(
    ingest: RunningIngest, broker: Broker, database_url: str
) -> None:
    async with connected(database_url) as other:
        await other.execute("BEGIN; LOCK TABLE case_file IN ACCESS EXCLUSIVE MODE")
        await send_incident(broker)

        async def under_way() -> bool:
            return (await ingest.metrics())["messages_in_flight", "incidents"] == 1

        await until(under_way)
        await expect_positions_alone(ingest, broker, 3000)
        await other.execute("COMMIT")
    await ingest.settled(3001)
    assert await one(database_url, "SELECT count(*) FROM case_file") == 1


async def test_a_stop_stores_the_positions_and_leaves_the_incident_that_waits_with_the_broker(
    start_ingest: StartIngest, broker: Broker, database_url: str, tmp_path: Path
) -> None:
    ingest = start_ingest()
    await ingest.ready()
    storage, aside = tmp_path / "evidence", tmp_path / "aside"
    storage.rename(aside)
    storage.write_bytes(b"no folder")
    await send_incident(broker)
    await expect_positions_alone(ingest, broker, 500)
    assert await asyncio.to_thread(ingest.stop) == 0
    storage.unlink()
    aside.rename(storage)
    ingest.start()
    await ingest.ready()
    fates = await ingest.settled(1)
    assert fates["received"] == 1, "the positions were acknowledged"
    assert await one(database_url, "SELECT count(*) FROM case_file") == 1


async def test_a_session_that_subscribed_to_everything_gives_that_up_and_loses_nothing(
    start_ingest: StartIngest, broker: Broker, database_url: str
) -> None:
    """What an upgrade finds at the broker: one session for all streams, with messages that wait in it."""
    expiry = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    expiry.SessionExpiryInterval = 3600
    async with aiomqtt.Client(
        "127.0.0.1",
        broker.port,
        identifier="streetwarden-ingest",
        protocol=aiomqtt.ProtocolVersion.V5,
        clean_start=False,
        properties=expiry,
    ) as earlier:
        await earlier.subscribe("sw/1/#", qos=1)
    await send_incident(broker)
    await Fleet(broker.url).publish([fix(1, time.time())])
    ingest = start_ingest()
    await ingest.ready()
    await ingest.settled(2)

    async def given_up() -> bool:
        await send_incident(broker)
        before = await ingest.settled(2)
        await send_incident(broker)
        return (await ingest.settled(before["received"] + 1))["received"] == before["received"] + 1

    await until(given_up)
    metrics = await ingest.metrics()
    assert metrics["messages_received_total", "incidents"] >= 1
    cases = await one(database_url, "SELECT count(*) FROM case_file")
    fates = await ingest.fates()
    assert cases == fates["stored"] - 1
    assert fates["quarantined"] == 0


async def test_an_ingest_with_one_account_says_what_to_add(start_ingest: StartIngest, broker: Broker) -> None:
    ingest = start_ingest(broker_user="center-ingest", broker_password="x")
    assert await asyncio.to_thread(ingest.exit_status) != 0
    last = ingest.log.read_text().splitlines()[-1]
    assert "STREETWARDEN_INGEST_INCIDENTS_USER" in last
    assert "center-incidents" in last

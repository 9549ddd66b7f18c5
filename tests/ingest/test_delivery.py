"""From the real broker into the real database: everything once, whoever is killed in between."""

from __future__ import annotations

import asyncio
import threading

import httpx
import pytest

from bench.fleet import Fleet
from tests.ingest.conftest import StartIngest
from tests.ingest.running import RunningIngest, drive, fix, one, until
from tests.servers import Broker, DatabaseServer

pytestmark = pytest.mark.servers
MESSAGES = 20_000


async def stored_at_least(database_url: str, count: int) -> None:
    async def enough() -> bool:
        return int(await one(database_url, "SELECT count(*) FROM position")) >= count

    await until(enough)


async def expect_each_once(ingest: RunningIngest, database_url: str, messages: int) -> None:
    """Every message that the broker acknowledged is one row, and nothing else is."""
    await stored_at_least(database_url, messages)

    async def quiet() -> bool:
        return (await ingest.fates())["in_flight"] == 0

    await until(quiet)
    found = await one(database_url, "SELECT count(*) FROM position")
    keys = await one(database_url, "SELECT count(DISTINCT (entity_id, time)) FROM position")
    assert (found, keys) == (messages, messages)
    latest = await one(
        database_url,
        "SELECT count(*) FROM latest_position l WHERE time <> "
        "(SELECT max(time) FROM position p WHERE p.entity_id = l.entity_id)",
    )
    assert latest == 0


async def test_every_message_is_stored_once_and_a_repeat_changes_nothing(
    ingest: RunningIngest, broker: Broker, database_url: str
) -> None:
    messages = drive(MESSAGES)
    await Fleet(broker.url).publish(messages)
    fates = await ingest.settled(MESSAGES)
    assert fates["stored"] == MESSAGES
    await expect_each_once(ingest, database_url, MESSAGES)
    await Fleet(broker.url).publish(messages[:500])
    fates = await ingest.settled(MESSAGES + 500)
    assert (fates["stored"], fates["duplicate"], fates["quarantined"]) == (MESSAGES, 500, 0)
    await expect_each_once(ingest, database_url, MESSAGES)


async def test_the_fates_balance_at_every_scrape_under_load(ingest: RunningIngest, broker: Broker) -> None:
    stop = threading.Event()
    looks: list[dict[str, float]] = []

    def scrape() -> None:
        with httpx.Client() as client:
            while not stop.is_set():
                look: dict[str, float] = {"fates": 0}
                for line in client.get(f"http://127.0.0.1:{ingest.port}/metrics").text.splitlines():
                    name, _, value = line.rpartition(" ")
                    if name.startswith("streetwarden_ingest_messages_total"):
                        look["fates"] += float(value)
                    elif name.startswith("streetwarden_ingest_messages_"):
                        look[name.removeprefix("streetwarden_ingest_messages_")] = float(value)
                looks.append(look)

    scraper = threading.Thread(target=scrape)
    scraper.start()
    await Fleet(broker.url).publish([*drive(MESSAGES), ("sw/1/nowhere", b"?")])
    await ingest.settled(MESSAGES + 1)
    stop.set()
    scraper.join()
    assert [look for look in looks if look["received_total"] != look["fates"] + look["in_flight"]] == []
    assert len({look["received_total"] for look in looks}) > 5, "the scrapes did not see the load"
    assert max(look["in_flight"] for look in looks) > 0


async def test_sigkill_of_ingest_in_the_middle_of_a_load_loses_and_doubles_nothing(
    ingest: RunningIngest, broker: Broker, database_url: str
) -> None:
    sending = asyncio.create_task(Fleet(broker.url).publish(drive(3 * MESSAGES)))
    for goal in (MESSAGES // 4, MESSAGES, 2 * MESSAGES):
        await stored_at_least(database_url, goal)
        ingest.kill()
        ingest.start()
    await sending
    await ingest.ready()
    await expect_each_once(ingest, database_url, 3 * MESSAGES)


async def test_a_stopped_ingest_finishes_what_it_has(
    ingest: RunningIngest, broker: Broker, database_url: str
) -> None:
    sending = asyncio.create_task(Fleet(broker.url).publish(drive(MESSAGES)))
    await stored_at_least(database_url, 1000)
    assert ingest.stop() == 0
    await sending
    ingest.start()
    await ingest.ready()
    await expect_each_once(ingest, database_url, MESSAGES)


@pytest.mark.parametrize("way", ["kill", "stop"])
async def test_the_database_may_vanish_and_come_back(
    ingest: RunningIngest,
    broker: Broker,
    database_server: DatabaseServer,
    database_url: str,
    way: str,
) -> None:
    sending = asyncio.create_task(Fleet(broker.url).publish(drive(2 * MESSAGES)))
    await stored_at_least(database_url, MESSAGES // 4)
    await asyncio.to_thread(getattr(database_server, way))

    async def noticed() -> bool:
        return "database" in await ingest.health()

    await until(noticed)
    assert (await ingest.metrics())["database_up",] == 0
    await asyncio.to_thread(database_server.start)
    await sending
    await ingest.ready()
    await expect_each_once(ingest, database_url, 2 * MESSAGES)


async def test_a_stalled_database_stops_the_reading_and_loses_nothing(
    start_ingest: StartIngest, broker: Broker, database_server: DatabaseServer, database_url: str
) -> None:
    ingest = start_ingest(
        batches_inbox_messages=2000,
        batches_messages=500,
        broker_receive_maximum=8000,
        database_patience_s=2,
    )
    await ingest.ready()
    await Fleet(broker.url).publish(drive(1))
    await ingest.settled(1)
    database_server.pause()
    try:
        await Fleet(broker.url).publish(drive(MESSAGES))

        async def full() -> bool:
            return (await ingest.metrics())["inbox_messages",] >= 2000

        await until(full)
        fates = await ingest.fates()
        assert fates["received"] < MESSAGES / 2, "the rest must stay with the broker"

        async def noticed() -> bool:
            return "database" in await ingest.health()

        await until(noticed)
    finally:
        database_server.resume()
    await expect_each_once(ingest, database_url, MESSAGES + 1)


async def test_broker_and_database_may_start_later(
    start_ingest: StartIngest, broker: Broker, database_server: DatabaseServer, database_url: str
) -> None:
    broker.stop()
    await asyncio.to_thread(database_server.stop)
    ingest = start_ingest()

    async def waits() -> bool:
        return (await ingest.health()).startswith("no connection to the broker")

    await until(waits)
    broker.start()

    async def waits_for_the_database() -> bool:
        return (await ingest.health()).startswith("no connection to the database")

    await until(waits_for_the_database)
    await Fleet(broker.url).publish(drive(100))
    await asyncio.to_thread(database_server.start)
    await ingest.ready()
    await expect_each_once(ingest, database_url, 100)


async def test_a_broker_that_restarts_loses_and_doubles_nothing(
    ingest: RunningIngest, broker: Broker, database_url: str
) -> None:
    sending = asyncio.create_task(Fleet(broker.url).publish(drive(2 * MESSAGES)))
    await stored_at_least(database_url, MESSAGES // 4)
    broker.stop()
    broker.start()
    await sending
    await ingest.ready()
    await expect_each_once(ingest, database_url, 2 * MESSAGES)


async def test_a_broker_that_is_killed_loses_only_what_it_had_acknowledged_and_not_yet_saved(
    ingest: RunningIngest, broker: Broker, database_url: str
) -> None:
    """Mosquitto keeps its queue in memory and saves it now and then; ingest goes on, and doubles nothing."""
    await Fleet(broker.url).publish(drive(1000))
    await ingest.settled(1000)
    sending = asyncio.create_task(Fleet(broker.url).publish(drive(MESSAGES, vehicles=150)))
    await stored_at_least(database_url, 3000)
    broker.kill()
    broker.start()
    await sending
    await ingest.ready()
    late = [fix(900, 1_795_000_000.0)]
    await Fleet(broker.url).publish(late)

    async def arrived() -> bool:
        return bool(
            await one(
                database_url, "SELECT count(*) FROM position JOIN entity USING (entity_id) WHERE id = 'v0900'"
            )
        )

    await until(arrived)
    fates = await ingest.fates()
    assert (
        fates["received"] == fates["stored"] + fates["duplicate"] + fates["quarantined"] + fates["in_flight"]
    )
    found = await one(database_url, "SELECT count(*) FROM position")
    keys = await one(database_url, "SELECT count(DISTINCT (entity_id, time)) FROM position")
    assert found == keys
    # What can be missing is what the broker held when it died: at most the two windows of that moment.
    assert found >= 1000 + MESSAGES + 1 - 4 * 4000 - 20_000

"""From the real broker into the real database: every message once, in spite of kills."""

from __future__ import annotations

import asyncio
import json
import time

import aiomqtt
import mqtt5
import pytest

from bench.fleet import Fleet
from tests.ingest.conftest import StartIngest
from tests.ingest.fake_broker import fake_broker
from tests.ingest.running import RunningIngest, drive, fix, incident, one, rows, topic, until
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
    """Every test that starts ingest asks this of it (`start_ingest`); here it is sure to be seen at work."""
    await Fleet(broker.url).publish([*drive(2 * MESSAGES), ("sw/1/nowhere/vehicle/v1/position", b"?")])
    await ingest.settled(2 * MESSAGES + 1)
    assert ingest.watch.unbalanced() == []
    assert len({look["received"] for look in ingest.watch.looks}) > 5, "the scrapes did not see the load"
    assert max(look["in_flight"] for look in ingest.watch.looks) > 0


async def test_sigkill_of_ingest_in_the_middle_of_a_load_loses_and_doubles_nothing(
    ingest: RunningIngest, broker: Broker, database_url: str
) -> None:
    sending = asyncio.create_task(Fleet(broker.url).publish(drive(3 * MESSAGES)))
    stored_when_killed = []
    for goal in (MESSAGES // 4, MESSAGES, 2 * MESSAGES):
        await stored_at_least(database_url, goal)
        ingest.kill()
        stored_when_killed.append(await one(database_url, "SELECT count(*) FROM position"))
        ingest.start()
    assert stored_when_killed[0] < 3 * MESSAGES, "the load was over too soon"
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
    assert (await ingest.metrics())["database_up", "positions"] == 0
    assert (await ingest.fates())["in_flight"] > 0
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
            return (await ingest.metrics())["inbox_messages", "positions"] >= 2000

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
    """Only the database can say whether another ingest has its sessions; until then the broker keeps all."""
    ingest = start_ingest()
    await ingest.ready()
    ingest.stop()
    await asyncio.to_thread(database_server.stop)
    ingest.start()
    try:

        async def waits_for_the_database() -> bool:
            return (await ingest.health()).startswith("no connection to the database")

        await until(waits_for_the_database)
        await Fleet(broker.url).publish(drive(100))
        broker.stop()
    finally:
        await asyncio.to_thread(database_server.start)

    async def waits_for_the_broker() -> bool:
        return (await ingest.health()).startswith("no connection to the broker")

    await until(waits_for_the_broker)
    broker.start()
    await ingest.ready()
    await expect_each_once(ingest, database_url, 100)


async def test_a_broker_that_restarts_loses_and_doubles_nothing(
    ingest: RunningIngest, broker: Broker, database_url: str
) -> None:
    sending = asyncio.create_task(Fleet(broker.url).publish(drive(2 * MESSAGES)))
    await stored_at_least(database_url, MESSAGES // 4)
    await asyncio.to_thread(broker.stop)

    async def noticed() -> bool:
        return (await ingest.health()).startswith("no connection to the broker")

    await until(noticed)
    await asyncio.to_thread(broker.start)
    await sending
    await ingest.ready()
    await expect_each_once(ingest, database_url, 2 * MESSAGES)


async def test_a_broker_that_is_killed_keeps_what_it_had_saved(
    ingest: RunningIngest, broker: Broker, database_url: str
) -> None:
    """What waits for an absent ingest survives a SIGKILL of the broker once it is in its persistence file.

    MQTT 5 promises no more: with its PUBACK the broker takes a message over (4.3.2), but whatever session it
    stores may be lost through a failure (4.1.1). Mosquitto saves at intervals and when it stops in order.
    """
    ingest.stop()
    await Fleet(broker.url).publish(drive(MESSAGES))
    taken_over_at = time.time()

    async def saved() -> bool:
        saves = (broker.folder / "data").glob("mosquitto.db")
        return any(save.stat().st_mtime > taken_over_at for save in saves)

    await until(saved)
    await asyncio.to_thread(broker.kill)
    await asyncio.to_thread(broker.start)
    ingest.start()
    await ingest.ready()
    await expect_each_once(ingest, database_url, MESSAGES)


async def test_devices_that_send_again_replace_what_a_killed_broker_had_not_saved(
    ingest: RunningIngest, broker: Broker, database_url: str
) -> None:
    """Lost can be what the broker had acknowledged, not saved, and not yet given to ingest; nothing else.

    A device that keeps its own queue until it is sure closes that gap, for repeats change nothing. (Incidents
    are sure with the centre's receipt.)
    """
    messages = drive(2 * MESSAGES)
    sending = asyncio.create_task(Fleet(broker.url).publish(messages))
    await stored_at_least(database_url, MESSAGES // 4)
    await asyncio.to_thread(broker.kill)
    before = await rows(database_url, "SELECT entity_id, time FROM position")
    await asyncio.to_thread(broker.start)
    await sending
    await ingest.ready()
    after = await rows(database_url, "SELECT entity_id, time FROM position")
    assert len(set(after)) == len(after) <= len(messages)
    assert set(before) <= set(after), "what was committed stays"
    await Fleet(broker.url).publish(messages)
    await expect_each_once(ingest, database_url, len(messages))


async def test_incidents_become_one_case_each_with_their_picture_whoever_is_killed(
    start_ingest: StartIngest, broker: Broker, database_server: DatabaseServer, database_url: str
) -> None:
    """A box sends again what it has no receipt for; never is there an incident without its case."""
    ingest = start_ingest(cases_flood_incidents=1000, cases_opened_a_day=1000)
    await ingest.ready()
    waiting = {str(each["incident_id"]): each for each in (incident() for _ in range(300))}
    total = len(waiting)
    where = topic("box-1", "incident", "box")

    async def send_until_receipted(box: aiomqtt.Client) -> None:
        while waiting:
            for message in list(waiting.values()):
                await box.publish(where, json.dumps(message).encode(), qos=1)
            await asyncio.sleep(2)  # a box's patience

    async def hear(box: aiomqtt.Client) -> None:
        async for message in box.messages:
            receipt = json.loads(str(message.payload, "utf-8"))
            assert receipt["outcome"] in {"stored", "duplicate"}
            assert receipt["case_number"]
            waiting.pop(receipt["incident_id"], None)

    async with aiomqtt.Client("127.0.0.1", broker.port, protocol=aiomqtt.ProtocolVersion.V5) as box:
        await box.subscribe(topic("box-1", "receipt", "box"), qos=1)
        hearing = asyncio.create_task(hear(box))
        sending = asyncio.create_task(send_until_receipted(box))

        async def receipted_at_least(count: int) -> None:
            async def enough() -> bool:
                return total - len(waiting) >= count

            await until(enough)

        await receipted_at_least(20)
        ingest.kill()
        ingest.start()
        await receipted_at_least(80)
        await asyncio.to_thread(database_server.kill)
        await asyncio.to_thread(database_server.start)
        await asyncio.wait_for(sending, 60)
        hearing.cancel()
    for table in ("incident", "evidence", "case_file", "case_event", "case_incident"):
        assert await one(database_url, f"SELECT count(*) FROM {table}") == total, table
    last = await one(database_url, "SELECT sum(last)::int FROM case_number_counter")
    assert last == total, "the numbers have a gap"


async def test_late_data_is_stored_in_its_place_and_moves_no_latest_position_back(
    ingest: RunningIngest, broker: Broker, database_url: str
) -> None:
    now = time.time()
    newest = fix(1, now - 1, lat=24.91)
    await Fleet(broker.url).publish([newest])
    await ingest.settled(1)
    late = [fix(1, now - seconds) for seconds in (2, 3600, 7 * 86_400)]
    array = (newest[0], b"[" + b",".join(payload for _, payload in late) + b"]")
    await Fleet(broker.url).publish([array])
    await ingest.settled(2)
    ingest.stop()
    ingest.start()  # without a memory of its own it must not believe the next late one either
    await ingest.ready()
    await Fleet(broker.url).publish([fix(1, now - 60)])
    await ingest.settled(1)
    assert await one(database_url, "SELECT count(*) FROM position") == 5
    ((lat, moment),) = await rows(
        database_url, "SELECT lat, extract(epoch FROM time)::float8 FROM latest_position"
    )
    assert (lat, moment) == (24.91, pytest.approx(now - 1, abs=1e-5))


async def test_acknowledgements_wait_for_the_commit_and_leave_in_the_order_of_receipt(
    start_ingest: StartIngest, database_server: DatabaseServer, database_url: str
) -> None:
    packets = []
    for packet_id in range(1, 3001):
        where, payload = fix(packet_id % 50, 1_795_000_000 + packet_id)
        if packet_id % 97 == 0:
            payload = b"not a fix"
        packets.append(
            mqtt5.PublishPacket(where, payload, qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=packet_id).write()
        )
    async with fake_broker() as sender:
        ingest = start_ingest(
            broker_url=sender.url, batches_messages=20, batches_in_flight=8, batches_linger_ms=0
        )
        await ingest.ready()
        database_server.pause()
        try:
            for first in range(0, len(packets), 7):
                sender.send(b"".join(packets[first : first + 7]))

            async def received() -> bool:
                return (await ingest.fates())["received"] == len(packets)

            await until(received)
            assert not sender.acknowledged(1)
        finally:
            database_server.resume()

        async def acknowledged() -> bool:
            return sender.acknowledged(*range(1, len(packets) + 1))

        await until(acknowledged)
        ingest.stop()
    refused = len(packets) // 97
    assert await one(database_url, "SELECT count(*) FROM position") == len(packets) - refused
    assert await one(database_url, "SELECT sum(count)::int FROM quarantine") == refused

"""The broker's plugin refuses devices beyond their limits before the acknowledgement, and counts them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.mqtt_client import CLOSED, Client, connect, connected
from deploy.servers.broker_limits import KINDS, STREAMS, limits_file
from tests.ingest.running import until
from tests.servers import DISTRICT, TOKEN, Broker
from wire.topics import Kind, Stream

V1 = f"sw/1/{DISTRICT}/vehicle/v1"
V2 = f"sw/1/{DISTRICT}/vehicle/v2"
BOX = f"sw/1/{DISTRICT}/box/box-1"
NOT_AUTHORIZED = 0x87
NOBODY = 0x10
"""The reason code *no matching subscribers*: the broker accepted the message, and nobody subscribes."""
INGEST = "center-ingest"


async def report(broker: Broker) -> dict[str, Any]:
    """The plugin's newest report."""
    async with connected(broker.port, "center-monitor") as monitor:
        await monitor.subscribe("$SYS/broker/streetwarden/limits")
        await monitor.next_message()  # the retained one, which may be a second old
        return dict(json.loads((await monitor.next_message())[1]))


async def absent_ingest(broker: Broker) -> None:
    """An absent session of ingest, which queues everything."""
    ingest = await connect(broker.port, INGEST, clean=False, expiry_s=3600)
    await ingest.subscribe("sw/1/#")
    await ingest.leave()


@pytest.mark.parametrize(
    "topic",
    [
        f"sw/1/350583/vehicle/v1/{Stream.POSITION}",
        f"{V1}/{Stream.EVIDENCE}",
        f"{V1}/{Stream.RECEIPT}",
        f"{V1}/unknown",
        f"{V1}/",
        V1,
        f"{V1}/position/more",
        f"sw/2/{DISTRICT}/vehicle/v1/position",
        f"{V2}/position",
        f"sw/1/{DISTRICT}/vehicle/v11/position",
        "elsewhere",
        "$CONTROL/dynamic-security/v1",
    ],
)
async def test_a_device_writes_its_own_district_and_the_streams_of_its_kind_only(
    guarded_broker: Broker, topic: str
) -> None:
    async with connected(guarded_broker.port, "vehicle/v1") as v1:
        assert await v1.publish(topic) == NOT_AUTHORIZED
        assert await v1.publish(f"{V1}/position") == NOBODY


async def test_a_box_sends_incidents_and_evidence(guarded_broker: Broker) -> None:
    async with connected(guarded_broker.port, "box/box-1") as box:
        assert await box.publish(f"{BOX}/evidence", bytes(STREAMS[Stream.EVIDENCE].largest)) == NOBODY
        assert await box.publish(f"{BOX}/position") == NOT_AUTHORIZED


async def test_a_message_that_is_too_large_is_never_acknowledged(guarded_broker: Broker) -> None:
    largest = STREAMS[Stream.POSITION].largest
    async with connected(guarded_broker.port, "vehicle/v1") as v1:
        assert await v1.publish(f"{V1}/position", bytes(largest)) == NOBODY
        assert await v1.publish(f"{V1}/position", bytes(largest + 1)) == NOT_AUTHORIZED
    async with connected(guarded_broker.port, "vehicle/v2", version=4) as v2:
        assert await v2.publish(f"{V2}/position", bytes(largest + 1)) == CLOSED
    assert (await report(guarded_broker))["refused"]["size"] == 2


@pytest.mark.parametrize(
    "pattern",
    ["#", "sw/#", "sw/1/#", "+/1/#", f"{V2}/receipt", f"sw/1/{DISTRICT}/vehicle/+/receipt", "$SYS/#"],
)
async def test_a_device_subscribes_to_its_own_receipts_only(guarded_broker: Broker, pattern: str) -> None:
    async with connected(guarded_broker.port, "vehicle/v1") as v1:
        assert await v1.subscribe(pattern) == NOT_AUTHORIZED
        assert await v1.subscribe(f"{V1}/receipt") == 1


async def test_only_a_status_is_retained(guarded_broker: Broker) -> None:
    async with connected(guarded_broker.port, "vehicle/v1") as v1:
        for stream in (Stream.POSITION, Stream.STATUS):
            await v1.publish(f"{V1}/{stream}", b"kept", retain=True)
    async with connected(guarded_broker.port, INGEST) as ingest:
        await ingest.subscribe("sw/1/#")
        assert await ingest.next_message() == (f"{V1}/status", b"kept", True)
        async with connected(guarded_broker.port, "vehicle/v2") as v2:
            await v2.publish(f"{V2}/position")
        assert (await ingest.next_message())[0] == f"{V2}/position", "no retained position came before"
    assert (await report(guarded_broker))["retain_cleared"] == 1


async def flood(client: Client, topic: str, *, messages: int, size: int) -> int:
    """The number of acknowledged messages of a flood before the broker disconnects."""
    client.send([(topic, bytes(size))] * messages)
    codes = await client.acknowledged(messages)
    return len([code for code in codes if code != CLOSED])


async def test_a_flood_is_limited_to_the_accounts_rate_and_others_are_served(guarded_broker: Broker) -> None:
    await absent_ingest(guarded_broker)
    maximum = KINDS[Kind.VEHICLE].burst
    async with (
        connected(guarded_broker.port, "vehicle/v1") as v1,
        connected(guarded_broker.port, "vehicle/v2") as v2,
    ):
        taken = await flood(v1, f"{V1}/position", messages=3 * maximum, size=100)
        assert taken < 1.2 * maximum
        assert await v2.publish(f"{V2}/position") == 0
    async with connected(guarded_broker.port, "vehicle/v1") as again:
        assert again.answer == CLOSED, "a reconnect has to wait"
    refused = (await report(guarded_broker))["refused"]
    assert (refused["rate"], refused["connect"]) == (1, 1)
    ingest = await connect(guarded_broker.port, INGEST, clean=False, expiry_s=3600)
    waited = await until_topic(ingest, f"{V2}/position")
    assert max(taken, maximum) <= waited < 1.2 * maximum, "no acknowledged message is missing"
    await ingest.leave()


async def until_topic(client: Client, topic: str) -> int:
    """How many messages come before one of a topic."""
    count = 0
    while (await client.next_message())[0] != topic:
        count += 1
    return count


@pytest.fixture
def small_broker(tmp_path: Path, servers_can_run: None) -> Iterator[Broker]:
    """One with little memory."""
    users = (INGEST, "center-monitor", *(f"box/box-{number}" for number in range(4)), "vehicle/v2")
    server = Broker(tmp_path / "small", passwords={user: user for user in users}, memory_bytes=32 * 2**20)
    server.start()
    yield server
    server.kill()


async def test_a_full_broker_acknowledges_nothing_that_it_does_not_keep(small_broker: Broker) -> None:
    await absent_ingest(small_broker)
    taken = 0
    for number in range(4):
        async with connected(small_broker.port, f"box/box-{number}") as box:
            if box.answer == 0:
                where = f"sw/1/{DISTRICT}/box/box-{number}/incident"
                taken += await flood(box, where, messages=100, size=200_000)
    small = 0

    async def even_a_small_message_is_refused() -> bool:
        nonlocal small
        for size in (20_000, 1_000):  # what a large message left free
            async with connected(small_broker.port, "box/box-0") as box:
                if box.answer == 0:
                    where = f"sw/1/{DISTRICT}/box/box-0/telemetry"
                    small += await flood(box, where, messages=40, size=size)
        async with connected(small_broker.port, "vehicle/v2") as v2:
            return v2.answer == CLOSED

    await until(even_a_small_message_is_refused)
    full = await report(small_broker)
    assert full["refused"]["memory"] >= 1
    ingest = await connect(small_broker.port, INGEST, clean=False, expiry_s=3600)
    assert ingest.answer == 0, "the subscriber is accepted"
    for _ in range(taken + small):
        await ingest.next_message()
        ingest.acknowledge()

    async def room() -> bool:
        return bool((await report(small_broker))["memory"] < full["memory_limit"])

    await until(room)
    async with connected(small_broker.port, "vehicle/v2") as v2:
        assert await v2.publish(f"{V2}/position") == 0, "there is space again"
    waited = await until_topic(ingest, f"{V2}/position")
    assert taken + waited > 100, "about 32 MiB"
    assert taken < 170
    await ingest.leave()


async def test_a_session_that_nobody_returns_to_is_bounded_listed_and_removed(guarded_broker: Broker) -> None:
    forgotten = await connect(guarded_broker.port, "vehicle/v1", clean=False, expiry_s=3600)
    await forgotten.subscribe(f"{V1}/receipt")
    await forgotten.leave()
    await absent_ingest(guarded_broker)
    async with connected(guarded_broker.port, "center-incidents") as center:
        for _ in range(3):
            await center.publish(f"{V1}/receipt")

    async def listed() -> list[dict[str, Any]]:
        async with connected(guarded_broker.port, "center-monitor") as monitor:
            await monitor.subscribe("$SYS/broker/streetwarden/sessions")
            await monitor.next_message()
            return list(json.loads((await monitor.next_message())[1]))

    sessions = {each["client"]: (each["messages"], each["consumer"]) for each in await listed()}
    assert sessions == {"vehicle/v1": (3, False), INGEST: (3, True)}

    async with connected(guarded_broker.port, "vehicle/v1", password="a guess") as stranger:
        assert stranger.answer != 0
    async with connected(guarded_broker.port, "vehicle/v1", password=TOKEN) as remover:
        assert remover.answer == 0
        assert await remover.publish(f"{V1}/position") == NOT_AUTHORIZED, "the token allows only the removal"
    back = await connect(guarded_broker.port, "vehicle/v1", clean=False, expiry_s=3600)
    await back.subscribe(f"{V1}/receipt")
    async with connected(guarded_broker.port, "center-incidents") as center:
        await center.publish(f"{V1}/receipt", b"new")
    assert (await back.next_message())[1] == b"new", "the queue was removed"
    await back.leave()


async def test_a_session_that_is_connected_is_not_removed(guarded_broker: Broker) -> None:
    async with connected(guarded_broker.port, "vehicle/v1") as v1:
        await v1.publish(f"{V1}/position")
        async with connected(guarded_broker.port, "vehicle/v1", password=TOKEN) as remover:
            assert remover.answer != 0
        assert await v1.publish(f"{V1}/position") == NOBODY


def test_limits_name_every_kind_and_every_stream_that_devices_send() -> None:
    assert set(KINDS) == set(Kind)
    assert set(STREAMS) == set(Stream) - {Stream.RECEIPT}
    text = limits_file([("vehicle/v1", DISTRICT)], consumers=[INGEST], token="t")
    assert f"account vehicle/v1 {DISTRICT}\n" in text


async def test_limits_are_read_again_without_a_restart(guarded_broker: Broker) -> None:
    async with connected(guarded_broker.port, "vehicle/v1") as v1:
        file = guarded_broker.folder / "limits"
        file.write_text(file.read_text().replace(f"vehicle/v1 {DISTRICT}", "vehicle/v1 350599"))
        guarded_broker.reload()
        moved = f"sw/1/350599/vehicle/v1/{Stream.POSITION}"

        async def read_again() -> bool:
            return await v1.publish(moved) == NOBODY

        await until(read_again)
        assert await v1.publish(f"{V1}/position") == NOT_AUTHORIZED


async def test_a_device_that_the_limits_do_not_list_writes_nothing(guarded_broker: Broker) -> None:
    file = guarded_broker.folder / "limits"
    file.write_text(file.read_text().replace(f"account vehicle/v2 {DISTRICT}\n", ""))
    guarded_broker.reload()
    async with connected(guarded_broker.port, "vehicle/v2") as v2:

        async def refused() -> bool:
            return await v2.publish(f"{V2}/position") == NOT_AUTHORIZED

        await until(refused)


async def test_password_guesses_are_delayed_ever_longer_without_delaying_others(
    guarded_broker: Broker,
) -> None:
    port = guarded_broker.port

    async def tries(password: str) -> int:
        async with connected(port, "vehicle/v1", password=password) as client:
            if client.answer == 0:
                await client.publish(f"{V1}/position")
            return client.answer

    guesses = await asyncio.gather(*(tries(f"guess {number}") for number in range(20)))
    assert (guesses.count(NOT_AUTHORIZED), guesses.count(CLOSED)) == (5, 15), "parallel guesses count too"
    assert await tries("vehicle/v1") == CLOSED, "the right password is not checked"
    async with connected(port, "vehicle/v2") as other:
        assert other.answer == 0

    async def is_in() -> bool:
        return await tries("vehicle/v1") == 0

    await until(is_in)
    assert [await tries(f"guess {number}") for number in range(4)] == [NOT_AUTHORIZED] * 4
    assert await tries("vehicle/v1") == 0, "the right password resets the count"
    assert (await report(guarded_broker))["refused"]["connect"] >= 1


async def test_short_connections_without_messages_do_not_count_as_guesses(guarded_broker: Broker) -> None:
    for _ in range(12):
        client = await connect(guarded_broker.port, "vehicle/v1")
        assert client.answer == 0
        await client.leave()


async def test_reconnects_of_a_device_closed_for_its_rate_do_not_count_as_guesses(
    guarded_broker: Broker,
) -> None:
    async with connected(guarded_broker.port, "vehicle/v1") as v1:
        assert await flood(v1, f"{V1}/position", messages=3000, size=10) < 3000

    async def comes_again() -> int:
        async with connected(guarded_broker.port, "vehicle/v1") as v1:
            return v1.answer

    assert {await comes_again() for _ in range(20)} == {CLOSED}

    async def is_in() -> bool:
        return await comes_again() == 0

    # Half of its burst is back after 10 s. Counted as guesses, these attempts would have made it a minute.
    await until(is_in, patience_s=30)

"""Only an identical message is a duplicate, whatever its time and its batch."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from bench.fleet import Fleet, Message
from ingest.batch import Batch
from ingest.commit_order import CommitProgress
from ingest.moments import MOMENTS, free_times
from store.quality import Quality
from tests.ingest.conftest import StartIngest
from tests.ingest.running import JPEG, connected, one, rows, topic, until
from tests.ingest.test_interpret import NOW, read
from tests.ingest.test_writer import Shop, shop
from tests.servers import Broker

__all__ = ["shop"]
FIX: dict[str, Any] = {"time": NOW, "lat": 24.9, "lon": 118.6}
OTHER = {**FIX, "lat": 24.95}
VEHICLE, DEVICE = topic("v1"), topic("d1", "telemetry", "device")
_POSITIONS = "SELECT lat, (EXTRACT(epoch FROM time) * 1000000)::bigint FROM position ORDER BY time"
_TELEMETRY = "SELECT values, (EXTRACT(epoch FROM time) * 1000000)::bigint FROM telemetry ORDER BY time"
NOW_US = round(NOW * 1e6)


def sample(at_s: float = NOW, **values: object) -> dict[str, object]:
    return {"time": at_s, "values": values}


def test_a_free_moment_is_found_and_what_repeats_needs_none() -> None:
    found = free_times([(1, 10, "a"), (1, 10, "b"), (1, 10, "a"), (2, 10, "a")], {(1, 10), (1, 12)})
    assert (found.moved, found.repeated, found.without_time) == ({0: 11, 1: 13, 3: 10}, [2], [])


def test_a_millisecond_that_is_full_takes_nothing_more() -> None:
    taken = {(1, 10 + moment) for moment in range(MOMENTS - 1)}
    found = free_times([(1, 10, "a"), (1, 10, "b")], taken)
    assert (found.moved, found.without_time) == ({0: 10 + MOMENTS - 1}, [1])


async def fates(shop: Shop, *messages: tuple[str, object]) -> str:
    """s or d for each message, stored in one batch."""
    batch = await known(shop, *messages)
    written = await shop.writer.store(batch, CommitProgress(), after=None)
    return "".join("_sdqi"[fate] for fate in written.fates.tolist())


async def known(shop: Shop, *messages: tuple[str, object]) -> Batch:
    batch = read(*messages, routes=shop.routes)
    batch.fixes.flags[batch.fixes.no_fix] |= int(Quality.NO_FIX)
    await shop.entities.assign_numbers(batch)
    return batch


@pytest.mark.servers
@pytest.mark.parametrize("batches", [1, 2], ids=["one batch", "two batches"])
@pytest.mark.parametrize("order", [(FIX, OTHER), (OTHER, FIX)], ids=["as is", "turned round"])
async def test_two_fixes_of_one_time_are_both_stored_and_come_again_as_duplicates(
    shop: Shop, database_url: str, batches: int, order: tuple[dict[str, Any], ...]
) -> None:
    messages = [(VEHICLE, fix) for fix in order]
    if batches == 1:
        assert await fates(shop, *messages, messages[0]) == "ssd"
    else:
        assert [await fates(shop, message) for message in messages] == ["s", "s"]
    for again in (messages, messages[::-1], messages[1:], messages[:1]):
        assert await fates(shop, *again) == "d" * len(again)
    assert await rows(database_url, _POSITIONS) == [
        (order[0]["lat"], NOW_US), (order[1]["lat"], NOW_US + 1),
    ]  # fmt: skip
    assert await one(database_url, "SELECT lat FROM latest_position") == order[1]["lat"]


@pytest.mark.servers
@pytest.mark.parametrize(
    "more",
    [{"speed_mps": 3}, {"ignition": True}, {"fix": False}, {"altitude_m": 1.1}, {"lon": 118.6000001}],
)
async def test_every_field_of_a_fix_makes_it_another(
    shop: Shop, database_url: str, more: dict[str, object]
) -> None:
    assert await fates(shop, (VEHICLE, FIX)) == "s"
    assert await fates(shop, (VEHICLE, {**FIX, **more}), (VEHICLE, FIX)) == "sd"
    assert await fates(shop, (VEHICLE, FIX), (VEHICLE, {**FIX, **more})) == "dd"
    assert await one(database_url, "SELECT count(*) FROM position") == 2


@pytest.mark.servers
async def test_an_array_that_is_half_known_is_stored_with_what_is_new(shop: Shop, database_url: str) -> None:
    track = [{**FIX, "time": NOW + second} for second in range(4)]
    assert await fates(shop, (VEHICLE, track[:2])) == "s"
    assert await fates(shop, (VEHICLE, [*track, OTHER]), (VEHICLE, track[1:3])) == "sd"
    assert await one(database_url, "SELECT count(*) FROM position") == 5


@pytest.mark.servers
async def test_a_moment_that_another_fix_has_is_passed_over(shop: Shop, database_url: str) -> None:
    next_one = {**FIX, "time": NOW + 0.000_001, "lat": 25.1}
    assert await fates(shop, (VEHICLE, next_one), (VEHICLE, FIX), (VEHICLE, OTHER)) == "sss"
    assert await fates(shop, (VEHICLE, OTHER), (VEHICLE, next_one), (VEHICLE, FIX)) == "ddd"
    assert [lat for lat, _ in await rows(database_url, _POSITIONS)] == [24.9, 25.1, 24.95]


@pytest.mark.servers
async def test_different_rows_of_one_time_from_two_transactions_are_both_stored(
    shop: Shop, database_url: str
) -> None:
    for second in range(10):
        batches = [await known(shop, (VEHICLE, {**fix, "time": NOW + second})) for fix in (FIX, OTHER)]
        batches += [await known(shop, (DEVICE, sample(NOW + second, a=number))) for number in (1, 2)]
        await asyncio.gather(*(shop.writer.store(batch, CommitProgress(), after=None) for batch in batches))
    assert await one(database_url, "SELECT count(*) FROM position") == 20
    assert await one(database_url, "SELECT count(*) FROM telemetry") == 20


@pytest.mark.servers
@pytest.mark.parametrize("batches", [1, 2], ids=["one batch", "two batches"])
async def test_two_readings_of_one_time_are_both_stored_and_come_again_as_duplicates(
    shop: Shop, database_url: str, batches: int
) -> None:
    quiet, alarm = (DEVICE, sample(mileage_km=123.4)), (DEVICE, sample(mileage_km=123.4, alarm_bits=1))
    if batches == 1:
        assert await fates(shop, quiet, alarm, quiet, alarm) == "ssdd"
    else:
        assert (await fates(shop, quiet), await fates(shop, alarm)) == ("s", "s")
    for again in ([quiet, alarm], [alarm, quiet], [alarm], [quiet]):
        assert await fates(shop, *again) == "d" * len(again)
    assert [moment for _, moment in await rows(database_url, _TELEMETRY)] == [NOW_US, NOW_US + 1]
    values = await one(database_url, "SELECT values FROM latest_telemetry")
    assert json.loads(values) == {"mileage_km": 123.4, "alarm_bits": 1}


@pytest.mark.servers
async def test_of_late_readings_only_what_is_not_known_of_yet_becomes_the_latest(
    shop: Shop, database_url: str
) -> None:
    latest = "SELECT values, (EXTRACT(epoch FROM time) * 1000000)::bigint FROM latest_telemetry"
    await fates(shop, (DEVICE, sample(NOW - 50, a=5)))
    half_late = [sample(NOW - 100, a=1, b=1), sample(NOW - 70, b=2), sample(NOW, c=3)]
    assert await fates(shop, (DEVICE, half_late)) == "s"
    ((values, moment),) = await rows(database_url, latest)
    assert (json.loads(values), moment) == ({"a": 5, "b": 2, "c": 3}, NOW_US)
    assert await fates(shop, (DEVICE, sample(NOW - 200, a=0, d=4))) == "s"
    ((values, moment),) = await rows(database_url, latest)
    assert (json.loads(values), moment) == ({"a": 5, "b": 2, "c": 3, "d": 4}, NOW_US)


@pytest.mark.servers
async def test_a_clock_that_stands_still_is_told_of_once_its_moment_is_full(
    shop: Shop, database_url: str
) -> None:
    places = [{**FIX, "lat": 20 + number * 1e-3} for number in range(MOMENTS + 1)]
    samples = [sample(a=number) for number in range(MOMENTS + 1)]
    first = await fates(shop, (VEHICLE, places[:-1]), (DEVICE, samples[:-1]))
    last = [(VEHICLE, places[-1]), (DEVICE, samples[-1]), (VEHICLE, [places[-1], places[0]])]
    assert (first, await fates(shop, *last)) == ("ss", "qqd")
    reasons = await rows(database_url, "SELECT reason FROM quarantine")
    assert all("its clock has stopped" in reason for (reason,) in reasons)
    assert len(reasons) == 3
    assert await fates(shop, (VEHICLE, places[-2]), (DEVICE, samples[-2])) == "dd"


@pytest.mark.servers
async def test_of_stills_the_last_of_the_newest_time_is_kept(shop: Shop, database_url: str) -> None:
    camera = topic("c1", "frame", "camera")
    another = JPEG[:-4] + "AP/Z"
    still = {"time": NOW, "jpeg": JPEG}
    assert await fates(shop, (camera, still)) == "s"
    assert await fates(shop, (camera, still)) == "d"
    assert await fates(shop, (camera, {**still, "jpeg": another})) == "s"
    assert await fates(shop, (camera, {**still, "time": NOW - 9})) == "i", "a newer one is known"
    assert await one(database_url, "SELECT encode(jpeg, 'base64') FROM camera_still") != JPEG


@pytest.mark.servers
async def test_after_a_kill_what_was_committed_comes_again_as_a_duplicate_and_the_rest_is_stored(
    start_ingest: StartIngest, broker: Broker, database_url: str
) -> None:
    now = round(time.time(), 3)
    messages: list[Message] = []
    for number in range(60):
        for lat in (24.9, 24.95):
            fix = {"time": now - number, "lat": lat, "lon": 118.6}
            messages.append((topic(f"v{number % 7}"), json.dumps(fix).encode()))
            values = {"time": now - number, "values": {"lat": lat}}
            messages.append((topic(f"d{number % 7}", "telemetry", "device"), json.dumps(values).encode()))
    ingest = start_ingest()
    await ingest.ready()
    async with connected(database_url) as other:
        await other.execute("BEGIN; LOCK TABLE latest_telemetry IN EXCLUSIVE MODE")
        await Fleet(broker.url, connections=1).publish(messages)

        async def received() -> bool:
            return (await ingest.fates())["received"] == len(messages)

        await until(received)
        ingest.kill()
        await other.execute("ROLLBACK")
    ingest.start()
    await ingest.ready()
    await ingest.settled(len(messages))
    await Fleet(broker.url, connections=1).publish(messages)
    fate = await ingest.settled(2 * len(messages))
    assert fate["duplicate"] == len(messages)
    assert await one(database_url, "SELECT count(*) FROM position") == 120
    assert await one(database_url, "SELECT count(*) FROM telemetry") == 120

"""Several ingests on one broker and database: each serves its districts, none takes another's session."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import mqtt5
import pytest

from bench.fleet import Fleet
from tests.ingest.running import RunningIngest, connected, one, rows, until
from tests.servers import Broker

pytestmark = pytest.mark.servers
HERE, THERE = "350582", "350583"
StartShard = Callable[..., RunningIngest]


@pytest.fixture
def start_shard(broker: Broker, database_url: str, tmp_path: Path) -> Iterator[StartShard]:
    """Starts ingests beside each other; the name makes their sessions their own."""
    with ExitStack() as ending:

        def start(name: str, **settings: object) -> RunningIngest:
            folder = tmp_path / f"{name}-{len(list(tmp_path.iterdir()))}"
            folder.mkdir()
            running = RunningIngest(
                broker_url=broker.url,
                database_url=database_url,
                folder=folder,
                broker_client_id=name,
                **settings,  # type: ignore[arg-type]
            )
            running.start()
            ending.callback(running.stop)
            return running

        yield start


def fix(district: str, vehicle: str, moment: float) -> tuple[str, bytes]:
    body = {"time": moment, "lat": 24.9, "lon": 118.6}
    return f"sw/1/{district}/vehicle/{vehicle}/position", json.dumps(body).encode()


async def test_two_with_districts_of_their_own_store_each_message_once(
    start_shard: StartShard, broker: Broker, database_url: str
) -> None:
    here, there = start_shard("here", broker_districts=HERE), start_shard("there", broker_districts=THERE)
    await asyncio.gather(here.ready(), there.ready())
    now = time.time()
    sent = [fix(HERE, f"h{n}", now - n / 100) for n in range(300)]
    sent += [fix(THERE, f"t{n}", now - n / 100) for n in range(200)]
    await Fleet(broker.url).publish(sent)
    assert (await here.settled(300))["received"] == 300
    assert (await there.settled(200))["received"] == 200
    assert await one(database_url, "SELECT count(*) FROM position") == 500
    known = await rows(database_url, "SELECT client_id, districts FROM ingest_session ORDER BY client_id")
    assert known == [
        ("here", [HERE]),
        ("here-incidents", [HERE]),
        ("there", [THERE]),
        ("there-incidents", [THERE]),
    ]
    assert (await here.metrics())["shard", HERE, "here-incidents", "here"] == 1


async def test_a_second_one_with_the_same_account_ends_with_a_sentence_that_names_the_first(
    start_shard: StartShard, broker: Broker, database_url: str
) -> None:
    first = start_shard("same")
    await first.ready()
    second = start_shard("same", broker_handover_s=1)
    assert await asyncio.to_thread(second.exit_status) == 1
    (instance,) = (await rows(database_url, "SELECT DISTINCT instance FROM ingest_session"))[0]
    last = second.log.read_text().splitlines()[-1]
    assert f"the ingest {instance} (since " in last
    assert "has the broker session 'same" in last
    assert "accounts of its own" in last
    await Fleet(broker.url).publish([fix(HERE, "v1", time.time())])
    await first.settled(1)
    assert "taken over" not in first.log.read_text()


async def test_a_second_worker_continues_after_the_first_is_killed(
    start_shard: StartShard, broker: Broker, database_url: str
) -> None:
    first = start_shard("same")
    await first.ready()
    second = start_shard("same")

    async def waits() -> bool:
        return "waiting for it to end" in await second.health()

    await until(waits)
    await Fleet(broker.url).publish([fix(HERE, "v1", time.time())])
    await first.settled(1)
    first.kill()
    await second.ready()
    await Fleet(broker.url).publish([fix(HERE, "v2", time.time())])
    await second.settled(1)
    assert await one(database_url, "SELECT count(*) FROM position") == 2


async def test_one_whose_session_is_taken_over_all_the_same_ends_with_a_sentence(
    start_shard: StartShard, broker: Broker, database_url: str
) -> None:
    """As by an ingest with another database, which the lock cannot see."""
    first = start_shard("same")
    await first.ready()
    reader, writer = await asyncio.open_connection("127.0.0.1", broker.port)
    writer.write(mqtt5.ConnectPacket("same", clean_start=False, session_expiry_interval=60).write())
    await reader.readexactly(2)
    assert await asyncio.to_thread(first.exit_status) == 1
    last = first.log.read_text().splitlines()[-1]
    assert "another client has taken over our session 'same'" in last
    writer.close()


async def test_a_changed_district_gives_up_what_the_broker_still_sends(
    start_shard: StartShard, broker: Broker, database_url: str
) -> None:
    first = start_shard("one")
    await first.ready()
    await asyncio.to_thread(first.stop)
    second = start_shard("one", broker_districts=HERE)
    await second.ready()

    async def given_up() -> bool:
        filters = await one(database_url, "SELECT filters FROM ingest_session WHERE client_id = 'one'")
        return all(f"sw/1/{HERE}/" in each for each in filters)

    await until(given_up)
    await Fleet(broker.url).publish([fix(HERE, "v1", time.time())])
    fates = await second.settled(1)
    assert fates["received"] == 1
    assert await one(database_url, "SELECT count(*) FROM position") == 1


async def test_silence_is_judged_by_the_shard_of_the_district_alone(
    start_shard: StartShard, database_url: str, tmp_path: Path
) -> None:
    config = tmp_path / "rules.toml"
    config.write_text('[[rules]]\nname = "gone"\nwatches = "offline"\nafter_s = 10\nkinds = ["person"]\n')
    async with connected(database_url) as other:
        for number, district in enumerate((HERE, THERE)):
            entity = await other.fetchval(
                "INSERT INTO entity (kind, id, district) VALUES ('person', $1, $2) RETURNING entity_id",
                f"p{number}",
                district,
            )
            await other.execute(
                "INSERT INTO latest_position (entity_id, time, received_at, lat, lon) "
                "VALUES ($1, now() - INTERVAL '1 hour', now() - INTERVAL '1 hour', 24.9, 118.6)",
                entity,
            )
    shard = start_shard("here", broker_districts=HERE, config=config)
    await shard.ready()
    told = "SELECT id FROM rule_event JOIN entity USING (entity_id)"

    async def silent() -> bool:
        return bool(await rows(database_url, told))

    await until(silent)
    assert await rows(database_url, told) == [("p0",)]

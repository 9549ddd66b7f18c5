"""The schema moves forward under load, and no message is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bench.fleet import Fleet
from store.migrate import Migration, migrate, shipped
from tests.ingest.conftest import StartIngest
from tests.ingest.running import RunningIngest, drive, one, until
from tests.servers import Broker

pytestmark = pytest.mark.servers
MESSAGES = 10_000
_COUNTS = "SELECT count(*) = count(DISTINCT (entity_id, time)) AND count(*) = {} FROM position"


async def each_once(url: str, messages: int) -> None:
    async def done() -> bool:
        return bool(await one(url, _COUNTS.format(messages)))

    await until(done)


async def test_ingest_waits_for_a_database_that_is_behind(
    start_ingest: StartIngest, broker: Broker, empty_database_url: str, tmp_path: Path
) -> None:
    before = start_ingest()  # the broker keeps its session, and in it what comes while nobody can store
    await before.ready()
    before.stop()
    await migrate(empty_database_url, migrations=shipped()[:1])
    ingest = RunningIngest(broker_url=broker.url, database_url=empty_database_url, folder=tmp_path)
    ingest.start()
    try:

        async def says_so() -> bool:
            return "run: streetwarden db migrate" in await ingest.health()

        await until(says_so)
        await Fleet(broker.url).publish(drive(MESSAGES))
        assert (await ingest.fates())["stored"] == 0
        await migrate(empty_database_url)
        await each_once(empty_database_url, MESSAGES)
        await ingest.ready()
    finally:
        ingest.stop()


async def test_a_migration_under_load_loses_nothing_and_an_older_program_then_refuses_to_start(
    start_ingest: StartIngest, broker: Broker, database_url: str, tmp_path: Path
) -> None:
    ingest = start_ingest()
    await ingest.ready()
    sending = asyncio.create_task(Fleet(broker.url).publish(drive(3 * MESSAGES)))

    async def under_way() -> bool:
        return int(await one(database_url, "SELECT count(*) FROM position")) > MESSAGES // 4

    await until(under_way)
    newer = Migration(
        version=shipped()[-1].version + 1,
        name="newer",
        sql="LOCK TABLE position; SELECT pg_sleep(1); ALTER TABLE position ADD COLUMN note text",
        checksum="of a later release",
    )
    schema = await migrate(database_url, migrations=(*shipped(), newer))
    assert schema.applied == (f"{newer.version:04d}_newer",)
    await sending
    await each_once(database_url, 3 * MESSAGES)
    ingest.kill()
    ingest.start()
    assert ingest.exit_status() != 0
    log = ingest.log.read_text()
    assert f"the database is at schema version {newer.version}" in log
    assert "install the newer release" in log
    assert "Traceback" not in log

"""Ingest maintains its database by itself, and goes on when that fails."""

from __future__ import annotations

import json
import time

import pytest

from bench.fleet import Fleet
from store.migrate import Edition
from tests.ingest.conftest import StartIngest
from tests.ingest.running import connected, one, topic, until
from tests.servers import Broker

pytestmark = pytest.mark.servers


async def test_hours_are_rolled_up_while_ingest_runs(
    start_ingest: StartIngest, broker: Broker, database_url: str
) -> None:
    if await one(database_url, "SELECT current_setting('timescaledb.license')") != Edition.APACHE:
        pytest.skip("TimescaleDB's full edition rolls up by itself: tests/store/test_timescale_edition.py")
    ingest = start_ingest(storage_every_h=0.0003)
    await ingest.ready()
    old = {"time": time.time() - 6 * 3600, "lat": 24.9, "lon": 118.6}
    await Fleet(broker.url, connections=1).publish([(topic("v1"), json.dumps(old).encode())])

    async def rolled_up() -> bool:
        return bool(await one(database_url, "SELECT count(*) FROM position_hour"))

    await until(rolled_up)
    await one(database_url, "ALTER TABLE position_hour RENAME TO somewhere_else")
    late = {**old, "time": old["time"] + 60}
    await Fleet(broker.url, connections=1).publish([(topic("v1"), json.dumps(late).encode())])

    async def said_so() -> bool:
        return "maintenance was left undone" in ingest.log.read_text()

    await until(said_so)
    assert await ingest.health() == "ok"
    assert (await ingest.settled(2))["stored"] == 2


async def test_the_age_of_the_newest_backup_is_a_metric(start_ingest: StartIngest, database_url: str) -> None:
    async with connected(database_url) as connection:
        await connection.execute(
            "INSERT INTO backup (backup_id, destination, began_at, finished_at, failure, database_bytes, "
            "evidence_files, evidence_damaged) VALUES "
            "('older', '/b', to_timestamp(100), to_timestamp(200), NULL, 1, 1, 0), "
            "('whole', '/b', to_timestamp(1000), to_timestamp(1060), NULL, 7, 9, 2), "
            "('failed', '/b', to_timestamp(2000), to_timestamp(2001), 'no room', NULL, NULL, NULL), "
            "('killed', '/b', to_timestamp(3000), NULL, NULL, NULL, NULL, NULL)"
        )
    ingest = start_ingest()
    await ingest.ready()

    async def known() -> bool:
        at = (await ingest.metrics())["streetwarden_backup_last_success_timestamp_seconds",]
        return at == 1060.0

    await until(known)
    found = await ingest.metrics()
    assert found["streetwarden_backup_last_duration_seconds",] == 60
    assert found["streetwarden_backup_last_database_bytes",] == 7
    assert found["streetwarden_backup_evidence_damaged",] == 2

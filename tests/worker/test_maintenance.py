"""The worker maintains database and evidence files by itself, and continues after a failure."""

from __future__ import annotations

import os
import time
from pathlib import Path
from uuid import uuid4

import pytest

from store.migrate import Edition
from tests.ingest.running import connected, one, until
from tests.worker.conftest import StartWorker

pytestmark = pytest.mark.servers
HALF_A_MINUTE_LATER = "UPDATE pgqueuer_schedules SET heartbeat = heartbeat - interval '31 s'"
WAITS_FOR_A_TABLE = "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND locktype = 'relation'"


async def positions(url: str, *minutes_ago: int) -> None:
    """Fixes of one vehicle."""
    async with connected(url) as connection:
        await connection.execute("INSERT INTO entity (kind, id, district) VALUES ('vehicle', 'v1', '350582')")
        await connection.executemany(
            "INSERT INTO position (entity_id, time, received_at, lat, lon) "
            "SELECT entity_id, now() - $1 * interval '1 minute', now(), 24.9, 118.6 FROM entity",
            [(minutes,) for minutes in minutes_ago],
        )


async def rolled_up(url: str) -> bool:
    return bool(await one(url, "SELECT count(*) FROM position_hour"))


@pytest.fixture
async def debians_edition(database_url: str) -> None:
    if await one(database_url, "SELECT current_setting('timescaledb.license')") != Edition.APACHE:
        pytest.skip("TimescaleDB's full edition rolls up by itself: tests/store/test_timescale_edition.py")


async def test_hours_are_rolled_up_and_a_round_that_fails_is_tried_again(
    start_worker: StartWorker, database_url: str, debians_edition: None
) -> None:
    await positions(database_url, 360)
    await one(database_url, "ALTER TABLE position_hour RENAME TO somewhere_else")
    worker = start_worker(storage_every_h=0.0003)

    async def failed() -> bool:
        return "the job maintenance was left undone" in worker.log.read_text()

    await until(failed)
    assert await worker.health() == "ok"
    await one(database_url, "ALTER TABLE somewhere_else RENAME TO position_hour")

    async def counted() -> bool:
        return (await worker.metrics())["maintenance_rounds_total", "done"] >= 1

    await until(counted)
    assert await rolled_up(database_url)
    found = await worker.metrics()
    assert found["maintenance_rounds_total", "failed"] >= 1
    assert found["jobs_total", "maintenance", "failed"] >= 1
    assert found["maintenance_last_success_timestamp_seconds",] > time.time() - 60


async def test_a_round_whose_worker_was_killed_is_done_by_another(
    start_worker: StartWorker, database_url: str, debians_edition: None
) -> None:
    await positions(database_url, 360)
    first = start_worker(name="first", storage_every_h=0.0003)
    async with connected(database_url) as lock, lock.transaction():
        await lock.execute("LOCK TABLE position_hour")

        async def under_way() -> bool:
            return bool(await one(database_url, WAITS_FOR_A_TABLE))

        await until(under_way)
        first.kill()
        second = start_worker(name="second", storage_every_h=0.0003)
        await second.ready()
    await one(database_url, HALF_A_MINUTE_LATER)

    async def done() -> bool:
        return (await second.metrics())["maintenance_rounds_total", "done"] >= 1

    await until(done)
    assert await rolled_up(database_url)


async def test_several_workers_do_a_round_once(start_worker: StartWorker, database_url: str) -> None:
    workers = [start_worker(name=name) for name in ("first", "second")]
    for worker in workers:
        await worker.ready()

    async def rounds() -> float:
        return sum([(await each.metrics())["maintenance_rounds_total", "done"] for each in workers])

    async def asked_again() -> bool:
        return bool(
            await one(
                database_url,
                "SELECT count(*) FROM pgqueuer_schedules, maintenance "
                "WHERE entrypoint = 'maintenance' AND last_run > done_at + interval '1 s'",
            )
        )

    await until(asked_again)
    assert await rounds() == 1


async def test_evidence_without_its_incident_and_files_that_nothing_names_go_with_time(
    start_worker: StartWorker, database_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "evidence" / "evidence" / "ab"
    folder.mkdir(parents=True)
    old, young = folder / f"{'ab' * 32}.jpg", folder / f"{'ab' * 31}cd.jpg"
    lost_databases = folder / f"{'ab' * 31}ef.jpg"
    month_ago = time.time() - 30 * 86_400
    await one(database_url, "UPDATE schema_version SET applied_at = applied_at - interval '100 days'")
    for file, written_at in (
        (lost_databases, month_ago - 200 * 86_400),
        (young, time.time()),
        (old, month_ago),
    ):
        (draft := folder / "draft").write_bytes(b"x")
        os.utime(draft, (written_at, written_at))
        draft.rename(file)
    for digest, age in (("ef" * 32, "10 days"), ("ee" * 32, "1 hour")):
        await one(
            database_url,
            "INSERT INTO evidence (digest, incident_id, role, media_type, size_bytes, taken_at, received_at) "
            f"VALUES ('{digest}', '{uuid4()}', 'finding', 'image/jpeg', 1, now(), now() - interval '{age}')",
        )
    named = folder / f"{'ee' * 32}.jpg"
    named.write_bytes(b"x")
    os.utime(named, (month_ago, month_ago))
    worker = start_worker()

    async def gone() -> bool:
        return not old.exists() and await one(database_url, "SELECT count(*) FROM evidence") == 1

    await until(gone)
    assert young.exists(), "it may belong to a transaction that is still under way"
    assert named.exists()
    assert lost_databases.exists(), "it is older than this database, and waits for a restore of another"
    assert "kept: fixes 90 days, readings 366 days" in worker.log.read_text()

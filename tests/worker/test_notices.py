"""The worker tells of each event once, although it is killed over it."""

from __future__ import annotations

import pytest

from store.connection import Pool
from tests.casework.acting import CODES
from tests.casework.cases import report, stall, walk
from tests.casework.test_notices import staff
from tests.ingest.running import connected, one, rows, until
from tests.worker.conftest import StartWorker
from tests.worker.test_case_clocks import HALF_A_MINUTE_LATER, pool

__all__ = ["pool"]
pytestmark = pytest.mark.servers
OF_WORKER = "SELECT count(*) FROM notice WHERE rule = 'dispatched'"
WAITS_FOR_LOCK = (
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%notice%'"
)


async def test_a_worker_that_is_killed_while_it_tells_leaves_it_to_the_next_which_tells_once(
    start_worker: StartWorker, pool: Pool, database_url: str
) -> None:
    await staff(pool)
    number = (await report(pool, stall())).number
    await walk(pool, number, "dispatch", 1, department=CODES["城管执法中队"])
    first = start_worker(name="first")
    async with connected(database_url) as lock, lock.transaction():
        await lock.execute("LOCK notice_recipient IN EXCLUSIVE MODE")

        async def under_way() -> bool:
            return bool(await one(database_url, WAITS_FOR_LOCK))

        await until(under_way)
        first.kill()
    assert await one(database_url, OF_WORKER) == 0
    assert await one(database_url, "SELECT count(*) FROM notice_outbox") > 0
    await one(database_url, HALF_A_MINUTE_LATER.format("pgqueuer_schedules"))
    second = start_worker(name="second")

    async def done() -> bool:
        return bool(await one(database_url, "SELECT count(*) FROM notice_outbox") == 0)

    await until(done)
    assert await rows(database_url, OF_WORKER) == [(1,)]
    assert (await second.metrics())["notices_total", "yes"] >= 1.0

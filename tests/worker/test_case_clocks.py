"""Each passed deadline is recorded once, with one worker, several, killed or absent ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from store.connection import Pool, open_pool
from tests.casework.cases import report, stall
from tests.ingest.running import connected, one, rows, until
from tests.worker.conftest import StartWorker

pytestmark = pytest.mark.servers
HALF_A_MINUTE_LATER = "UPDATE {} SET heartbeat = heartbeat - interval '31 s'"
OF_WORKER = "SELECT action, count(*) FROM case_event WHERE actor = 'system/worker' GROUP BY 1"


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await open_pool(database_url, application="test", largest=4)
    yield pool
    await pool.close()


async def overdue(pool: Pool, cases: int) -> list[str]:
    """Cases whose time was over before any worker saw them."""
    long_ago = datetime.now(UTC) - timedelta(days=30)
    incidents = [stall(zone=f"zone-{number}", observed_at=long_ago.timestamp()) for number in range(cases)]
    return [(await report(pool, incident, at=long_ago)).number for incident in incidents]


async def recorded(url: str) -> Counter[str]:
    return Counter({str(action): int(count) for action, count in await rows(url, OF_WORKER)})


async def test_what_became_due_while_no_worker_ran_is_recorded_once_by_several(
    start_worker: StartWorker, pool: Pool, database_url: str
) -> None:
    await overdue(pool, 30)
    workers = [start_worker(name=name) for name in ("first", "second")]

    async def done() -> bool:
        return await recorded(database_url) == Counter(clock_ran_out=30)

    await until(done)
    for worker in workers:
        await worker.ready()
    counts = [(await worker.metrics())["case_clocks_total", "clock_ran_out"] for worker in workers]
    assert sum(counts) == 30

    async def quiet() -> bool:
        return not await one(database_url, "SELECT count(*) FROM pgqueuer")

    await until(quiet)
    assert await recorded(database_url) == Counter(clock_ran_out=30)
    assert {(await worker.metrics())["oldest_due_seconds",] for worker in workers} >= {0.0}


async def test_a_worker_that_is_killed_over_a_case_leaves_it_to_the_next(
    start_worker: StartWorker, pool: Pool, database_url: str
) -> None:
    (number,) = await overdue(pool, 1)
    first = start_worker(name="first")
    async with connected(database_url) as lock, lock.transaction():
        await lock.execute("SELECT FROM case_file WHERE number = $1 FOR UPDATE", number)

        async def under_way() -> bool:
            return bool(await one(database_url, "SELECT count(*) FROM pgqueuer WHERE status = 'picked'"))

        await until(under_way)
        first.kill()
    assert await recorded(database_url) == Counter()
    for table in ("pgqueuer", "pgqueuer_schedules"):
        await one(database_url, HALF_A_MINUTE_LATER.format(table))
    start_worker(name="second")

    async def done() -> bool:
        return await recorded(database_url) == Counter(clock_ran_out=1)

    await until(done)


async def test_a_case_that_cannot_be_read_holds_up_no_other(
    start_worker: StartWorker, pool: Pool, database_url: str
) -> None:
    broken, good = await overdue(pool, 2)
    await one(database_url, "ALTER TABLE case_event DISABLE TRIGGER case_event_stays")
    await one(
        database_url,
        'UPDATE case_event SET sets = sets || \'{"lon": "east"}\' FROM case_file '
        f"WHERE case_file.case_id = case_event.case_id AND number = '{broken}'",
    )
    worker = start_worker()

    async def told() -> bool:
        return f"the job case {broken} was left undone" in worker.log.read_text()

    await until(told)

    async def done() -> bool:
        return await recorded(database_url) == Counter(clock_ran_out=1)

    await until(done)
    assert await worker.health() == "ok"
    assert f"case {good}: clock_ran_out dispatch" in worker.log.read_text()

"""Any running worker does a job once, repeats it after a failure, and survives cut connections."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import asyncpg
import pytest
from pgqueuer.queries import Queries

from store.errors import StoreError
from store.roles import WORKER
from tests.database_roles import as_role
from tests.ingest.running import connected, one, until
from worker.job_history import JobHistory
from worker.jobs import Jobs, Queued, Recurring

pytestmark = pytest.mark.servers
EVERY_SECOND = "* * * * * *"


@asynccontextmanager
async def running(
    url: str, *, recurring: Sequence[Recurring] = (), queued: Sequence[Queued] = ()
) -> AsyncIterator[tuple[Jobs, Counter[tuple[str, str]]]]:
    """Jobs of one worker, and how they ended."""
    ended: Counter[tuple[str, str]] = Counter()

    def count(name: str, outcome: str, seconds: float) -> None:
        assert seconds >= 0
        ended[name, outcome] += 1

    jobs = Jobs(
        url=as_role(url, WORKER),
        patience_s=10,
        recurring=recurring,
        queued=queued,
        on_job_end=count,
        seconds=time.monotonic,
    )
    task = asyncio.create_task(jobs.run())
    try:

        async def ready() -> bool:
            if task.done():
                await task
            return jobs.idle_reason is None

        await until(ready)
        yield jobs, ended
    finally:
        await jobs.finish()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def noting(seen: Counter[str]) -> Callable[[str], Awaitable[None]]:
    async def do(key: str) -> None:
        seen[key] += 1

    return do


async def test_the_tables_are_what_the_library_needs(database_url: str) -> None:
    connection = await asyncpg.connect(as_role(database_url, WORKER))
    try:
        plan = await Queries.from_asyncpg_connection(connection).plan_upgrade()
    finally:
        await connection.close()
    assert list(plan.statements) == [], "its release wants more: a migration of ours, from pgq upgrade --plan"


async def test_each_queued_job_is_done_once_by_one_of_several_workers(database_url: str) -> None:
    seen: Counter[str] = Counter()
    kinds = [Queued(name="case", do=noting(seen))]
    keys = [str(number) for number in range(40)]
    async with (
        running(database_url, queued=kinds) as (first, by_first),
        running(database_url, queued=kinds) as (_, by_second),
    ):
        assert await first.put("case", keys) == len(keys)

        async def done() -> bool:
            return by_first["case", "done"] + by_second["case", "done"] >= len(keys)

        await until(done)
    assert seen == Counter(keys)


async def test_a_queued_job_is_not_queued_again(database_url: str) -> None:
    proceed = asyncio.Event()
    seen: Counter[str] = Counter()

    async def wait(key: str) -> None:
        await proceed.wait()
        seen[key] += 1

    async with running(database_url, queued=[Queued(name="case", do=wait)]) as (jobs, ended):
        assert await jobs.put("case", ["7"]) == 1
        assert await jobs.put("case", ["7", "8"]) == 1
        proceed.set()

        async def done() -> bool:
            return ended["case", "done"] == 2

        await until(done)
    assert seen == Counter(["7", "8"])


async def test_a_job_that_fails_is_tried_again_and_holds_no_other_up(database_url: str) -> None:
    tries: Counter[str] = Counter()

    async def fail_once(key: str) -> None:
        tries[key] += 1
        if key == "bad" and tries[key] == 1:
            raise StoreError("the database refuses this one; look at it")
        if key == "broken" and tries[key] == 1:
            raise ValueError(key)

    async with running(database_url, queued=[Queued(name="case", do=fail_once)]) as (jobs, ended):
        await jobs.put("case", ["bad", "broken", "good"])

        async def done() -> bool:
            return ended["case", "done"] == 3

        await until(done)
        assert ended["case", "failed"] == 2
    assert tries == Counter(bad=2, broken=2, good=1)


async def test_jobs_go_on_when_connections_are_cut(database_url: str) -> None:
    seen: Counter[str] = Counter()

    async def do() -> None:
        seen["second"] += 1

    jobs = (Recurring(name="second", timetable=EVERY_SECOND, do=do),)
    async with running(database_url, recurring=jobs) as (running_jobs, _):

        async def begun() -> bool:
            return bool(seen)

        await until(begun)
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1"
        async with connected(database_url) as connection:
            await connection.fetch(cut, "streetwarden worker")

        async def noticed() -> bool:
            return running_jobs.idle_reason is not None

        await until(noticed)
        before = seen["second"]

        async def again() -> bool:
            return running_jobs.idle_reason is None and seen["second"] > before

        await until(again)


async def test_a_recurring_job_is_done_by_one_worker_at_a_time(database_url: str) -> None:
    at_once, maximum, done = 0, 0, 0

    async def do() -> None:
        nonlocal at_once, maximum, done
        at_once += 1
        maximum = max(maximum, at_once)
        await asyncio.sleep(1.5)  # longer than the time until it is due again
        at_once -= 1
        done += 1

    jobs = (Recurring(name="second", timetable=EVERY_SECOND, do=do),)
    async with running(database_url, recurring=jobs), running(database_url, recurring=jobs):

        async def twice() -> bool:
            return done >= 2

        await until(twice)
    assert maximum == 1


async def test_a_week_of_what_was_done_is_kept(database_url: str) -> None:
    async with connected(database_url) as connection:
        await connection.executemany(
            "INSERT INTO pgqueuer_log (created, job_id, status, priority, entrypoint) "
            "VALUES (now() - $1 * interval '1 day', 1, 'successful', 0, 'case')",
            [(6,), (8,)],
        )
    await JobHistory(as_role(database_url, WORKER)).do()
    assert await one(database_url, "SELECT count(*) FROM pgqueuer_log") == 1

"""Jobs on PostgreSQL by PgQueuer: one of several workers does each job, and another one if that worker dies.

A recurring job is done by one worker at a time, when it is due by the database's clock. A queued job waits in
a table under a unique key, and any worker takes it. A worker renews its claim on a job every few seconds;
without renewal another worker takes the job. A job may therefore be done twice, and must be idempotent.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import asyncpg
from pgqueuer import PgQueuer
from pgqueuer.errors import PgqException, RetryRequested
from pgqueuer.models import Job, Schedule
from pgqueuer.queries import Queries

from program.errors import ProgramError
from store.connection import UNREACHABLE, open_pool, unreachable
from store.errors import DatabaseUnreachableError, SchemaBehindError
from store.migrate import require_current

log = logging.getLogger(__name__)

HEARTBEAT_S: Final = 20.0
"""Time without renewal after which another worker takes a queued job; for a recurring one it is 30 s."""

_PAUSE_S: Final = 2.0
_DRAIN_S: Final = 10.0
_POLL_S: Final = 5.0
_BATCH: Final = 5
_AT_ONCE: Final = 2 * _BATCH
_CONNECTIONS: Final = 4
_LONGEST_RETRY_S: Final = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurring:
    """A recurring job.

    Attributes:
        name: in metrics, the log and the table of schedules.
        timetable: five fields of cron, and seconds as a sixth.
        do: does it.
    """

    name: str
    timetable: str
    do: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A kind of queued job.

    Attributes:
        name: in metrics, the log and the queue.
        do: does one, by its key. A failed job is tried again, with growing pauses.
    """

    name: str
    do: Callable[[str], Awaitable[None]]


class Jobs:
    """Does jobs until it is stopped.

    Args:
        url: the database, migrated.
        patience_s: seconds after which a silent server counts as unreachable.
        recurring: recurring jobs.
        queued: kinds of queued jobs.
        on_job_end: called with the job's name, `done` or `failed`, its seconds.
        seconds: monotonic seconds.
        at_once: queued jobs that run at the same time.
    """

    def __init__(
        self,
        *,
        url: str,
        patience_s: float,
        recurring: Sequence[Recurring],
        queued: Sequence[Queued],
        on_job_end: Callable[[str, str, float], None],
        seconds: Callable[[], float],
        at_once: int = _AT_ONCE,
    ) -> None:
        self._url = url
        self._at_once = at_once
        self._patience_s = patience_s
        self._recurring = recurring
        self._queued = queued
        self._on_job_end = on_job_end
        self._seconds = seconds
        self._running: PgQueuer | None = None
        self._stopped = asyncio.Event()
        self._ended = asyncio.Event()
        self.idle_reason: str | None = "connecting to the database"
        """Why the worker does no jobs; None while it does."""

    async def run(self) -> None:
        """Do jobs; if the database becomes unreachable, wait for it. Ends after `finish`.

        Raises:
            SchemaError: the database is newer than this program, or not ours.
        """
        try:
            while not self._stopped.is_set():
                try:
                    await self._work()
                except (DatabaseUnreachableError, SchemaBehindError) as error:
                    self._set_idle(str(error))
                except (*UNREACHABLE, asyncpg.PostgresError, PgqException) as error:
                    self._set_idle(str(unreachable(self._url, error)))
                await self._pause()
        finally:
            self._ended.set()

    async def finish(self) -> None:
        """Take no more jobs, and give running ones some seconds to end."""
        self._stopped.set()
        if self._running is not None:
            self._running.shutdown.set()
        try:
            async with asyncio.timeout(_DRAIN_S):
                await self._ended.wait()
        except TimeoutError:
            log.warning("a job was interrupted; another worker, or this one later, starts it again")

    async def put(self, name: str, keys: Iterable[str]) -> int:
        """Put jobs of a kind into the queue; returns how many were not in it already.

        Raises:
            DatabaseUnreachableError: the server does not answer.
        """
        wanted = list(keys)
        running = self._running
        if running is None or not wanted:
            return 0
        queries = running.queries
        assert isinstance(queries, Queries)
        ids = await queries.enqueue(
            [name] * len(wanted),
            [key.encode() for key in wanted],
            [0] * len(wanted),
            dedupe_key=[f"{name}/{key}" for key in wanted],
            on_conflict="skip",
        )
        return sum(one is not None for one in ids)

    async def _work(self) -> None:
        pool = await open_pool(
            self._url,
            application="streetwarden worker",
            smallest=1,
            largest=_CONNECTIONS,
            plain=True,
            command_s=self._patience_s,
        )
        try:
            async with pool.acquire() as connection:
                await require_current(connection)
            running = self._running = PgQueuer.from_asyncpg_pool(pool)
            self._register(running)
            if self.idle_reason is not None:
                names = [*(one.name for one in self._recurring), *(one.name for one in self._queued)]
                log.info("jobs: %s", ", ".join(names))
            self.idle_reason = None
            if not self._stopped.is_set():
                await running.run(
                    dequeue_timeout=timedelta(seconds=_POLL_S),
                    batch_size=_BATCH,
                    max_concurrent_tasks=self._at_once,
                    shutdown_on_listener_failure=True,
                    heartbeat_timeout=timedelta(seconds=HEARTBEAT_S),
                )
        finally:
            self._running = None
            pool.terminate()

    def _register(self, running: PgQueuer) -> None:
        for recurring in self._recurring:
            running.schedule(recurring.name, recurring.timetable, clean_old=False)(self._timed(recurring))
        for queued in self._queued:
            running.entrypoint(queued.name)(self._taken(queued))

    def _timed(self, recurring: Recurring) -> Callable[[Schedule], Awaitable[None]]:
        async def do(_: Schedule) -> None:
            await self._do(recurring.name, recurring.do)

        return do

    def _taken(self, queued: Queued) -> Callable[[Job], Awaitable[None]]:
        async def do(job: Job) -> None:
            key = (job.payload or b"").decode()
            if not await self._do(queued.name, lambda: queued.do(key), key=key):
                pause = min(2.0**job.attempts, _LONGEST_RETRY_S)
                raise RetryRequested(delay=timedelta(seconds=pause))

        return do

    async def _do(self, name: str, do: Callable[[], Awaitable[None]], *, key: str = "") -> bool:
        """Do a job; returns whether it succeeded."""
        began = self._seconds()
        what = f"{name} {key}".rstrip()
        failed = True
        try:
            await do()
            failed = False
        except (*UNREACHABLE, asyncpg.PostgresError, ProgramError) as error:
            log.warning("the job %s was left undone (%s); it will be tried again", what, error)
        except Exception:
            log.exception("the job %s failed because of a defect; please report it", what)
        self._on_job_end(name, "failed" if failed else "done", self._seconds() - began)
        return not failed

    async def _pause(self) -> None:
        """Wait for a short random time, to spread the workers."""
        try:
            async with asyncio.timeout(_PAUSE_S * random.uniform(0.5, 1.5)):  # noqa: S311 no secret
                await self._stopped.wait()
        except TimeoutError:
            return

    def _set_idle(self, reason: str) -> None:
        if self.idle_reason != reason:
            log.warning("%s; no job is done meanwhile", reason)
        self.idle_reason = reason

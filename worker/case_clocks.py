"""Deadlines of cases: finds cases with something due, and has any worker record it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

from cases import CaseError
from casework.city_policy import CurrentPolicy
from casework.clocks import Recorded, pass_time
from worker.agenda import Agenda
from worker.database import Database
from worker.errors import WorkerError

log = logging.getLogger(__name__)

ACTOR: Final = "system/worker"
_AT_ONCE: Final = 500


class CaseClocks:
    """Finds due cases, and records what is due.

    Args:
        database: connections.
        agenda: the due cases.
        policy: the city's decisions.
        put: puts cases into the queue, by their numbers.
        on_record: called for each record, after its commit.
        clock: epoch seconds.
    """

    def __init__(
        self,
        *,
        database: Database,
        agenda: Agenda,
        policy: CurrentPolicy,
        put: Callable[[list[str]], Awaitable[int]],
        on_record: Callable[[Recorded], None],
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._agenda = agenda
        self._policy = policy
        self._put = put
        self._on_record = on_record
        self._clock = clock

    async def look(self) -> None:
        """Put the cases with something due into the queue.

        Raises:
            DatabaseUnreachableError: the server does not answer.
        """
        async with self._database.connection() as connection:
            numbers = await self._agenda.look(connection, now=self._now())
        for start in range(0, len(numbers), _AT_ONCE):
            await self._put(numbers[start : start + _AT_ONCE])

    async def do(self, number: str) -> None:
        """Record what is due on a case.

        Raises:
            WorkerError: the case cannot be read.
            DatabaseUnreachableError: the server does not answer.
        """
        async with self._database.connection() as connection, connection.transaction():
            # If our clock is ahead, no deadline ends early.
            at = min(self._now(), await connection.fetchval("SELECT now()"))
            try:
                recorded = await pass_time(connection, number, policy=self._policy(), actor=ACTOR, at=at)
            except CaseError as error:
                raise WorkerError(str(error)) from None
        for each in recorded:
            log.info("case %s: %s %s", number, each.what.what, each.what.clock)
            self._on_record(each)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

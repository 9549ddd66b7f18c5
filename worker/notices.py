"""Notices of the events of cases: writes them, and deletes old ones."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from cases import CaseError
from casework.city_policy import CurrentPolicy
from casework.notices import tell
from store.queries import load
from worker.database import Database
from worker.errors import WorkerError

log = logging.getLogger(__name__)

_SQL = load("notices")
_DELETED_AT_ONCE: Final = 1000


class OnNotice(Protocol):
    """Called for each notice, after its commit."""

    def __call__(self, *, received: bool) -> None:
        """Takes whether anybody gets it."""


class Notices:
    """Writes the notices of the events that wait in the outbox.

    Args:
        database: connections.
        policy: the city's rules.
        on_notice: called for each notice.
        channels: the channels that this worker can reach.
        clock: epoch seconds.
    """

    def __init__(
        self,
        *,
        database: Database,
        policy: CurrentPolicy,
        on_notice: OnNotice,
        channels: Collection[str],
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._policy = policy
        self._on_notice = on_notice
        self._channels = channels
        self._clock = clock
        self.oldest_s = 0.0
        """Seconds for which the oldest event has waited, at the last look."""

    async def tell(self) -> None:
        """Write the notices of all events that wait.

        Raises:
            WorkerError: the table of rights is damaged.
            DatabaseUnreachableError: the server does not answer.
        """
        async with self._database.connection() as connection:
            while True:
                try:
                    told = await tell(
                        connection, policy=self._policy(), at=self._now(), channels=self._channels
                    )
                except CaseError as error:  # such as a table of rights that was damaged by hand
                    raise WorkerError(str(error)) from None
                for each in told.notices:
                    self._on_notice(received=bool(each.recipients))
                if told.is_all:
                    break
            self.oldest_s = await connection.fetchval(_SQL["oldest"])
            kept_days = self._policy().notices.tell.kept_days
            if kept_days:
                before = self._now() - timedelta(days=kept_days)
                await connection.execute(_SQL["drop_old"], before, _DELETED_AT_ONCE)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

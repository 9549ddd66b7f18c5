"""Once a day: the export of yesterday's cases and events, and of the days before that are missing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Final

from cases import CaseError
from casework.city_policy import CurrentPolicy
from casework.exchange.export import MANIFEST, ExportStore, export_period, folder_of
from worker.database import Database
from worker.errors import WorkerError

log = logging.getLogger(__name__)

_DAYS_BACK: Final = 7
_SETTLED: Final = timedelta(minutes=15)
"""A day is exported this long after its end, when all transactions of it have ended."""


class Export:
    """Writes a folder for each day of the city.

    Args:
        database: connections.
        store: takes the files.
        formats: of the files.
        policy: its calendar says when a day begins.
        clock: epoch seconds.
    """

    def __init__(
        self,
        *,
        database: Database,
        store: ExportStore,
        formats: tuple[str, ...],
        policy: CurrentPolicy,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._store = store
        self._formats = formats
        self._policy = policy
        self._clock = clock

    async def do(self) -> None:
        """Export the days of the last week whose manifest is missing, the oldest first.

        Raises:
            WorkerError: the storage fails; the day is tried again soon.
            DatabaseUnreachableError: the server does not answer.
        """
        zone = self._policy().calendar.zone
        now = datetime.fromtimestamp(self._clock(), UTC)
        today = (now - _SETTLED).astimezone(zone).date()
        try:
            for back in range(_DAYS_BACK, 0, -1):
                begin, end = (
                    datetime.combine(today - timedelta(days=days), time(), zone).astimezone(UTC)
                    for days in (back, back - 1)
                )
                folder = folder_of(begin, end, zone)
                if await self._store.has(f"{folder}/{MANIFEST}"):
                    continue
                async with self._database.connection() as connection:
                    made = await export_period(
                        connection, self._store, folder,
                        begin=begin, end=end, formats=self._formats, at=now,
                    )  # fmt: skip
                log.info("exported %s: %s", folder, ", ".join(f"{f.name} {f.rows} rows" for f in made.files))
        except CaseError as error:
            raise WorkerError(str(error)) from None

"""Deletes PgQueuer's records of finished jobs."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from store.connection import open_connection
from store.queries import load

KEPT: Final = timedelta(days=7)

_SQL = load("jobs")


class JobHistory:
    """Keeps the records of finished jobs for a week.

    Args:
        url: the database.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    async def do(self) -> None:
        """Delete older records.

        Raises:
            DatabaseUnreachableError: the server does not answer.
        """
        connection = await open_connection(self._url, application="streetwarden worker")
        try:
            for name in ("drop_old_log", "drop_old_statistics"):
                await connection.execute(_SQL[name], KEPT)
        finally:
            await connection.close()

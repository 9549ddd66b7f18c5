"""The database connections of the worker's own tasks, separate from those of PgQueuer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from store.connection import Connection, Pool, open_pool

_CONNECTIONS = 4


class Database:
    """Connections that jobs share.

    Args:
        url: the database.
        patience_s: maximum seconds for a statement.
    """

    def __init__(self, *, url: str, patience_s: float) -> None:
        self._url = url
        self._patience_s = patience_s
        self._pool: Pool | None = None
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection, as a context.

        Raises:
            DatabaseUnreachableError: the server does not answer.
        """
        async with self._opening:
            if self._pool is None:
                self._pool = await open_pool(
                    self._url,
                    application="streetwarden worker",
                    smallest=0,
                    largest=_CONNECTIONS,
                    command_s=self._patience_s,
                )
        async with self._pool.acquire(timeout=self._patience_s) as connection:
            yield connection

    def close(self) -> None:
        """Drop all connections."""
        if self._pool is not None:
            self._pool.terminate()

"""The center's connections to the database: opened when first needed, given up on when they are silent."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

from center.errors import DatabaseAwayError
from store.connection import UNREACHABLE, Connection, Pool, open_pool
from store.errors import DatabaseUnreachableError, SchemaError
from store.migrate import require_current

log = logging.getLogger(__name__)

_NOT_NOW: Final = ("08", "53", "57", "58")
"""SQLSTATE classes: connection, insufficient resources, operator intervention, system error."""

AWAY: Final = (*UNREACHABLE, DatabaseUnreachableError, DatabaseAwayError)
"""What working with the database raises while it is away, beside errors of its own: see `is_away`."""


def is_away(error: BaseException) -> bool:
    """Whether an error means that the database is away, rather than that the question was wrong."""
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "")[:2] in _NOT_NOW
    return isinstance(error, AWAY)


class Database:
    """Transactions on a pool that requests share.

    Args:
        url: where.
        connections: how many at once.
        patience_s: seconds for a whole transaction, the wait for a connection included.
        waited: told how long each transaction waited for its connection, in seconds.
    """

    def __init__(
        self, *, url: str, connections: int, patience_s: float, waited: Callable[[float], None]
    ) -> None:
        self._url = url
        self._connections = connections
        self._patience_s = patience_s
        self._waited = waited
        self._pool: Pool | None = None
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """A transaction that changes nothing and sees one state of everything.

        Raises:
            DatabaseAwayError: the database is away, too old for this program, or slow.
        """
        async with self._transaction(isolation="repeatable_read", readonly=True) as connection:
            yield connection

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[Connection]:
        """A transaction; whatever the body raises undoes it.

        Raises:
            DatabaseAwayError: the database is away, too old for this program, or slow. If that happens at
                the commit, it may have taken place.
        """
        async with self._transaction(isolation=None, readonly=False) as connection:
            yield connection

    async def close(self) -> None:
        """Drop all connections."""
        if self._pool is not None:
            self._pool.terminate()

    @asynccontextmanager
    async def _transaction(self, *, isolation: str | None, readonly: bool) -> AsyncIterator[Connection]:
        try:
            async with asyncio.timeout(self._patience_s):
                began = time.monotonic()
                pool = await self._opened()
                connection = await pool.acquire()
                self._waited(time.monotonic() - began)
                try:
                    async with _in_transaction(connection, isolation, readonly=readonly):
                        yield connection
                finally:
                    await pool.release(connection)
        except (*AWAY, asyncpg.PostgresError, SchemaError) as error:
            if not is_away(error) and not isinstance(error, SchemaError):
                raise
            raise DatabaseAwayError(str(error) or type(error).__name__) from None

    async def _opened(self) -> Pool:
        async with self._opening:
            if self._pool is None:
                pool = await open_pool(
                    self._url, application="streetwarden center", largest=self._connections
                )
                try:
                    async with pool.acquire() as connection:
                        schema = await require_current(connection)
                except BaseException:
                    pool.terminate()
                    raise
                log.info(
                    "database at schema version %d, TimescaleDB edition %s", schema.version, schema.edition
                )
                self._pool = pool
            return self._pool


@asynccontextmanager
async def _in_transaction(
    connection: Connection, isolation: str | None, *, readonly: bool
) -> AsyncIterator[None]:
    """As asyncpg's own, but a server that has gone silent is not asked to roll back."""
    transaction = connection.transaction(isolation=isolation, readonly=readonly)  # type: ignore[arg-type]
    try:
        await transaction.start()
        yield
        await transaction.commit()
    except (OSError, asyncpg.InterfaceError, asyncio.CancelledError):
        connection.terminate()  # its state is unknown, and asking might take for ever
        raise
    except BaseException:
        if not connection.is_closed():
            await transaction.rollback()
        raise

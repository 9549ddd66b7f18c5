"""The center's connections to the database: opened when first needed, abandoned when they are silent."""

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
"""Errors while the database is unreachable, in addition to its own errors: see `is_away`."""


def is_away(error: BaseException) -> bool:
    """Whether an error means that the database is unreachable, rather than that the query was wrong."""
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "")[:2] in _NOT_NOW
    return isinstance(error, AWAY)


class Database:
    """Transactions on a pool that requests share.

    Args:
        url: of the database.
        connections: maximum number at once.
        patience_s: seconds for a whole transaction, including the wait for a connection.
        waited: called with each transaction's wait for its connection, seconds.
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
        """A read-only transaction with one snapshot.

        Raises:
            DatabaseAwayError: the database is unreachable, too old for this program, or slow.
        """
        async with self._transaction(isolation="repeatable_read", readonly=True) as connection:
            yield connection

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[Connection]:
        """A transaction; an exception in its body rolls it back.

        Raises:
            DatabaseAwayError: the database is unreachable, too old for this program, or slow. If that happens
                at the commit, the transaction may have been committed.
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
    """Like asyncpg's transaction, but without a rollback on a server that has become silent."""
    transaction = connection.transaction(isolation=isolation, readonly=readonly)  # type: ignore[arg-type]
    try:
        await transaction.start()
        yield
        await transaction.commit()
    except (OSError, asyncpg.InterfaceError, asyncio.CancelledError):
        connection.terminate()  # the state of the connection is unknown, and a query might block for ever
        raise
    except BaseException:
        if not connection.is_closed():
            await transaction.rollback()
        raise

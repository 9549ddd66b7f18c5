"""The database as ingest uses it: transactions that wait out every fault that is not in the data.

Two kinds of errors are kept apart. If the server is unreachable, starting, stopping, read-only, out of disk
or connections, or not yet migrated, ingest waits and tries again, and loses nothing. Only an error about the
values themselves is raised.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import asyncpg

from store.connection import UNREACHABLE, Connection, Pool, open_pool, unreachable
from store.errors import DatabaseUnreachableError, SchemaBehindError
from store.migrate import Schema, require_current

log = logging.getLogger(__name__)
ResultT = TypeVar("ResultT")

_SHORTEST_WAIT_S: Final = 0.05
_LONGEST_WAIT_S: Final = 2.0
_TOUCH_S: Final = 5.0
_THE_DATAS_FAULT: Final = ("21", "22", "23", "54")
"""SQLSTATE classes: cardinality violation, data exception, integrity constraint violation, limit exceeded."""


def is_datas_fault(error: BaseException) -> bool:
    """Whether the server's error is about the values themselves."""
    return isinstance(error, asyncpg.PostgresError) and (error.sqlstate or "")[:2] in _THE_DATAS_FAULT


class Database:
    """Transactions that are repeated until they commit.

    Args:
        url: of the database.
        connections: how many at once.
        patience_s: seconds after which a silent server counts as unreachable.
        on_return: awaited when the server answers for the first time or again; may raise to reject this
            database.
    """

    def __init__(
        self,
        *,
        url: str,
        connections: int,
        patience_s: float,
        on_return: Callable[[Connection], Awaitable[None]],
    ) -> None:
        self._url = url
        self._connections = connections
        self._patience_s = patience_s
        self._on_return = on_return
        self._pool: Pool | None = None
        self._opening = asyncio.Lock()
        self.waiting: str | None = "connecting to the database"
        """The reason why transactions wait; None while they succeed."""

    async def transact(self, work: Callable[[Connection], Awaitable[ResultT]]) -> ResultT:
        """Run `work` in a transaction, and return its result after the commit.

        `work` may run several times. A commit whose answer was lost is repeated too; natural keys make
        that harmless.

        Raises:
            asyncpg.PostgresError: the server rejects the data itself. SchemaError: the database is newer than
            this program, or not ours. DatabaseChangedError: it is another database than before.
        """
        wait = _SHORTEST_WAIT_S
        while True:
            try:
                result = await self._attempt(work)
            except (DatabaseUnreachableError, SchemaBehindError) as error:
                self._wait_for(str(error))
            except UNREACHABLE as error:
                self._wait_for(str(unreachable(self._url, error)))
            except asyncpg.PostgresError as error:
                if is_datas_fault(error):
                    raise
                self._wait_for(f"the database cannot store anything now ({error})")
            else:
                if self.waiting is not None:
                    log.info("the database stores again")
                    self.waiting = None
                return result
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT_S)

    async def stay_in_touch(self) -> None:
        """Ask the server at intervals, to notice its absence before a message needs it."""
        while True:
            await self.transact(lambda connection: connection.execute("SELECT 1"))
            await asyncio.sleep(_TOUCH_S)

    async def close(self) -> None:
        """Drop all connections."""
        if self._pool is not None:
            self._pool.terminate()

    async def _attempt(self, work: Callable[[Connection], Awaitable[ResultT]]) -> ResultT:
        pool = await self._open()
        connection = await pool.acquire(timeout=self._patience_s)
        settled = False
        try:
            async with asyncio.timeout(self._patience_s):
                transaction = connection.transaction()
                await transaction.start()
                try:
                    result = await work(connection)
                except Exception:
                    if not connection.is_closed():
                        await transaction.rollback()
                    settled = True
                    raise
                await transaction.commit()
                settled = True
                return result
        finally:
            if not settled:
                connection.terminate()  # its state is unknown, and a query might block for ever
            await pool.release(connection)

    async def _open(self) -> Pool:
        async with self._opening:
            if self._pool is not None and self.waiting is None:
                return self._pool
            if self._pool is None:
                self._pool = await open_pool(
                    self._url, application="streetwarden ingest", largest=self._connections
                )
            schema = await self._checked(self._pool)
            log.info("database at schema version %d, TimescaleDB edition %s", schema.version, schema.edition)
            self.waiting = None
            return self._pool

    async def _checked(self, pool: Pool) -> Schema:
        async with asyncio.timeout(self._patience_s):
            connection = await pool.acquire()
            try:
                schema = await require_current(connection)
                await self._on_return(connection)
            except BaseException:
                connection.terminate()  # an orderly release of the connection could block for ever
                raise
            else:
                return schema
            finally:
                await pool.release(connection)

    def _wait_for(self, waiting: str) -> None:
        if self.waiting != waiting:
            log.warning("%s; keeping the messages and trying again", waiting)
        self.waiting = waiting

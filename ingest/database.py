"""The database as ingest needs it: a transaction that waits out whatever is not the data's fault.

*Busy* and *bad* are kept apart. A server that is away, starting, stopping, read-only, out of disk or of
connections, or that has not been migrated yet, is busy: we wait and try again, and lose nothing. Only what
the server says about the values themselves is the data's fault, and is raised.
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
    """Whether an error is what the server says about the values themselves."""
    return isinstance(error, asyncpg.PostgresError) and (error.sqlstate or "")[:2] in _THE_DATAS_FAULT


class Database:
    """Transactions that are tried until they commit.

    Args:
        url: where.
        connections: how many at once.
        patience_s: seconds after which a silent server counts as gone.
        on_return: awaited when the server answers, first or again; may refuse to go on with this database.
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
        """What the program waits for; None while transactions go through."""

    async def transact(self, work: Callable[[Connection], Awaitable[ResultT]]) -> ResultT:
        """Run `work` in a transaction and return what it returned, after the commit.

        `work` may run several times. A commit whose answer was lost is repeated too; natural keys make
        that harmless.

        Raises:
            asyncpg.PostgresError: the server refuses the data itself.
            SchemaError: the database is newer than this program, or not ours.
            DatabaseChangedError: it is another database than it was.
        """
        wait = _SHORTEST_WAIT_S
        while True:
            try:
                result = await self._attempt(work)
            except (DatabaseUnreachableError, SchemaBehindError) as error:
                self._say(str(error))
            except UNREACHABLE as error:
                self._say(str(unreachable(self._url, error)))
            except asyncpg.PostgresError as error:
                if is_datas_fault(error):
                    raise
                self._say(f"the database cannot store anything now ({error})")
            else:
                if self.waiting is not None:
                    log.info("the database takes what we have")
                    self.waiting = None
                return result
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT_S)

    async def stay_in_touch(self) -> None:
        """Ask the server now and then, so that its absence is known before a message needs it."""
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
                connection.terminate()  # its state is unknown, and asking might take for ever
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
                connection.terminate()  # to give it back in order could take for ever
                raise
            else:
                return schema
            finally:
                await pool.release(connection)

    def _say(self, waiting: str) -> None:
        if self.waiting != waiting:
            log.warning("%s; holding what we have and trying again", waiting)
        self.waiting = waiting

"""How old the newest backup is, as the database itself knows it: `streetwarden backup` writes it there."""

from __future__ import annotations

import asyncio
import logging
from typing import Final, Protocol

import asyncpg

from ingest.database import Database
from store.connection import Connection
from store.queries import load

log = logging.getLogger(__name__)

_EVERY_S: Final = 60.0


class Gauges(Protocol):
    """What is told of the newest backup."""

    def know_backup(self, *, finished_at: float, took_s: float, size: int, damaged: int) -> None:
        """It was finished then, seconds since the epoch."""


class BackupAge:
    """Reads it now and then.

    Args:
        database: where.
        gauges: are told.
    """

    def __init__(self, *, database: Database, gauges: Gauges) -> None:
        self._database = database
        self._gauges = gauges
        self._sql = load("backup")["newest"]

    async def run(self) -> None:
        """Look again and again; never returns."""
        while True:
            await self._database.transact(self._look)
            await asyncio.sleep(_EVERY_S)

    async def _look(self, connection: Connection) -> None:
        try:
            newest = await connection.fetchrow(self._sql)
        except asyncpg.InsufficientPrivilegeError as error:  # nothing that messages should wait for
            log.warning("the age of the newest backup is not known (%s)", error)
            return
        if newest is not None:
            self._gauges.know_backup(
                finished_at=newest["finished_s"],
                took_s=newest["took_s"],
                size=newest["database_bytes"] or 0,
                damaged=newest["evidence_damaged"] or 0,
            )

"""The age of the newest backup. `streetwarden backup` writes it into the database."""

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
    """Receives what is known about the newest backup."""

    def set_backup(self, *, finished_at: float, took_s: float, size: int, damaged: int) -> None:
        """The newest backup: when it finished (epoch seconds), seconds it took, bytes, damaged files."""


class BackupAge:
    """Reads the newest backup from the database at intervals.

    Args:
        database: where the backups are listed.
        gauges: receives the newest one.
    """

    def __init__(self, *, database: Database, gauges: Gauges) -> None:
        self._database = database
        self._gauges = gauges
        self._sql = load("backup")["newest"]

    async def run(self) -> None:
        """Read again and again; never returns."""
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
            self._gauges.set_backup(
                finished_at=newest["finished_s"],
                took_s=newest["took_s"],
                size=newest["database_bytes"] or 0,
                damaged=newest["evidence_damaged"] or 0,
            )

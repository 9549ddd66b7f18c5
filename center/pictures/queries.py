"""Queries about pictures."""

from __future__ import annotations

from datetime import datetime

from cases import Scope
from center.database import Database
from store.queries import load

_SQL = load("pictures")


class PictureQueries:
    """Reads from the database.

    Args:
        database: holds everything.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def still(self, camera: str) -> tuple[bytes, datetime, str] | None:
        """A camera's newest still, when it was taken, and the camera's district."""
        async with self._database.reading() as connection:
            row = await connection.fetchrow(_SQL["still"], camera)
        return None if row is None else (row["jpeg"], row["time"], row["district"])

    async def media_type(self, digest: str, scope: Scope) -> str | None:
        """The media type of a file of evidence, if it belongs to a case or a district in a scope."""
        async with self._database.reading() as connection:
            for row in await connection.fetch(_SQL["evidence_places"], digest):
                whose = {name: row[name] for name in ("district", "department", "assignee", "opener")}
                if scope.contains(**whose):
                    return str(row["media_type"])
        return None

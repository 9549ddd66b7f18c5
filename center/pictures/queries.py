"""Which pictures there are."""

from __future__ import annotations

from datetime import datetime

from center.database import Database
from store.queries import load

_SQL = load("pictures")


class PictureQueries:
    """Answers from the database.

    Args:
        database: where everything is.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def still(self, camera: str) -> tuple[bytes, datetime] | None:
        """A camera's newest still, and when it was taken."""
        async with self._database.reading() as connection:
            row = await connection.fetchrow(_SQL["still"], camera)
        return None if row is None else (row["jpeg"], row["time"])

    async def media_type(self, digest: str) -> str | None:
        """What kind of file a digest of evidence names, if any."""
        async with self._database.reading() as connection:
            found: str | None = await connection.fetchval(_SQL["media_type_of"], digest)
            return found

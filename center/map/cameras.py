"""The city's cameras."""

from __future__ import annotations

from center.database import Database
from center.map.models import Camera
from store.queries import load

_SQL = load("map")


class Cameras:
    """Reads from the database.

    Args:
        database: holds everything.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[Camera]:
        """All cameras, each with its last state from its box or from itself."""
        async with self._database.reading() as connection:
            return [Camera(**row) for row in await connection.fetch(_SQL["cameras"])]

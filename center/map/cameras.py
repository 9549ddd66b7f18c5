"""The city's cameras."""

from __future__ import annotations

from center.database import Database
from center.map.models import Camera
from store.queries import load

_SQL = load("map")


class Cameras:
    """Answers from the database.

    Args:
        database: where everything is.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[Camera]:
        """All cameras, each with what its box, or the camera itself, last said."""
        async with self._database.reading() as connection:
            return [Camera(**row) for row in await connection.fetch(_SQL["cameras"])]

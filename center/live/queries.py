"""Queries about one entity."""

from __future__ import annotations

from center.database import Database
from center.live import rows
from center.live.models import EntityDetail
from center.models import EntityKind
from store.queries import load

_SQL = load("live")


class EntityQueries:
    """Reads from the database.

    Args:
        database: holds everything.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def detail(self, kind: EntityKind, identity: str) -> EntityDetail | None:
        """What is known about an entity; None if it was never heard."""
        async with self._database.reading() as connection:
            row = await connection.fetchrow(_SQL["entity_by_name"], str(kind), identity)
        return None if row is None else rows.entity_detail(row)

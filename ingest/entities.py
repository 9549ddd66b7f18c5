"""Numbers for everyone who speaks, asked of the database once each."""

from __future__ import annotations

from collections.abc import Iterable

from ingest.batch import Batch
from ingest.database import Database
from ingest.doubts import Memory
from ingest.routes import Routes, Speaker
from store.connection import Connection
from store.queries import load


class Entities:
    """Gives speakers their entity number, and the memory their last known place.

    Args:
        database: where they are numbered.
        routes: who has spoken.
        memory: the last good fix of each.
    """

    def __init__(self, *, database: Database, routes: Routes, memory: Memory) -> None:
        self._database = database
        self._routes = routes
        self._memory = memory
        self._sql = load("ingest")

    async def know(self, batch: Batch) -> None:
        """See that everyone who speaks in a batch has a number; waits for the database if one has none."""
        self._memory.make_room(len(self._routes.speakers))
        speakers = self._routes.speakers
        unknown = {
            speaker.index: speaker
            for speaker in (
                *(speakers[index] for index in set(batch.fixes.speaker.tolist())),
                *(item.route.speaker for item in batch.telemetry),
                *(item.route.speaker for item in batch.statuses),
            )
            if not speaker.entity_id
        }
        if unknown:
            await self._ask(unknown.values())

    async def _ask(self, unknown: Iterable[Speaker]) -> None:
        ordered = sorted(unknown, key=lambda speaker: (speaker.kind, speaker.id))

        async def ask(connection: Connection) -> list[tuple[object, ...]]:
            rows = await connection.fetch(
                self._sql["know_entities"],
                [str(speaker.kind) for speaker in ordered],
                [speaker.id for speaker in ordered],
                [speaker.district for speaker in ordered],
            )
            return [tuple(row) for row in rows]

        named = {(str(speaker.kind), speaker.id): speaker for speaker in ordered}
        for entity_id, kind, identity, time, lat, lon in await self._database.transact(ask):
            speaker = named[kind, identity]  # type: ignore[index]
            speaker.entity_id = entity_id  # type: ignore[assignment]
            if time is not None:
                self._memory.recall(speaker.index, time_s=time.timestamp(), lat=lat, lon=lon)  # type: ignore[attr-defined,arg-type]

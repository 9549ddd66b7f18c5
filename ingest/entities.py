"""Numbers for everyone who speaks, asked of the database once each."""

from __future__ import annotations

import asyncpg

from ingest.batch import Batch
from ingest.database import Database
from ingest.doubts import Memory
from ingest.errors import DatabaseChangedError
from ingest.events import Events
from ingest.routes import Routes, Speaker
from store.connection import Connection
from store.queries import load


class Entities:
    """Gives speakers their entity number, and the memory their last known place.

    Args:
        database: where they are numbered.
        routes: who has spoken.
        memory: the last good fix of each.
        events: what the rules know of each.
    """

    def __init__(self, *, database: Database, routes: Routes, memory: Memory, events: Events) -> None:
        self._database = database
        self._routes = routes
        self._memory = memory
        self._events = events
        self._sql = load("ingest")

    async def know(self, batch: Batch) -> None:
        """See that everyone who speaks in a batch has a number; waits for the database if one has none."""
        self._memory.make_room(len(self._routes.speakers))
        numbers = self._routes.entity_ids
        unknown = set(batch.fixes.speaker[numbers[batch.fixes.speaker] == 0].tolist())
        others = {
            *(item.route.speaker.index for item in batch.telemetry),
            *(item.route.speaker.index for item in batch.statuses),
        }
        unknown |= {index for index in others if numbers[index] == 0}
        if unknown:
            await self._ask([self._routes.speakers[index] for index in unknown])

    async def still_there(self, connection: Connection) -> None:
        """Check that the database which has come back knows everyone by the number that we remember.

        Raises:
            DatabaseChangedError: it was made anew, or restored from a backup.
        """
        known = [speaker for speaker in self._routes.speakers if self._routes.entity_ids[speaker.index]]
        found = await connection.fetchval(
            self._sql["count_entities"],
            [int(self._routes.entity_ids[speaker.index]) for speaker in known],
            [str(speaker.kind) for speaker in known],
            [speaker.id for speaker in known],
        )
        if found != len(known):
            raise DatabaseChangedError(
                f"the database is not the one it was (it lacks {len(known) - found} of {len(known)} "
                "entities); start ingest again: what was not stored, the broker still holds"
            )

    async def _ask(self, unknown: list[Speaker]) -> None:
        ordered = sorted(unknown, key=lambda speaker: (speaker.kind, speaker.id))
        index = {(str(speaker.kind), speaker.id): speaker.index for speaker in ordered}

        async def work(connection: Connection) -> list[asyncpg.Record]:
            rows = await connection.fetch(
                self._sql["know_entities"],
                [str(speaker.kind) for speaker in ordered],
                [speaker.id for speaker in ordered],
                [speaker.district for speaker in ordered],
            )
            speakers = self._routes.speakers
            numbers = {row["entity_id"]: speakers[index[row["kind"], row["id"]]] for row in rows}
            await self._events.recall(connection, speakers, numbers)
            return rows

        for row in await self._database.transact(work):
            speaker = index[row["kind"], row["id"]]
            self._routes.entity_ids[speaker] = row["entity_id"]
            if row["time"] is not None:
                self._memory.recall(speaker, time_s=row["time"].timestamp(), lat=row["lat"], lon=row["lon"])

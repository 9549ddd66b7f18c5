"""The entity number of each sender, asked from the database once."""

from __future__ import annotations

import asyncpg

from ingest.batch import Batch
from ingest.database import Database
from ingest.errors import DatabaseChangedError
from ingest.fix_quality import LastFixes
from ingest.routes import Routes
from ingest.rule_events import RuleEventWriter
from ingest.senders import Sender
from store.connection import Connection
from store.queries import load


class Entities:
    """Gives senders their entity numbers, and gives `LastFixes` and the rules their stored state.

    Args:
        database: assigns the numbers.
        routes: the senders.
        last_fixes: receives the last good fix of each.
        rule_events: restores the state of the rules for each.
    """

    def __init__(
        self, *, database: Database, routes: Routes, last_fixes: LastFixes, rule_events: RuleEventWriter
    ) -> None:
        self._database = database
        self._routes = routes
        self._last_fixes = last_fixes
        self._rule_events = rule_events
        self._sql = load("ingest")

    async def assign_numbers(self, batch: Batch) -> None:
        """Give every sender in a batch its number; waits for the database if one has none."""
        self._last_fixes.make_room(len(self._routes.senders))
        numbers = self._routes.entity_ids
        unknown = set(batch.fixes.sender[numbers[batch.fixes.sender] == 0].tolist())
        others = {
            *(item.route.sender.index for item in batch.telemetry),
            *(item.route.sender.index for item in batch.statuses),
        }
        unknown |= {index for index in others if numbers[index] == 0}
        if unknown:
            await self._ask([self._routes.senders[index] for index in unknown])

    async def check_numbers(self, connection: Connection) -> None:
        """Check that a database that has come back has the entities under the numbers in memory.

        Raises:
            DatabaseChangedError: it was created again, or restored from a backup.
        """
        known = [sender for sender in self._routes.senders if self._routes.entity_ids[sender.index]]
        found = await connection.fetchval(
            self._sql["count_entities"],
            [int(self._routes.entity_ids[sender.index]) for sender in known],
            [str(sender.kind) for sender in known],
            [sender.id for sender in known],
        )
        if found != len(known):
            raise DatabaseChangedError(
                f"the database is another one, or restored: it lacks {len(known) - found} of {len(known)} "
                "entities; start ingest again: the broker still holds what was not stored"
            )

    async def _ask(self, unknown: list[Sender]) -> None:
        ordered = sorted(unknown, key=lambda sender: (sender.kind, sender.id))
        index = {(str(sender.kind), sender.id): sender.index for sender in ordered}

        async def work(connection: Connection) -> list[asyncpg.Record]:
            rows = await connection.fetch(
                self._sql["know_entities"],
                [str(sender.kind) for sender in ordered],
                [sender.id for sender in ordered],
                [sender.district for sender in ordered],
            )
            senders = self._routes.senders
            numbers = {row["entity_id"]: senders[index[row["kind"], row["id"]]] for row in rows}
            await self._rule_events.recall(connection, senders, numbers)
            return rows

        for row in await self._database.transact(work):
            sender = index[row["kind"], row["id"]]
            self._routes.entity_ids[sender] = row["entity_id"]
            if row["time"] is not None:
                self._last_fixes.recall(
                    sender, time_s=row["time"].timestamp(), lat=row["lat"], lon=row["lon"]
                )

"""Reads at intervals what waits for delivery, for the metrics of every worker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from casework.exchange.webhooks import list_webhooks
from store.connection import UNREACHABLE
from store.errors import DatabaseUnreachableError
from worker.database import Database

_EVERY_S: Final = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookState:
    """What waits for one enabled subscription."""

    name: str
    oldest_s: float
    waiting: int
    dead_letters: int


class WebhookWatch:
    """Reads the state of all subscriptions.

    Args:
        database: connections.
        found: called with the state of each enabled subscription.
    """

    def __init__(self, *, database: Database, found: Callable[[Sequence[WebhookState]], None]) -> None:
        self._database = database
        self._found = found

    async def run(self) -> None:
        """Read at intervals; never returns. While the database is away, the last state stays."""
        while True:
            try:
                await self.look()
            except (*UNREACHABLE, DatabaseUnreachableError, asyncpg.PostgresError):
                pass  # the worker says so elsewhere
            await asyncio.sleep(_EVERY_S)

    async def look(self) -> None:
        """Read once."""
        async with self._database.connection() as connection:
            now = await connection.fetchval("SELECT now()")
            rows = await list_webhooks(connection)
        self._found(
            [
                WebhookState(
                    name=row["name"],
                    oldest_s=max((now - row["oldest_at"]).total_seconds(), 0.0) if row["oldest_at"] else 0.0,
                    waiting=row["waiting"],
                    dead_letters=row["dead_letters"],
                )
                for row in rows
                if row["enabled"]
            ]
        )

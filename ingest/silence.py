"""Who has fallen silent: the one rule that no message can fire.

Silence is judged only while we have been listening for as long ourselves: connected to the broker, with a
database that takes what comes. Otherwise it would be our own absence that makes everyone seem gone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import asyncpg

from ingest.database import Database
from ingest.events import Events
from ingest.rules.settings import Offline
from ingest.rules.sustained import Held, Stand
from ingest.rules.turns import Turn
from ingest.rules.watch import Watch
from ingest.senders import Sender
from store.connection import Connection
from store.queries import load
from wire.topics import Kind

_LOOKS_PER_PATIENCE: Final = 10
_LONGEST_WAIT_S: Final = 10.0
_SET_S: Final = 5.0
"""A clock that moves by more than this against the steady one was set, not slewed."""


class Silence:
    """Asks the database now and then whom it has not heard of.

    Args:
        watch: holds the rules.
        database: where.
        events: what writes what is found.
        districts: those that this ingest serves, whose silence it judges; empty for all.
        hindered: what keeps us from hearing everyone, None while nothing does.
        clock: epoch seconds;
        steady: seconds that nobody sets. Where the two part, our clock was set, and who was heard by the old
            one has not been silent by the new one.
    """

    def __init__(
        self,
        *,
        watch: Watch,
        database: Database,
        events: Events,
        districts: Sequence[str] = (),
        hindered: Callable[[], str | None],
        clock: Callable[[], float],
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rules = [rule for rule in watch.rules if isinstance(rule, Offline)]
        self._database = database
        self._events = events
        self._districts = list(districts)
        self._hindered = hindered
        self._clock = clock
        self._steady = steady
        self._between: float | None = None
        self._listening_since: float | None = None
        self._sql = load("events")

    async def run(self) -> None:
        """Look again and again; never returns."""
        if not self._rules:
            await asyncio.Event().wait()
        patience = min(rule.after_s for rule in self._rules)
        while True:
            await asyncio.sleep(min(patience / _LOOKS_PER_PATIENCE, _LONGEST_WAIT_S))
            await self.look()

    async def look(self) -> None:
        """Look once."""
        now = self._clock()
        between, self._between = self._between, now - self._steady()
        if between is not None and abs(self._between - between) > _SET_S:
            self._listening_since = None
        if self._hindered() is not None:
            self._listening_since = None
            return
        if self._listening_since is None:
            self._listening_since = now
        for rule in self._rules:
            if now - self._listening_since >= rule.after_s:
                await self._database.transact(partial(self._judge, rule=rule, now=now))

    async def _judge(self, connection: Connection, *, rule: Offline, now: float) -> None:
        received_at = datetime.fromtimestamp(now, UTC)
        kinds = [str(kind) for kind in rule.kinds]
        turns = [
            (row["entity_id"], _turn(row, rule, began=row["heard_at"], ended=None, now=now))
            for row in await connection.fetch(
                self._sql["fallen_silent"],
                rule.name,
                kinds,
                received_at - timedelta(seconds=rule.after_s),
                self._districts,
            )
            if rule.concerns(Kind(row["kind"]), row["id"])
        ]
        turns += [
            (row["entity_id"], _turn(row, rule, began=row["began_at"], ended=row["heard_at"], now=now))
            for row in await connection.fetch(self._sql["heard_again"], rule.name, self._districts)
        ]
        await self._events.write(connection, turns, received_at)


def _turn(row: asyncpg.Record, rule: Offline, *, began: datetime, ended: datetime | None, now: float) -> Turn:
    began_s = began.timestamp()
    held = Held(stand=Stand.ON, began_s=began_s, fell_s=0.0, seen_s=now) if ended is None else None
    return Turn(
        ordinal=0,
        sender=Sender(kind=Kind(row["kind"]), id=row["id"], district=row["district"], index=-1),
        rule=rule,
        area="",
        held=held,
        began_s=began_s,
        begun=ended is None,
        ended=ended is not None,
        event_s=began_s if ended is None else ended.timestamp(),
        at_s=now,
        lat=float("nan") if row["lat"] is None else row["lat"],
        lon=float("nan") if row["lon"] is None else row["lon"],
        value=None,
    )

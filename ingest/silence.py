"""Finds senders that have fallen silent: the only rule that no message can trigger.

Silence is judged only while ingest itself has been listening for as long: connected to the broker, with a
database that stores. Otherwise our own absence would make everyone seem silent.
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
from ingest.rule_events import RuleEventWriter
from ingest.rules.condition_state import Condition, ConditionState
from ingest.rules.engine import RuleEngine
from ingest.rules.settings import Offline
from ingest.rules.transitions import Transition
from ingest.senders import Sender
from store.connection import Connection
from store.queries import load
from wire.topics import Kind

_CHECKS_PER_PERIOD: Final = 10
_LONGEST_WAIT_S: Final = 10.0
"""Maximum seconds between two checks."""

_SET_S: Final = 5.0
"""Seconds. If the wall clock and the monotonic clock differ by more, the wall clock was set, not slewed."""


class Silence:
    """Queries the database at intervals for silent senders.

    Args:
        engine: holds the rules.
        database: holds when each sender was last heard.
        rule_events: writes the results.
        districts: the districts that this ingest serves and judges; empty for all.
        obstacle: why ingest cannot hear everyone; None if it can.
        clock: epoch seconds.
        steady: monotonic seconds. If the two clocks diverge, our clock was set, and the time since a sender
            was heard is unknown.
    """

    def __init__(
        self,
        *,
        engine: RuleEngine,
        database: Database,
        rule_events: RuleEventWriter,
        districts: Sequence[str] = (),
        obstacle: Callable[[], str | None],
        clock: Callable[[], float],
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rules = [rule for rule in engine.rules if isinstance(rule, Offline)]
        self._database = database
        self._rule_events = rule_events
        self._districts = list(districts)
        self._obstacle = obstacle
        self._clock = clock
        self._steady = steady
        self._between: float | None = None
        self._listening_since: float | None = None
        self._sql = load("rules")

    async def run(self) -> None:
        """Check again and again; never returns."""
        if not self._rules:
            await asyncio.Event().wait()
        patience = min(rule.after_s for rule in self._rules)
        while True:
            await asyncio.sleep(min(patience / _CHECKS_PER_PERIOD, _LONGEST_WAIT_S))
            await self.check()

    async def check(self) -> None:
        """Check once."""
        now = self._clock()
        between, self._between = self._between, now - self._steady()
        if between is not None and abs(self._between - between) > _SET_S:
            self._listening_since = None
        if self._obstacle() is not None:
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
        transitions = [
            (row["entity_id"], _transition(row, rule, began=row["heard_at"], ended=None, now=now))
            for row in await connection.fetch(
                self._sql["fallen_silent"],
                rule.name,
                kinds,
                received_at - timedelta(seconds=rule.after_s),
                self._districts,
            )
            if rule.concerns(Kind(row["kind"]), row["id"])
        ]
        transitions += [
            (row["entity_id"], _transition(row, rule, began=row["began_at"], ended=row["heard_at"], now=now))
            for row in await connection.fetch(self._sql["heard_again"], rule.name, self._districts)
        ]
        await self._rule_events.write(connection, transitions, received_at)


def _transition(
    row: asyncpg.Record, rule: Offline, *, began: datetime, ended: datetime | None, now: float
) -> Transition:
    began_s = began.timestamp()
    condition = (
        Condition(state=ConditionState.ON, began_s=began_s, fell_s=0.0, evaluated_s=now)
        if ended is None
        else None
    )
    return Transition(
        ordinal=0,
        sender=Sender(kind=Kind(row["kind"]), id=row["id"], district=row["district"], index=-1),
        rule=rule,
        area="",
        condition=condition,
        began_s=began_s,
        begun=ended is None,
        ended=ended is not None,
        event_s=began_s if ended is None else ended.timestamp(),
        at_s=now,
        lat=float("nan") if row["lat"] is None else row["lat"],
        lon=float("nan") if row["lon"] is None else row["lon"],
        value=None,
    )

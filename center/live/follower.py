"""Keeps the live state up to date from the database: polls moved entities, and is notified of other changes.

One separate connection does both. If it breaks, the status says so and the state stays unchanged; when the
database is back, everything that may have been missed is read again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import asyncpg
import msgspec

from casework.city_policy import CurrentPolicy
from center.cases import rows as case_rows
from center.cases.models import Case
from center.database import is_away
from center.history.rule_events import rule_event
from center.live import rows
from center.live.feed import LiveFeed
from center.live.models import DevicesLive, Still, SystemStatus
from center.live.state import MAX_RULE_EVENTS, LiveState
from center.metrics import Metrics
from center.models import EntityKind
from center.people.current_rights import CurrentRights
from store.connection import Connection, open_connection
from store.departments import Departments, read_departments
from store.errors import SchemaBehindError
from store.migrate import require_current
from store.operators import living_sessions
from store.people import take_in_departments
from store.quality import HIDDEN
from store.queries import load

log = logging.getLogger(__name__)

CONNECTING: Final = "connecting to the database"
AWAY: Final = "the database does not answer; what is shown is old"

_SQL = load("live")
_CASES = load("case_lists")
_PICTURES = load("pictures")
_RULE_EVENTS = load("rule_events")
_RULE_EVENTS_SINCE: Final = timedelta(days=1)
_OVERLAP: Final = timedelta(seconds=5)
"""Time that is read again, because transactions may commit in another order than they received."""
_WHOLE_EVERY_S: Final = 30.0
"""Time after which everything recent is read again, to find transactions that took longer than the
overlap."""
_STATUS_EVERY_S: Final = 2.0
_SESSIONS_EVERY_S: Final = 5.0
_RATE_OVER_S: Final = 10.0
_LAG_OVER: Final = timedelta(seconds=15)
_LONGEST_WAIT_S: Final = 2.0
_BOX_SILENT: Final = timedelta(minutes=3)
"""A box publishes its status at least once a minute."""
_BOX_FORGOTTEN: Final = timedelta(days=7)
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


def nothing_known(at: datetime) -> SystemStatus:
    """The status strip before the first answer of the database."""
    return SystemStatus(
        at=at,
        devices=[],
        messages_per_s=None,
        lag_p50_s=None,
        lag_p99_s=None,
        cases_open=0,
        cases_overdue=0,
        browsers=0,
        waiting=CONNECTING,
    )


@dataclass(slots=True, kw_only=True)
class _Heard:
    """Notifications since the last look."""

    cases: set[str] = field(default_factory=set)
    stills: set[str] = field(default_factory=set)
    rule_events: bool = False
    notices: set[str] = field(default_factory=set)
    something: asyncio.Event = field(default_factory=asyncio.Event)

    def case(self, *told: Any) -> None:
        self.cases.add(told[-1])
        self.something.set()

    def still(self, *told: Any) -> None:
        self.stills.add(told[-1])
        self.something.set()

    def rule_event(self, *_told: Any) -> None:
        self.rule_events = True

    def notice(self, *told: Any) -> None:
        self.notices.add(told[-1])
        self.something.set()


class DatabaseFollower:
    """Keeps the live state as in the database.

    Args:
        url: of the database.
        patience_s: seconds after which a silent database counts as unreachable.
        state: the live state.
        feed: is woken after changes.
        policy: titles of cases, and departments.
        rights: gets the present version of the table of rights.
        metrics: measures the time for reading.
        read_s: seconds between two polls.
        gone: time without a fix after which an entity leaves the map.
        idle: time without use after which a session ends.
        clock: returns now, aware.
    """

    def __init__(
        self,
        *,
        url: str,
        patience_s: float,
        state: LiveState,
        feed: LiveFeed,
        policy: CurrentPolicy,
        rights: CurrentRights,
        metrics: Metrics,
        read_s: float,
        gone: timedelta,
        idle: timedelta,
        clock: Callable[[], datetime],
    ) -> None:
        self._url = url
        self._patience_s = patience_s
        self._state = state
        self._feed = feed
        self._policy = policy
        self._rights = rights
        self._metrics = metrics
        self._read_s = read_s
        self._gone = gone
        self._idle = idle
        self._clock = clock
        self._departments = Departments.of(())
        self._received_at = _LONG_AGO
        self._stored: deque[tuple[float, int]] = deque()
        self.waiting: str | None = CONNECTING
        """Why the feed waits; None while the database answers."""

    async def run(self) -> None:
        """Follow the database; never returns.

        Raises:
            SchemaError: the database is not one that this program may use.
        """
        wait_s = 0.1
        while True:
            try:
                await self._follow()
            except Exception as error:
                if not is_away(error) and not isinstance(error, SchemaBehindError):
                    raise
                wait_s = 0.1 if self.waiting is None else min(wait_s * 2, _LONGEST_WAIT_S)
                self._lose(str(error) or type(error).__name__)
            await asyncio.sleep(wait_s)

    async def _follow(self) -> None:
        connection = await open_connection(self._url, application="streetwarden center live")
        try:
            await self._within_patience(require_current(connection))
            await self._within_patience(take_in_departments(connection, self._policy().departments.values()))
            heard = _Heard()
            connection.add_termination_listener(lambda _: heard.something.set())
            await self._within_patience(connection.add_listener("streetwarden_cases", heard.case))
            await self._within_patience(connection.add_listener("streetwarden_stills", heard.still))
            await self._within_patience(connection.add_listener("streetwarden_rule_events", heard.rule_event))
            await self._within_patience(connection.add_listener("streetwarden_notices", heard.notice))
            await self._within_patience(self._read_everything(connection))
            log.info("following the database")
            self.waiting = None
            await self._keep_up(connection, heard)
        finally:
            connection.terminate()

    async def _keep_up(self, connection: Connection, heard: _Heard) -> None:
        loop = asyncio.get_running_loop()
        whole_s = sessions_s = loop.time()
        status_s = read_s = 0.0
        while True:
            now_s = loop.time()
            if now_s - read_s >= self._read_s:
                whole = now_s - whole_s >= _WHOLE_EVERY_S
                with self._metrics.reading.time():
                    await self._within_patience(self._read_moved(connection, whole=whole))
                if heard.rule_events:
                    heard.rule_events = False
                    await self._within_patience(self._read_rule_events(connection))
                read_s, whole_s = now_s, now_s if whole else whole_s
            if now_s - status_s >= _STATUS_EVERY_S:
                await self._within_patience(self._read_status(connection))
                status_s = now_s
            if now_s - sessions_s >= _SESSIONS_EVERY_S:
                await self._within_patience(self._end_sessions(connection))
                sessions_s = now_s
            await self._within_patience(self._read_heard(connection, heard))
            logins, heard.notices = heard.notices, set()
            self._feed.tell_notices(logins)
            heard.something.clear()
            if not (heard.cases or heard.stills or heard.notices):
                await _wait(heard.something, read_s + self._read_s - loop.time())

    async def _read_everything(self, connection: Connection) -> None:
        await self._read_moved(connection, whole=True)
        stills = [Still(**row) for row in await connection.fetch(_PICTURES["still_times"], None)]
        self._state.update_stills(stills, now=self._clock())
        await self._read_rule_events(connection)
        self._departments = await read_departments(connection)
        still_open = await self._cases(connection, await connection.fetch(_CASES["open_cases"]))
        ended = {case.number for case in self._state.open_cases()} - {case.number for case in still_open}
        closed = await connection.fetch(_CASES["cases_by_number"], list(ended)) if ended else []
        self._update_cases([*still_open, *await self._cases(connection, closed)])

    async def _read_moved(self, connection: Connection, *, whole: bool) -> None:
        now = self._clock()
        oldest = now - self._gone
        # not later than now, because ingest's clock may have been ahead for a while
        after = _LONG_AGO if whole else min(self._received_at, now) - _OVERLAP
        found = [
            rows.entity(row) for row in await connection.fetch(_SQL["moved"], after, oldest, int(HIDDEN))
        ]
        self._received_at = max((entity.received_at for entity in found), default=self._received_at)
        self._state.update_entities(found, now=now)
        self._state.expire(before=oldest, now_s=asyncio.get_running_loop().time())

    async def _read_rule_events(self, connection: Connection) -> None:
        found = await connection.fetch(
            _RULE_EVENTS["newest"], MAX_RULE_EVENTS, self._clock() - _RULE_EVENTS_SINCE
        )
        self._state.update_rule_events(map(rule_event, found))

    async def _read_heard(self, connection: Connection, heard: _Heard) -> None:
        numbers, heard.cases = heard.cases, set()
        cameras, heard.stills = heard.stills, set()
        if numbers:
            self._departments = await read_departments(connection)
            changed = await connection.fetch(_CASES["cases_by_number"], list(numbers))
            self._update_cases(await self._cases(connection, changed))
        if cameras:
            found = await connection.fetch(_PICTURES["still_times"], list(cameras))
            self._state.update_stills([Still(**row) for row in found], now=self._clock())

    async def _read_status(self, connection: Connection) -> None:
        now = self._clock()
        devices = {
            row["kind"]: DevicesLive(kind=EntityKind(row["kind"]), live=row["live"], known=row["known"])
            for row in await connection.fetch(_SQL["devices"], now - self._gone)
        }
        lag = await connection.fetchval(_SQL["lag"], now - _LAG_OVER, int(HIDDEN))
        stored = await connection.fetchval(_SQL["stored"])
        boxes = await connection.fetchrow(_SQL["boxes"], now - _BOX_SILENT, now - _BOX_FORGOTTEN)
        assert boxes is not None
        self._metrics.set_boxes(dict(boxes))
        open_cases = self._state.open_cases()
        self._state.set_status(
            SystemStatus(
                at=now,
                devices=[devices.get(kind) or DevicesLive(kind=kind, live=0, known=0) for kind in EntityKind],
                messages_per_s=self._rate(stored),
                lag_p50_s=None if lag is None else round(lag[0], 3),
                lag_p99_s=None if lag is None else round(lag[1], 3),
                cases_open=len(open_cases),
                cases_overdue=sum(
                    case.deadline_at is not None and case.deadline_at < now for case in open_cases
                ),
                browsers=self._feed.browsers,
                waiting=None,
            )
        )

    async def _end_sessions(self, connection: Connection) -> None:
        """Close feeds of sessions that have ended or whose view has changed."""
        fed = self._feed.sessions()
        living = await living_sessions(connection, list(fed), now=self._clock(), idle=self._idle)
        for token_hash in fed - living.keys():
            self._feed.end(token_hash)
        for session in living.values():
            await self._rights.follow(connection, session.rights_version)
            self._feed.follow(session, self._rights.rights)

    def _rate(self, stored: int) -> float | None:
        """Rows stored a second; None until there are two counts, or after the count was reset."""
        now_s = asyncio.get_running_loop().time()
        if self._stored and stored < self._stored[-1][1]:
            self._stored.clear()
        self._stored.append((now_s, stored))
        while now_s - self._stored[0][0] > _RATE_OVER_S:
            self._stored.popleft()
        then_s, then = self._stored[0]
        return round((stored - then) / (now_s - then_s), 1) if now_s > then_s else None

    def _update_cases(self, cases: Any) -> None:
        self._state.update_cases(cases, now_s=asyncio.get_running_loop().time())

    async def _cases(self, connection: Connection, rows: Sequence[asyncpg.Record]) -> list[Case]:
        names = await case_rows.assignee_names(connection, *rows)
        return [case_rows.case(row, self._policy(), self._departments, names) for row in rows]

    def _lose(self, cause: str) -> None:
        if self.waiting != cause:
            log.warning("the live feed waits: %s", cause)
        self.waiting = cause
        self._stored.clear()
        known = self._state.status
        self._state.set_status(
            msgspec.structs.replace(
                known,
                at=self._clock(),
                messages_per_s=None,
                lag_p50_s=None,
                lag_p99_s=None,
                browsers=self._feed.browsers,
                waiting=AWAY,
            )
        )
        self._feed.tell()

    async def _within_patience(self, question: Any) -> None:
        async with asyncio.timeout(self._patience_s):
            await question


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, at most this many seconds."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass

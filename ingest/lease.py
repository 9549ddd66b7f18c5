"""Two ingests on one database never use the same session at the broker.

A broker gives a session to the client that connected last, so two clients would take it from each other for
ever. Before the first connection, ingest takes an advisory lock in the database for each of its sessions, on
a separate connection; PostgreSQL frees the lock when that connection ends for any reason. A second ingest
waits a little, because a rolling restart starts the new one before the old one has ended. Then it ends with
an error that names the first. While the database is unavailable nobody can take a lock, and the broker keeps
the messages.

The lock is not needed for safety: a session that is taken over loses nothing. If it does not see the other
ingest (another database, a network partition), the broker's DISCONNECT 0x8E ends the program
(ingest/session.py).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import socket
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import asyncpg

from ingest.errors import IngestError
from store.connection import UNREACHABLE, Connection, open_connection, unreachable
from store.errors import DatabaseUnreachableError, SchemaBehindError
from store.migrate import require_current
from store.queries import load

log = logging.getLogger(__name__)

_LOOK_S: Final = 5.0
_TRY_S: Final = 0.25
_AGAIN_S: Final = 1.0
_SILENT_S: Final = 30.0
_KEEP_ALIVE: Final = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
"""TCP keepalive: a machine that vanished loses its locks after 25 s, not after two hours."""


class SessionTakenError(IngestError):
    """Another ingest uses one of our sessions; stop it, or give this one accounts of its own."""


class Session(Protocol):
    """An MQTT session, as the lease uses it."""

    client_id: str

    filters: tuple[str, ...]
    stale: tuple[str, ...]

    def give_up(self, patterns: Sequence[str]) -> None:
        """Unsubscribe from these filters at the next connection."""


class Lease:
    """Takes and keeps the locks.

    Args:
        url: of the database.
        sessions: the sessions to lock.
        districts: the districts that this ingest serves; empty for all.
        stale: filters to unsubscribe from in a session without a database row; an earlier release may have
            subscribed to them.
        wait_s: seconds to wait for another ingest that is about to end.
        held: set once all locks are taken; it stays set while the database is unavailable.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        *,
        url: str,
        sessions: Sequence[Session],
        districts: Sequence[str],
        stale: Sequence[str],
        wait_s: float,
        held: asyncio.Event,
        clock: Callable[[], float],
    ) -> None:
        self._url = url
        self._sessions = sorted(sessions, key=lambda session: session.client_id)
        self._districts = list(districts)
        self._stale = tuple(stale)
        self._wait_s = wait_s
        self._clock = clock
        self._instance = f"{socket.gethostname()}:{os.getpid()}"
        self._refused_since: float | None = None
        self._noted: dict[str, tuple[str, ...]] = {}
        self._sql = load("sessions")
        self._held = held
        self.waiting: str | None = "waiting for the database, to check that no other ingest uses our sessions"
        """Why the locks are not taken; None once they are."""

    async def run(self) -> None:
        """Take the locks, keep them, and take them again after a lost connection; never returns.

        Raises:
            SessionTakenError: another ingest has one of them.
            SchemaError: the database is newer than this program, or not ours.
        """
        while True:
            try:
                await self._keep()
            except (DatabaseUnreachableError, SchemaBehindError) as error:
                self._wait_for(str(error))
            except (*UNREACHABLE, asyncpg.PostgresError) as error:
                self._wait_for(str(unreachable(self._url, error)))
            await asyncio.sleep(_AGAIN_S)

    async def _keep(self) -> None:
        connection = await open_connection(
            self._url, application=f"streetwarden ingest {self._instance}"[:63], settings=_KEEP_ALIVE
        )
        try:
            async with asyncio.timeout(_SILENT_S):
                await require_current(connection)
            while not await self._take(connection):  # noqa: ASYNC110 the event is in the database
                await asyncio.sleep(_TRY_S)
            self._refused_since = self.waiting = None
            self._held.set()
            while True:
                async with asyncio.timeout(_SILENT_S):
                    await self._note_subscriptions(connection)
                await asyncio.sleep(_LOOK_S)
        finally:
            connection.terminate()

    async def _take(self, connection: Connection) -> bool:
        """Take all locks or none; returns whether they are taken."""
        async with asyncio.timeout(_SILENT_S):
            for session in self._sessions:
                if not await connection.fetchval(self._sql["lock_session"], _key(session.client_id)):
                    await connection.execute(self._sql["unlock_sessions"])
                    self._refuse(
                        session, await connection.fetchrow(self._sql["who_has_session"], session.client_id)
                    )
                    return False
            for session in self._sessions:
                known = await connection.fetchval(self._sql["filters_of_session"], session.client_id)
                if not self._held.is_set():
                    earlier = self._stale if known is None else tuple(known)
                    session.give_up([each for each in earlier if each not in session.filters])
                await self._note(connection, session)
        return True

    def _refuse(self, session: Session, row: asyncpg.Record | None) -> None:
        """Report the holder of the lock, and wait for a limited time.

        Raises:
            SessionTakenError: that time is over.
        """
        who = (
            "another ingest"
            if row is None
            else f"the ingest {row['instance']} (since {row['since']:%F %T} UTC)"
        )
        self._wait_for(f"{who} has the broker session {session.client_id!r}; waiting for it to end")
        if row is not None and row["instance"] == self._instance:
            return  # our own earlier connection, whose end PostgreSQL has not noticed yet
        self._refused_since = self._refused_since or self._clock()
        if self._clock() - self._refused_since >= self._wait_s:
            raise SessionTakenError(
                f"{who} has the broker session {session.client_id!r} already; stop it, or give this one "
                "accounts of its own in broker.user and incidents.user"
            )

    async def _note_subscriptions(self, connection: Connection) -> None:
        """Keep the stored topic filters of our sessions up to date, and check that the connection lives."""
        await connection.execute("SELECT 1")
        for session in self._sessions:
            if self._noted.get(session.client_id) != (*session.filters, *session.stale):
                await self._note(connection, session)

    async def _note(self, connection: Connection, session: Session) -> None:
        filters = (*session.filters, *session.stale)
        await connection.execute(
            self._sql["note_session"], session.client_id, self._instance, self._districts, list(filters)
        )
        self._noted[session.client_id] = filters

    def _wait_for(self, waiting: str) -> None:
        if self._held.is_set():
            return  # the connection pools report this too, and the MQTT sessions go on
        if self.waiting != waiting:
            log.warning("%s", waiting)
        self.waiting = waiting


def _key(client_id: str) -> int:
    """The key of a session's advisory lock."""
    digest = hashlib.sha256(f"streetwarden ingest session {client_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)

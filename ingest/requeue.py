"""Takes messages out of the quarantine again, at the request of `streetwarden quarantine requeue`.

The request is a mark in the table; only a role that may write to the database can set it, never a device. A
marked message goes into the inbox of its session as if it came from the broker, so all checks apply: limits,
flags, rules, natural keys. Its row is deleted after the commit of its new fate, or stays with the new reason
if the message is refused again. After a crash in between, the message is taken once more, as a duplicate.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Final

import asyncpg

from ingest.adapters.table import Table
from ingest.database import Database
from ingest.inbox import Inbox
from ingest.ledger import Ledger
from ingest.packets import Delivery
from ingest.session import INCIDENTS, POSITIONS, STREAMS
from store.quarantine import is_whole
from store.queries import load

log = logging.getLogger(__name__)

_LOOK_S: Final = 1.0
_AT_ONCE: Final = 20


class _RequeuedLink:
    """The link of one message from the quarantine; its PUBACK tells that the message has its fate."""

    def __init__(self) -> None:
        self.settled = asyncio.Event()

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        del deliveries
        self.settled.set()

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Requeue:
    """Looks for marked messages at intervals.

    Args:
        database: holds the quarantine.
        inboxes: by session.
        ledgers: by session.
        foreign: the adapters, for topics that are not ours.
        districts: the districts that this ingest serves; empty for all.
    """

    def __init__(
        self,
        *,
        database: Database,
        inboxes: Mapping[str, Inbox],
        ledgers: Mapping[str, Ledger],
        foreign: Table,
        districts: Sequence[str],
    ) -> None:
        self._database = database
        self._inboxes = inboxes
        self._ledgers = ledgers
        self._foreign = foreign
        self._districts = list(districts)
        self._sql = load("quarantine")

    async def run(self) -> None:
        """Look again and again; never returns."""
        while True:
            rows = await self._database.transact(
                lambda connection: connection.fetch(self._sql["requeued"], _AT_ONCE, self._districts)
            )
            await asyncio.gather(*(self._take(row) for row in rows))
            await asyncio.sleep(0 if rows else _LOOK_S)

    async def _take(self, row: asyncpg.Record) -> None:
        """Process one message until it has its new fate."""
        fingerprint = row["fingerprint"]
        if not is_whole(row):
            log.warning("message %d of the quarantine cannot be requeued: it was cut", row["quarantine_id"])
            await self._database.transact(
                lambda connection: connection.execute(self._sql["unmark"], fingerprint)
            )
            return
        topic = row["topic"].encode()
        session = self._session_of(topic)
        link = _RequeuedLink()
        await self._inboxes[session].room()
        self._ledgers[session].receive(1)
        self._inboxes[session].put_again(
            link,
            (topic, row["payload"], 0),
            received_at=row["last_seen"].timestamp(),
            requeued=fingerprint,
        )
        await link.settled.wait()
        await self._database.transact(
            lambda connection: connection.execute(self._sql["settle_requeued"], fingerprint)
        )

    def _session_of(self, topic: bytes) -> str:
        adapter = self._foreign.find(topic)
        if adapter is not None:
            return INCIDENTS if adapter.reports_incidents else POSITIONS
        stream = topic.rpartition(b"/")[2].decode("utf-8", "replace")
        return INCIDENTS if stream in STREAMS[INCIDENTS] else POSITIONS

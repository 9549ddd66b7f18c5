"""Takes messages out of the quarantine again, when `streetwarden quarantine requeue` has asked for them.

The request is a mark in the table, which only who may write to the database can set; no device reaches this
way. A marked message goes into the inbox of its session as if it had come from the broker, so that everything
applies to it: limits, flags, rules, natural keys. Its row goes after the commit of its new fate, or stays
with the new reason if it is refused again. After a crash in between it is taken once more, as a duplicate.
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


class _Again:
    """The link of one message out of the quarantine: what would be its PUBACK says that it has its fate."""

    def __init__(self) -> None:
        self.settled = asyncio.Event()

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        del deliveries
        self.settled.set()

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Requeue:
    """Looks for marked messages now and then.

    Args:
        database: where they are.
        inboxes: of each session.
        ledgers: likewise.
        foreign: the adapters, for topics that are not ours.
        districts: those that this ingest serves; empty for all.
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
        """Bring one message to its new fate."""
        fingerprint = row["fingerprint"]
        if not is_whole(row):
            log.warning(
                "message %d of the quarantine cannot be taken again: it was cut", row["quarantine_id"]
            )
            await self._database.transact(
                lambda connection: connection.execute(self._sql["unmark"], fingerprint)
            )
            return
        topic = row["topic"].encode()
        session = self._session_of(topic)
        link = _Again()
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

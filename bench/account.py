"""The ledger of a chaos run: compares acknowledged messages with the tables."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self

import asyncpg

from bench.fleet import Message

Key = tuple[str, str, int]
"""Stream, `{kind}/{id}`, microseconds since 1970: the natural key of a message."""

_STORED: Final = """
SELECT 'position', kind || '/' || id, (EXTRACT(epoch FROM time) * 1000000)::bigint
FROM position JOIN entity USING (entity_id) WHERE received_at >= $1
UNION ALL
SELECT 'telemetry', kind || '/' || id, (EXTRACT(epoch FROM time) * 1000000)::bigint
FROM telemetry JOIN entity USING (entity_id) WHERE received_at >= $1
"""
_QUARANTINED: Final = "SELECT payload FROM quarantine WHERE last_seen >= $1"
_DOUBLED: Final = """
SELECT (SELECT count(*) - count(DISTINCT (entity_id, time)) FROM position)
     + (SELECT count(*) - count(DISTINCT (entity_id, time)) FROM telemetry)
"""
_LATEST_WRONG: Final = """
WITH newest AS (SELECT entity_id, max(time) AS time FROM position WHERE flags & $1 = 0 GROUP BY entity_id)
SELECT count(*) FROM newest FULL JOIN latest_position AS latest USING (entity_id)
WHERE newest.time IS DISTINCT FROM latest.time
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The result.

    Attributes:
        acked: messages that the broker acknowledged to their device.
        stored: acknowledged messages that have a row.
        quarantined: acknowledged messages that are in the quarantine, as expected.
        lost: acknowledged messages that are nowhere.
        doubled: rows whose key another row has too.
        unaccounted: rows that no device sent, unexpected messages in the quarantine, and messages that ingest
            received without a fate.
        latest_wrong: entities whose latest position is not their newest good fix.
        forgetful_acked: messages that the broker acknowledged to devices that do not keep them.
        forgetful_lost: those of them that are nowhere.
        broker_dropped: messages that the broker dropped for lack of space, by its own count, in all sessions.
    """

    acked: int
    stored: int
    quarantined: int
    lost: int
    doubled: int
    unaccounted: int
    latest_wrong: int
    forgetful_acked: int
    forgetful_lost: int
    broker_dropped: int

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong."""
        return self.lost == self.doubled == self.unaccounted == self.latest_wrong == 0


@dataclass(slots=True, kw_only=True)
class Ledger:
    """The sent and the acknowledged messages.

    Attributes:
        keys: of messages that are not acknowledged yet.
        sent: keys of all messages.
        acked: keys of messages that were acknowledged to devices that keep them.
        forgetful: keys of messages that were acknowledged to devices that do not keep them.
        refusable: keys of messages that must go to the quarantine, by payload.
    """

    keys: dict[Message, Key] = field(default_factory=dict)
    sent: set[Key] = field(default_factory=set)
    acked: set[Key] = field(default_factory=set)
    forgetful: set[Key] = field(default_factory=set)
    refusable: dict[bytes, Key] = field(default_factory=dict)

    def acknowledge(self, message: Message) -> None:
        """Record that the broker acknowledged a message to a device that keeps it."""
        self.acked.add(self.keys.pop(message))

    def acknowledge_forgetful(self, message: Message) -> None:
        """Record that the broker acknowledged a message to a device that does not keep it."""
        self.forgetful.add(self.keys.pop(message))

    async def compare(
        self,
        database_url: str,
        *,
        since: datetime,
        acked: set[Key],
        forgetful: set[Key],
        hidden: int,
        without_fate: int,
        broker_dropped: int,
    ) -> Account:
        """Compare with the tables.

        Args:
            database_url: of the tables.
            since: only rows received from then on.
            acked: the keys to look for.
            forgetful: the keys of devices that do not keep messages.
            hidden: the quality flags that keep a fix off the map.
            without_fate: messages that ingest received without a fate, by its metrics.
            broker_dropped: messages that the broker dropped, by its own count.
        """
        connection = await asyncpg.connect(database_url)
        try:
            rows = [tuple(row) for row in await connection.fetch(_STORED, since)]
            payloads = [row[0] for row in await connection.fetch(_QUARANTINED, since)]
            doubled = await connection.fetchval(_DOUBLED)
            latest_wrong = await connection.fetchval(_LATEST_WRONG, hidden)
        finally:
            await connection.close()
        there: set[Any] = set(rows)
        found = [self.refusable.get(payload) for payload in payloads]
        refused = {key for key in found if key is not None}
        return Account(
            acked=len(acked),
            stored=len(acked & there),
            quarantined=len(acked & refused),
            lost=len(acked - there - refused),
            doubled=doubled,
            unaccounted=len(there - self.sent) + found.count(None) + abs(without_fate),
            latest_wrong=latest_wrong,
            forgetful_acked=len(forgetful),
            forgetful_lost=len(forgetful - there - refused),
            broker_dropped=broker_dropped,
        )


class Watch:
    """Scrapes `/metrics` repeatedly in a thread of its own; at every scrape the fates must add up.

    Args:
        metrics: scrapes ingest, which may be away.
    """

    def __init__(self, metrics: Callable[[], dict[str, float]]) -> None:
        self._metrics = metrics
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scrape", daemon=True)
        self.scrapes = 0
        self.unbalanced = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._end.wait(0.1):
            try:
                metrics = self._metrics()
            except OSError:
                continue
            self.scrapes += 1
            self.unbalanced += without_fate(metrics) != 0


def without_fate(metrics: dict[str, float]) -> int:
    """Received messages minus those with a fate and those in flight: must be zero at every scrape."""
    received, fates, in_flight = (
        total(metrics, f"streetwarden_ingest_messages{name}")
        for name in ("_received_total", "_total", "_in_flight")
    )
    return received - fates - in_flight


def total(metrics: dict[str, float], name: str) -> int:
    """A metric, summed over all its labels."""
    return sum(int(value) for sample, value in metrics.items() if sample.partition("{")[0] == name)

"""The quarantine for people: list refused messages, and ask for messages to be requeued."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg

from store.connection import Connection
from store.queries import load

_SQL: Final = load("quarantine")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """One row: a refused message, and its repeats.

    Attributes:
        number: identifies it to people.
        topic: as text; cut, and with unprintable characters replaced.
        payload: its beginning, or all of it.
        size: bytes of the whole payload.
        reason: the class of rule, a colon, and the rule.
        first_seen, last_seen: when it was received.
        count: how often it was received.
        requeued_at: when somebody asked for it to be requeued; None if nobody did.
        is_whole: whether topic and payload are exactly as received, so that it can be requeued.
    """

    number: int
    topic: str
    payload: bytes
    size: int
    reason: str
    first_seen: datetime
    last_seen: datetime
    count: int
    requeued_at: datetime | None
    is_whole: bool

    @property
    def class_of_reason(self) -> str:
        """The class of the reason, its first word."""
        return self.reason.partition(":")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result for requeued messages.

    Attributes:
        taken: number of messages that were stored, known already, or ignored, and left the quarantine.
        refused: the numbers of those that were refused again, with the reason.
        waiting: the numbers of those that no ingest has processed yet.
    """

    taken: int
    refused: dict[int, str]
    waiting: int


def fingerprint_of(topic: bytes, reason: str, payload: bytes) -> bytes:
    """The key of a refusal's row; it also shows later whether the row has the whole message.

    Args:
        topic: as received.
        reason: the class of rule.
        payload: as received; of an oversized one, its beginning.
    """
    return hashlib.sha256(b"\0".join((topic, reason.encode(), payload))).digest()


def is_whole(row: asyncpg.Record) -> bool:
    """Whether a row has topic and payload exactly as received."""
    kind = row["reason"].partition(":")[0]
    return bool(
        len(row["payload"]) == row["payload_bytes"]
        and kind != "packet"  # the packet itself was malformed
        and fingerprint_of(row["topic"].encode(), kind, row["payload"]) == row["fingerprint"]
    )


async def refused(
    connection: Connection,
    *,
    reason: str | None = None,
    topic: str | None = None,
    since: datetime | None = None,
    maximum: int = 100,
) -> list[Refused]:
    """The newest rows.

    Args:
        connection: any.
        reason: only of this class.
        topic: only on topics that match this MQTT filter.
        since: only rows seen since then.
        maximum: maximum number of rows.
    """
    pattern = None if topic is None else _as_expression(topic)
    rows = await connection.fetch(_SQL["list_quarantine"], reason, pattern, since, maximum)
    return [_refused(row) for row in rows]


async def find(connection: Connection, number: int) -> Refused | None:
    """One row by its number; None if there is none."""
    row = await connection.fetchrow(_SQL["show_quarantine"], number)
    return None if row is None else _refused(row)


async def requeue(connection: Connection, numbers: Sequence[int]) -> None:
    """Ask the ingest that serves their district to process messages again."""
    await connection.execute(_SQL["requeue"], list(numbers))


async def outcome(connection: Connection, numbers: Sequence[int]) -> Outcome:
    """The present result for requeued messages."""
    there = await connection.fetch(_SQL["requeue_outcome"], list(numbers))
    again = {row["quarantine_id"]: row["reason"] for row in there if not row["waiting"]}
    waiting = len(there) - len(again)
    return Outcome(taken=len(numbers) - len(there), refused=again, waiting=waiting)


def _refused(row: asyncpg.Record) -> Refused:
    return Refused(
        number=row["quarantine_id"],
        topic=row["topic"],
        payload=row["payload"],
        size=row["payload_bytes"],
        reason=row["reason"],
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        count=row["count"],
        requeued_at=row["requeued_at"],
        is_whole=is_whole(row),
    )


def _as_expression(topic_filter: str) -> str:
    """An MQTT topic filter as a regular expression."""
    levels = ["[^/]+" if level == "+" else re.escape(level) for level in topic_filter.split("/")]
    if levels[-1] == re.escape("#"):
        return f"^{'/'.join(levels[:-1])}(/.*)?$" if levels[:-1] else ""
    return f"^{'/'.join(levels)}$"

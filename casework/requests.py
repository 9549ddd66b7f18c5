"""Repeated requests: one with an idempotency key is performed once and always answered the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import msgspec

from casework.errors import ReusedKeyError
from store.connection import Connection
from store.queries import load

_SQL = load("workflows")

KEPT: Final = timedelta(days=7)
"""How long an answer is remembered: longer than a phone is without a network."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a request: the case, and the newest event that it wrote."""

    number: str
    sequence: int


def digest_of(*parts: Any) -> bytes:
    """Identifies a request: the same for the same parts."""
    return sha256(msgspec.json.encode(parts, order="deterministic")).digest()


async def find_answer(connection: Connection, actor: str, key: str, request: bytes) -> Answer | None:
    """The earlier answer to a request; locks the key until the transaction ends.

    Args:
        connection: in a transaction.
        actor: the sender; others may use the same key.
        key: the idempotency key.
        request: from `digest_of`.

    Raises:
        ReusedKeyError: the key belongs to another request.
    """
    await connection.execute(_SQL["lock_request"], actor, key)
    row = await connection.fetchrow(_SQL["request"], actor, key)
    if row is None:
        return None
    if row["request"] != request:
        raise ReusedKeyError(f"the idempotency key {key!r} belongs to another request; make a new key")
    return Answer(row["number"], row["sequence"])


async def keep_answer(
    connection: Connection, actor: str, key: str, request: bytes, answer: Answer, *, at: datetime
) -> None:
    """Remember an answer, in the transaction of its action; old answers are deleted."""
    await connection.execute(_SQL["forget_requests"], at - KEPT)
    await connection.execute(_SQL["add_request"], actor, key, request, answer.number, answer.sequence, at)

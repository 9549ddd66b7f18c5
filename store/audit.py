"""The audit log: who looked at a person's track or an original picture, and who changed people and rights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from store.connection import Connection
from store.queries import load

_SQL = load("people")


async def note(
    connection: Connection,
    *,
    login: str,
    action: str,
    subject: str,
    detail: Mapping[str, Any] | None = None,
    client: str | None = None,
) -> None:
    """Append an entry. It is in the same transaction as the action, so nothing happens without a record.

    Args:
        connection: in the transaction of the action, if that changes anything.
        login: who acted; `system/…` for a command.
        action: the right that was used.
        subject: what it was used on.
        detail: further details, as JSON.
        client: the address of the request.
    """
    await connection.execute(_SQL["note_audit"], login, action, subject, dict(detail or {}), client)

"""The audit log: who looked at a person's track or a picture's original, who changed people and rights."""

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
    """Append an entry. It is refused with the transaction, so that nothing happens unseen.

    Args:
        connection: in the transaction of what is noted, if that changes something.
        login: who; `system/…` for a command.
        action: the right that was used.
        subject: what it was used on.
        detail: what else there is to say, as JSON.
        client: the address that it came from.
    """
    await connection.execute(_SQL["note_audit"], login, action, subject, dict(detail or {}), client)

"""API keys of the systems that send reports of citizens (GeoReport v2).

Only the holder knows a key: the table has its SHA-256, so a copy of the database opens nothing.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Any, Final

from store import audit
from store.connection import Connection
from store.errors import PeopleError
from store.queries import load

_SQL = load("service_requests")

PER_MINUTE: Final = 30
PER_DAY: Final = 2000
"""The limits of a new key, unless others are given."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
_PREFIX: Final = "sw_"
"""Lets secret scanners find keys that somebody published by mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A valid key.

    Attributes:
        name: of the system that has it.
        per_minute: the maximum number of reports; `per_day` likewise.
    """

    name: str
    per_minute: int
    per_day: int

    @property
    def channel(self) -> str:
        """The sender of its reports, as cases name it."""
        return f"open311/{self.name}"


def hash_key(key: str) -> bytes:
    """The hash of a key, as in the table."""
    return hashlib.sha256(key.encode()).digest()


async def issue_key(
    connection: Connection,
    *,
    name: str,
    contact: str,
    per_minute: int = PER_MINUTE,
    per_day: int = PER_DAY,
    by: str,
    client: str | None = None,
) -> str:
    """Make a key; it is returned once, and cannot be read again.

    Args:
        connection: the owner's or the center's.
        name: of the system: lower-case letters, digits, `.`, `_` and `-`.
        contact: whom to write to about it.
        per_minute: the maximum number of reports in a minute.
        per_day: the maximum number of reports in a day.
        by: who issues it, for the audit log.
        client: the address of the request.

    Raises:
        PeopleError: the name is malformed, or was used before.
    """
    if not _NAME.fullmatch(name):
        raise PeopleError(
            f"{name!r} cannot be the name of a key; use up to 32 lower-case letters, digits, '.', '_' and '-'"
        )
    key = _PREFIX + secrets.token_urlsafe(24)
    async with connection.transaction():
        new = await connection.fetchval(
            _SQL["add_key"], name, hash_key(key), contact, per_minute, per_day, by
        )
        if not new:
            raise PeopleError(f"there is or was a key of the name {name}; choose another name")
        await audit.note(
            connection, login=by, action="api_key.issue", subject=name,
            detail={"per_minute": per_minute, "per_day": per_day}, client=client,
        )  # fmt: skip
    return key


async def revoke_key(connection: Connection, name: str, *, by: str, client: str | None = None) -> None:
    """Revoke a key: it opens nothing any more, and its name stays used.

    Raises:
        PeopleError: there is no valid key of that name.
    """
    async with connection.transaction():
        if not await connection.fetchval(_SQL["revoke_key"], name):
            raise PeopleError(f"there is no valid key of the name {name}; list the keys")
        await audit.note(connection, login=by, action="api_key.revoke", subject=name, client=client)


async def find_key(connection: Connection, key: str) -> ApiKey | None:
    """The valid key with this text; None if there is none."""
    row = await connection.fetchrow(_SQL["key_by_hash"], hash_key(key))
    return None if row is None else ApiKey(**row)


async def keys(connection: Connection) -> list[dict[str, Any]]:
    """All keys that were ever issued, without their text."""
    return [dict(row) for row in await connection.fetch(_SQL["keys"])]

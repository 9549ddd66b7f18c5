"""Programs under test use their own database roles, as in an installation; tests use the owner."""

from __future__ import annotations

from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from store.roles import ROLES, set_password

PASSWORD = "a role's password"
_can_log_in = False


async def let_in(administrator_url: str) -> None:
    """Give the migrated roles a password; if we may not, programs use the owner."""
    global _can_log_in  # noqa: PLW0603 (one server a run)
    connection = await asyncpg.connect(administrator_url)
    try:
        _can_log_in = await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if _can_log_in:
            for role in ROLES:
                await set_password(connection, role, PASSWORD)
    finally:
        await connection.close()


def as_role(url: str, role: str) -> str:
    """A database's address for a role."""
    if not _can_log_in:
        return url
    return login(url, role, PASSWORD)


def login(url: str, user: str, password: str) -> str:
    """A database's address for a user."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password)}@{host}"))

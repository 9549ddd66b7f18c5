"""Database roles: each program uses one that owns nothing and has only the rights in `grants.sql`.

Roles belong to the whole cluster, and only a role with CREATEROLE (or a superuser) may create them. If they
are missing, programs run as the owner, and `streetwarden doctor` reports it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from importlib.resources import files
from typing import Final

import asyncpg

from store.connection import Connection
from store.errors import StoreError

INGEST: Final = "streetwarden_ingest"
CENTER: Final = "streetwarden_center"
WORKER: Final = "streetwarden_worker"
MAINTENANCE: Final = "streetwarden_maintenance"
MONITOR: Final = "streetwarden_monitor"
BACKUP: Final = "streetwarden_backup"
ROLES: Final = (INGEST, CENTER, WORKER, MAINTENANCE, MONITOR, BACKUP)

_SECTION = re.compile(r"^-- role: (\w+)$", re.MULTILINE)
_ITERATIONS: Final = 4096  # PostgreSQL's default; our generated passwords are random and need no more
_OURS = """
SELECT format('%I.%I', relnamespace::regnamespace, relname) AS name, relkind = 'S' AS is_sequence
FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
  AND NOT EXISTS (SELECT FROM pg_depend
                  WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
ORDER BY 1
"""


async def missing_roles(connection: Connection) -> tuple[str, ...]:
    """Those of `ROLES` that the cluster does not have."""
    rows = await connection.fetch("SELECT rolname FROM pg_roles WHERE rolname = ANY($1::text[])", ROLES)
    present = {row["rolname"] for row in rows}
    return tuple(role for role in ROLES if role not in present)


async def make_roles(connection: Connection) -> tuple[str, ...]:
    """Create the missing roles, without login, if this user may.

    Returns:
        Roles that are still missing.
    """
    may = await connection.fetchval(
        "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
    )
    if may:
        for role in await missing_roles(connection):
            try:
                async with connection.transaction():
                    await connection.execute(f"CREATE ROLE {role} NOLOGIN")
            except (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
                continue  # another database of the same cluster was migrated at the same time
    return await missing_roles(connection)


async def set_password(connection: Connection, role: str, password: str) -> None:
    """Let a role log in with a password; the server gets only a verifier, so it cannot log the password.

    Raises:
        StoreError: this user lacks the right.
    """
    verifier = scram_verifier(password)
    try:
        await connection.execute(f"ALTER ROLE {role} LOGIN PASSWORD '{verifier}'")
    except asyncpg.InsufficientPrivilegeError as error:
        raise StoreError(
            f"this database user may not give {role} a password ({error}); "
            "let an administrator run: streetwarden db roles"
        ) from None


async def apply_grants(connection: Connection) -> tuple[str, ...]:
    """Give every existing role exactly the rights in `grants.sql`.

    Args:
        connection: of the tables' owner or a superuser, to a migrated database.

    Returns:
        The roles.
    """
    absent = await missing_roles(connection)
    tables, sequences = await _ours(connection)
    given = []
    async with connection.transaction():
        schema = await connection.fetchval("SELECT quote_ident(current_schema())")
        database = await connection.fetchval("SELECT quote_ident(current_database())")
        for role, sql in sections().items():
            if role in absent:
                continue
            await connection.execute(
                f"REVOKE ALL ON {', '.join(tables)} FROM {role};"
                f"REVOKE ALL ON {', '.join(sequences)} FROM {role};"
                f"REVOKE ALL ON FUNCTION drop_old_chunks(text, timestamptz) FROM {role};"
                f"GRANT CONNECT ON DATABASE {database} TO {role};"
                f"GRANT USAGE ON SCHEMA {schema} TO {role};"
            )
            await connection.execute(
                sql.replace(":tables", ", ".join(tables)).replace(":sequences", ", ".join(sequences))
            )
            given.append(role)
    return tuple(given)


def sections() -> dict[str, str]:
    """The SQL of each role, from `grants.sql`."""
    text = files("store").joinpath("grants.sql").read_text(encoding="utf-8")
    _, *parts = _SECTION.split(text)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def new_password() -> str:
    """A password for a role: 192 random bits."""
    return secrets.token_urlsafe(24)


def scram_verifier(password: str, *, salt: bytes | None = None) -> str:
    """PostgreSQL's verifier of a password (SCRAM-SHA-256, RFC 5803).

    Args:
        password: ASCII.
        salt: 16 random bytes; only tests pass others.

    Raises:
        StoreError: the password has other characters, which would need SASLprep.
    """
    if not password.isascii() or not password:
        raise StoreError("a database role's password must be of ASCII characters; choose another")
    salt = salt or secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    encoded = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${_ITERATIONS}:{encoded[0]}${encoded[1]}:{encoded[2]}"


async def _ours(connection: Connection) -> tuple[Sequence[str], Sequence[str]]:
    rows = await connection.fetch(_OURS)
    return (
        [row["name"] for row in rows if not row["is_sequence"]],
        [row["name"] for row in rows if row["is_sequence"]],
    )

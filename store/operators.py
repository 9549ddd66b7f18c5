"""Accounts of the people who use the centre, and their sessions.

Only the browser knows a session's token: the table has its SHA-256, so a copy of the database opens no
session.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from cases.rights import Actor, Role
from store.connection import Connection
from store.queries import load

_SQL = load("operators")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """An account.

    Attributes:
        enabled: whether its person may sign on.
    """

    login: str
    display_name: str
    password_hash: str
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOn:
    """A valid session.

    Attributes:
        token_hash: its key in the table.
        csrf_token: the value that a changing request must send.
        expires_at: its end; aware.
        used_at: when it was last used, to about a minute; aware.
        actor: the roles and the scope of the account, as of now.
        rights_version: the version of the table of rights.
    """

    token_hash: bytes
    login: str
    display_name: str
    csrf_token: str
    expires_at: datetime
    used_at: datetime
    actor: Actor
    rights_version: int


def hash_token(token: str) -> bytes:
    """The hash of a token, as in the table."""
    return hashlib.sha256(token.encode()).digest()


async def set_operator(
    connection: Connection,
    *,
    login: str,
    display_name: str,
    password_hash: str,
    roles: Iterable[Role],
    districts: Iterable[str] = (),
    department: str | None = None,
) -> bool:
    """Add an account, or give it a new name and password; a changed account's sessions end.

    Args:
        connection: the owner's or the center's.
        login: of the account; a new account gets a person with the same key.
        display_name: shown in the console.
        password_hash: argon2id.
        roles: of a new account; an existing one keeps its roles.
        districts: of a new account; empty for all.
        department: the department of the new person, by code.

    Returns:
        Whether the account is new.
    """
    async with connection.transaction():
        await connection.execute(_SQL["person_of_account"], login, display_name, department)
        new = bool(
            await connection.fetchval(
                _SQL["set_operator"],
                login,
                display_name,
                password_hash,
                sorted(roles),
                sorted(districts),
                login,
            )
        )
        if not new:
            await connection.execute(_SQL["end_sessions_of"], login)
    return new


async def add_operator(
    connection: Connection,
    *,
    login: str,
    display_name: str,
    password_hash: str,
    roles: Iterable[Role],
    districts: Iterable[str] = (),
    department: str | None = None,
) -> bool:
    """Add an account unless the login exists; an existing one keeps its password.

    Returns:
        Whether the account is new.
    """
    async with connection.transaction():
        await connection.execute(_SQL["person_of_account"], login, display_name, department)
        return bool(
            await connection.fetchval(
                _SQL["add_operator"],
                login,
                display_name,
                password_hash,
                sorted(roles),
                sorted(districts),
                login,
            )
        )


async def find_operator(connection: Connection, login: str) -> Operator | None:
    """The account with this login."""
    row = await connection.fetchrow(_SQL["find_operator"], login)
    return None if row is None else Operator(**row)


async def set_password_hash(connection: Connection, *, login: str, password_hash: str) -> None:
    """Store the same password with newer hash parameters; sessions go on."""
    await connection.execute(_SQL["set_password_hash"], login, password_hash)


async def begin_session(
    connection: Connection, operator: Operator, *, now: datetime, lasts: timedelta
) -> tuple[str, SignedOn] | None:
    """Begin a session; also removes expired sessions.

    Returns:
        The token for the browser, and the session; None if the account was disabled meanwhile.
    """
    token = secrets.token_urlsafe(32)
    token_hash = hash_token(token)
    await connection.execute(_SQL["forget_expired_sessions"], now)
    await connection.execute(
        _SQL["begin_session"], token_hash, operator.login, secrets.token_urlsafe(32), now, now + lasts
    )
    session = await find_session(connection, token, now=now)
    return None if session is None else (token, session)


async def find_session(connection: Connection, token: str, *, now: datetime) -> SignedOn | None:
    """The session of a token, if it has not expired and its account is enabled."""
    row = await connection.fetchrow(_SQL["find_session"], hash_token(token), now)
    return None if row is None else _signed_on(row)


def _signed_on(row: asyncpg.Record) -> SignedOn:
    return SignedOn(
        token_hash=row["token_hash"],
        login=row["login"],
        display_name=row["display_name"],
        csrf_token=row["csrf_token"],
        expires_at=row["expires_at"],
        used_at=row["used_at"],
        actor=Actor(
            name=row["login"],
            person=row["person"],
            roles=frozenset(row["roles"]),
            department=row["department"],
            departments=frozenset(row["departments"]),
            districts=frozenset(row["districts"]),
        ),
        rights_version=row["rights_version"],
    )


async def use_session(connection: Connection, token_hash: bytes, *, now: datetime) -> None:
    """Note that a session was used."""
    await connection.execute(_SQL["use_session"], token_hash, now)


async def living_sessions(
    connection: Connection, hashes: list[bytes], *, now: datetime, idle: timedelta
) -> dict[bytes, SignedOn]:
    """The valid sessions among these that were used within `idle`, by the token's hash."""
    rows = await connection.fetch(_SQL["living_sessions"], hashes, now, now - idle)
    return {row["token_hash"]: _signed_on(row) for row in rows}


async def end_session(connection: Connection, token_hash: bytes) -> None:
    """End a session."""
    await connection.execute(_SQL["end_session"], token_hash)


async def change_password(connection: Connection, session: SignedOn, *, password_hash: str) -> list[bytes]:
    """Give a session's account a new password; its other sessions end.

    Returns:
        Token hashes of the sessions that have ended.
    """
    async with connection.transaction():
        await connection.execute(_SQL["set_password_hash"], session.login, password_hash)
        rows = await connection.fetch(_SQL["end_other_sessions"], session.login, session.token_hash)
    return [row["token_hash"] for row in rows]

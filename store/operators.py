"""Accounts of the people who use the centre, and their sessions.

A session's token is known to its browser alone: the table holds its SHA-256; a copy of the database
opens no session.
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
    """A session that is valid.

    Attributes:
        token_hash: its key in the table.
        csrf_token: what a request must send to change anything.
        expires_at: its end; aware.
        used_at: when somebody last used it, to the minute or so; aware.
        actor: what the account may act as, as of this moment.
        rights_version: the table of rights that holds.
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
    """What the table knows of a token."""
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
        login: of the account; a new one gets a person of that key as well.
        display_name: shown in the console.
        password_hash: argon2id.
        roles: of a new account; one that exists keeps its own.
        districts: of a new account; none for all.
        department: the code of that of the new person.

    Returns:
        Whether it is new.
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
    """Add an account unless there is one of that login, whose password somebody may have changed.

    Returns:
        Whether it is new.
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
    """The account of a login."""
    row = await connection.fetchrow(_SQL["find_operator"], login)
    return None if row is None else Operator(**row)


async def set_password_hash(connection: Connection, *, login: str, password_hash: str) -> None:
    """Keep the same password under newer parameters; sessions go on."""
    await connection.execute(_SQL["set_password_hash"], login, password_hash)


async def begin_session(
    connection: Connection, operator: Operator, *, now: datetime, lasts: timedelta
) -> tuple[str, SignedOn] | None:
    """Begin a session; those that have expired are removed on the way.

    Returns:
        The token for the browser, and the session; None if the account has been disabled meanwhile.
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
    """Note that somebody uses a session."""
    await connection.execute(_SQL["use_session"], token_hash, now)


async def living_sessions(
    connection: Connection, hashes: list[bytes], *, now: datetime, idle: timedelta
) -> dict[bytes, SignedOn]:
    """Those of these sessions that are valid and have been used within `idle`, by the token's hash."""
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

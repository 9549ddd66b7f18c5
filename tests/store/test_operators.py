"""Accounts and their sessions, on the real database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from cases import Role
from store.connection import Connection, open_connection
from store.operators import (
    begin_session,
    end_session,
    find_operator,
    find_session,
    living_sessions,
    set_operator,
    set_password_hash,
)

pytestmark = pytest.mark.servers

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
LEADER = (Role.LEADER,)


@pytest_asyncio.fixture
async def connection(database_url: str) -> AsyncIterator[Connection]:
    connection = await open_connection(database_url, application="test")
    await set_operator(connection, login="li", display_name="李", password_hash="hash 1", roles=LEADER)
    yield connection
    await connection.close()


async def begin(connection: Connection, *, now: datetime = NOON) -> str:
    operator = await find_operator(connection, "li")
    assert operator is not None
    begun = await begin_session(connection, operator, now=now, lasts=HOUR)
    assert begun is not None
    return begun[0]


async def test_an_account_is_new_once(connection: Connection) -> None:
    assert await set_operator(connection, login="wang", display_name="王", password_hash="x", roles=LEADER)
    assert not await set_operator(connection, login="wang", display_name="王五", password_hash="y", roles=())
    found = await find_operator(connection, "wang")
    assert found is not None
    assert (found.display_name, found.password_hash) == ("王五", "y")
    assert await find_operator(connection, "zhao") is None


async def test_a_session_is_found_by_its_token_until_its_time(connection: Connection) -> None:
    token = await begin(connection)
    session = await find_session(connection, token, now=NOON + HOUR - timedelta(seconds=1))
    assert session is not None
    assert (session.login, session.display_name, session.expires_at) == ("li", "李", NOON + HOUR)
    assert await find_session(connection, token, now=NOON + HOUR) is None
    assert await find_session(connection, "another", now=NOON) is None


async def test_the_table_does_not_hold_the_token(connection: Connection) -> None:
    token = await begin(connection)
    rows = await connection.fetch("SELECT session::text AS row FROM session")
    assert len(rows) == 1
    assert token not in rows[0]["row"]
    assert token.encode().hex() not in rows[0]["row"]


async def test_a_session_that_is_ended_is_not_found(connection: Connection) -> None:
    token, other = await begin(connection), await begin(connection)
    session = await find_session(connection, token, now=NOON)
    assert session is not None
    await end_session(connection, session.token_hash)
    assert await find_session(connection, token, now=NOON) is None
    still = await find_session(connection, other, now=NOON)
    assert still is not None
    hashes = [session.token_hash, still.token_hash]
    assert await living_sessions(connection, hashes, now=NOON, idle=HOUR) == {still.token_hash: still}
    assert await living_sessions(connection, hashes, now=NOON + HOUR, idle=2 * HOUR) == {}
    assert await living_sessions(connection, hashes, now=NOON + HOUR / 2, idle=HOUR / 2) == {}


async def test_a_changed_account_ends_its_sessions_but_a_renewed_hash_does_not(
    connection: Connection,
) -> None:
    token = await begin(connection)
    await set_password_hash(connection, login="li", password_hash="hash 2")
    assert await find_session(connection, token, now=NOON) is not None
    await set_operator(connection, login="li", display_name="李", password_hash="hash 3", roles=LEADER)
    assert await find_session(connection, token, now=NOON) is None


async def test_expired_sessions_are_forgotten_when_another_begins(connection: Connection) -> None:
    await begin(connection)
    await begin(connection, now=NOON + 2 * HOUR)
    assert await connection.fetchval("SELECT count(*) FROM session") == 1

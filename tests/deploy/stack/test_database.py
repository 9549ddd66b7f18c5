"""The stack's database: the programs' own user, its extensions, and an account to sign on with."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from center.passwords import hash_password
from deploy.stack import database
from store.connection import open_connection
from store.operators import set_operator
from tests.servers import DatabaseServer


@pytest.fixture
async def server(database_server: DatabaseServer) -> AsyncIterator[DatabaseServer]:
    """The suite's server, which has neither the user nor the database before and after."""
    yield database_server
    connection = await asyncpg.connect(database_server.url("postgres"))
    await connection.execute(f"DROP DATABASE IF EXISTS {database.NAME} WITH (FORCE)")
    await connection.execute(f"DROP ROLE IF EXISTS {database.NAME}")
    await connection.close()


async def test_the_programs_own_user_owns_a_database_with_the_extensions(server: DatabaseServer) -> None:
    for password in ("first", "second"):  # a second start of the stack
        await database.make_database(server.url("postgres"), password=password)
        await database.give_extensions(server.url(database.NAME))
    url = server.url(database.NAME, user=database.NAME, password="second")
    assert "0001_initial" in await database.bring_up_to_date(url)
    assert await database.bring_up_to_date(url) == ()


async def test_a_password_may_hold_anything(server: DatabaseServer) -> None:
    awkward = 'it\'s \\ "odd" $1 %'
    await database.make_database(server.url("postgres"), password=awkward)
    url = server.url(database.NAME, user=database.NAME, password=awkward)
    connection = await asyncpg.connect(url)
    await connection.close()


async def test_the_account_is_made_once_and_a_changed_password_is_noticed(database_url: str) -> None:
    for _ in range(2):
        assert await database.keep_account(database_url, login="operator", password="as generated")
    connection = await open_connection(database_url, application="test")
    try:
        await set_operator(
            connection, login="operator", display_name="x", password_hash=hash_password("changed")
        )
    finally:
        await connection.close()
    assert not await database.keep_account(database_url, login="operator", password="as generated")

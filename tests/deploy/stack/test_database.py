"""The stack's database: the programs' own user, its extensions, and an account to sign on with."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from center.people.passwords import hash_password
from deploy.stack import database
from store.connection import open_connection
from store.operators import set_operator
from store.roles import ROLES
from tests.database_roles import let_in
from tests.servers import DatabaseServer


@pytest.fixture
async def server(database_server: DatabaseServer) -> AsyncIterator[DatabaseServer]:
    """The suite's server, which has neither the user nor the database before and after."""
    yield database_server
    connection = await asyncpg.connect(database_server.url("postgres"))
    await connection.execute(f"DROP DATABASE IF EXISTS {database.NAME} WITH (FORCE)")
    await connection.execute(f"DROP ROLE IF EXISTS {database.NAME}")
    await connection.close()
    await let_in(database_server.url("postgres"))  # the roles belong to the whole server


async def test_the_programs_own_user_owns_a_database_with_the_extensions(server: DatabaseServer) -> None:
    for password in ("first", "second"):  # a second start of the stack
        passwords = {role: f"{password} {role}" for role in ROLES}
        await database.make_database(server.url("postgres"), password=password, passwords=passwords)
        await database.give_extensions(server.url(database.NAME))
    url = server.url(database.NAME, user=database.NAME, password="second")
    assert "0001_initial" in await database.bring_up_to_date(url)
    assert await database.bring_up_to_date(url) == ()
    logins = database.Logins.of(server, owner=password, passwords=passwords)
    for url in (
        logins.ingest,
        logins.center,
        logins.worker,
        logins.maintenance,
        logins.monitor,
        logins.backup,
    ):
        connection = await asyncpg.connect(url)
        assert await connection.fetchval("SELECT count(*) FROM schema_version") > 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DROP TABLE position")
        await connection.close()


async def test_a_password_may_hold_anything(server: DatabaseServer) -> None:
    awkward = 'it\'s \\ "odd" $1 %'
    await database.make_database(server.url("postgres"), password=awkward, passwords={})
    url = server.url(database.NAME, user=database.NAME, password=awkward)
    connection = await asyncpg.connect(url)
    await connection.close()


async def test_the_account_is_made_once_and_a_changed_password_is_noticed(database_url: str) -> None:
    for _ in range(2):
        assert await database.keep_account(database_url, login="operator", password="as generated")
    connection = await open_connection(database_url, application="test")
    try:
        await set_operator(
            connection, login="operator", display_name="x", password_hash=hash_password("changed"), roles=()
        )
    finally:
        await connection.close()
    assert not await database.keep_account(database_url, login="operator", password="as generated")

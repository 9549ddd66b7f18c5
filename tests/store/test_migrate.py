"""A database is migrated once, by any number of processes at once, or refused with one sentence."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from store.connection import open_connection
from store.errors import DatabaseUnreachableError, SchemaBehindError, SchemaError, UnsuitableServerError
from store.migrate import Edition, Migration, migrate, require_current, require_server, shipped

pytestmark = pytest.mark.servers

ONE = Migration(version=1, name="one", sql="CREATE TABLE one (a integer)", checksum="1")
TWO = Migration(version=2, name="two", sql="CREATE TABLE two (a integer)", checksum="2")
BROKEN = Migration(version=2, name="two", sql="CREATE TABLE two (a integer); SELECT 1 / 0", checksum="2")


async def execute(url: str, sql: str) -> None:
    connection = await open_connection(url, application="test")
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def require(url: str) -> None:
    connection = await open_connection(url, application="test")
    try:
        await require_current(connection)
    finally:
        await connection.close()


async def test_many_programs_starting_at_once_migrate_once(empty_database_url: str) -> None:
    with pytest.raises(SchemaBehindError, match="streetwarden db migrate"):
        await require(empty_database_url)
    schemas = await asyncio.gather(*(migrate(empty_database_url) for _ in range(4)))
    assert sorted(len(schema.applied) for schema in schemas) == [0, 0, 0, len(shipped())]
    assert {schema.version for schema in schemas} == {shipped()[-1].version}
    assert {schema.edition for schema in schemas} <= set(Edition)
    await require(empty_database_url)


async def test_only_what_is_missing_is_applied(empty_database_url: str) -> None:
    first = await migrate(empty_database_url, migrations=(*shipped(),))
    newer = tuple(replace(each, version=each.version + shipped()[-1].version) for each in (ONE, TWO))
    second = await migrate(empty_database_url, migrations=(*shipped(), *newer))
    assert len(first.applied) == len(shipped())
    assert second.applied == tuple(f"{each.version:04d}_{each.name}" for each in newer)


async def test_a_migration_that_fails_leaves_nothing_behind(database_url: str) -> None:
    broken = replace(BROKEN, version=shipped()[-1].version + 1)
    with pytest.raises(Exception, match="division by zero"):
        await migrate(database_url, migrations=(*shipped(), broken))
    await execute(database_url, "CREATE TABLE two (a integer)")
    await require(database_url)


async def test_a_newer_database_is_refused(database_url: str) -> None:
    await migrate(database_url, migrations=(*shipped(), replace(TWO, version=shipped()[-1].version + 1)))
    for attempt in (migrate, require):
        with pytest.raises(SchemaError, match=r"knows only .*; install the newer release"):
            await attempt(database_url)


async def test_a_migration_that_was_changed_after_its_release_is_refused(database_url: str) -> None:
    await execute(database_url, "UPDATE schema_version SET checksum = 'other' WHERE version = 1")
    with pytest.raises(SchemaError, match=r"0001_initial .* not the one of this program's release"):
        await migrate(database_url)


@pytest.mark.parametrize(
    "table", ["CREATE TABLE orders (id integer)", "CREATE TABLE schema_version (version text)"]
)
async def test_somebody_elses_database_is_left_alone(empty_database_url: str, table: str) -> None:
    await execute(empty_database_url, table)
    with pytest.raises(SchemaError, match=r"another program.*its own database"):
        await migrate(empty_database_url)
    with pytest.raises(SchemaError, match=r"another program.*its own database"):
        await require(empty_database_url)


async def test_a_missing_server_is_reported_without_its_password() -> None:
    with pytest.raises(DatabaseUnreachableError, match="no connection to the database") as caught:
        await migrate("postgresql://me:secret@127.0.0.1:1/none")
    assert "secret" not in str(caught.value)


class Answers:
    """A server of another kind, as far as its answers to the questions of `migrate` go."""

    def __init__(self, extensions: dict[str, str], **values: str | None) -> None:
        self._extensions = extensions
        self._values: dict[str, str | None] = {
            "server_version_num": "170005",
            "server_encoding": "UTF8",
            "timescaledb.max_background_workers": "4",
            **values,
        }

    async def fetchval(self, query: str) -> str | None:
        return next(value for name, value in self._values.items() if name in query)

    async def fetch(self, _query: str) -> list[dict[str, str]]:
        return [{"name": name, "default_version": version} for name, version in self._extensions.items()]


BOTH = {"timescaledb": "2.19.3", "postgis": "3.5.2"}


@pytest.mark.parametrize(
    ("server", "sentence"),
    [
        (Answers(BOTH, server_version_num="150008"), "PostgreSQL 15; Streetwarden needs 17"),
        (Answers(BOTH, server_encoding="SQL_ASCII"), "encoding is SQL_ASCII"),
        (Answers({"postgis": "3.5.2"}), "no timescaledb extension; install postgresql-17-timescaledb"),
        (Answers({"timescaledb": "2.19.3"}), "no postgis extension; install postgresql-17-postgis-3"),
        (Answers({**BOTH, "timescaledb": "2.9.1"}), "TimescaleDB 2.9.1; Streetwarden needs 2.19"),
        (
            Answers(BOTH, **{"timescaledb.max_background_workers": None}),
            "shared_preload_libraries = 'timescaledb'",
        ),
    ],
)
async def test_an_unsuitable_server_is_refused_with_the_missing_parts(server: Answers, sentence: str) -> None:
    with pytest.raises(UnsuitableServerError, match=sentence):
        await require_server(server)  # type: ignore[arg-type]


def test_migrations_are_numbered_one_after_the_other() -> None:
    assert [migration.version for migration in shipped()] == list(range(1, len(shipped()) + 1))

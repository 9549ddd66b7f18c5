"""Brings a database to this program's schema, forward only, or raises an error that says why not.

Migrations are the numbered files `migrations/NNNN_name.sql`. Each runs in its own transaction and leaves a
row in `schema_version` with its checksum, which detects a file that was changed after its release. An
advisory lock lets several programs start at once.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Final

import asyncpg

from store.connection import Connection, open_connection
from store.errors import SchemaBehindError, SchemaError, UnsuitableServerError
from store.roles import apply_grants, make_roles
from store.schema_check import check_schema

OLDEST_POSTGRESQL: Final = 17
OLDEST_TIMESCALEDB: Final = (2, 19)
ENCODING: Final = "UTF8"
_LOCK: Final = 0x5357_0001  # any number, the same in every release
_COLUMNS: Final = {"version", "name", "checksum", "applied_at"}
_FILE = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")


class Edition(StrEnum):
    """The TimescaleDB edition: the one that Debian packages, or the full one."""

    APACHE = "apache"
    TIMESCALE = "timescale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One step of the schema, as this release ships it."""

    version: int
    name: str
    sql: str
    checksum: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The state of the database after `migrate`.

    Attributes:
        version: the number of its newest migration.
        edition: the server's TimescaleDB edition.
        applied: the migrations that this call applied.
        missing_roles: database roles that this user may not create.
    """

    version: int
    edition: Edition
    applied: tuple[str, ...] = ()
    missing_roles: tuple[str, ...] = ()


def shipped() -> tuple[Migration, ...]:
    """The migrations of this release, oldest first."""
    found = []
    for file in files("store").joinpath("migrations").iterdir():
        match = _FILE.fullmatch(file.name)
        if match is not None:
            sql = file.read_text(encoding="utf-8")
            checksum = hashlib.sha256(sql.encode()).hexdigest()
            found.append(
                Migration(version=int(match[1]), name=match[2], sql=sql, checksum=checksum),
            )
    return tuple(sorted(found, key=lambda migration: migration.version))


async def migrate(url: str, *, migrations: tuple[Migration, ...] | None = None) -> Schema:
    """Apply missing migrations.

    Args:
        url: the database; it must exist, and may be empty.
        migrations: those of the release; only tests pass others.

    Raises:
        DatabaseUnreachableError: the server does not answer.
        UnsuitableServerError: it is too old, or lacks an extension.
        SchemaError: the database is newer than the program, was changed, belongs to another program, or its
            tables do not match its version.
    """
    ours = migrations is None
    migrations = shipped() if migrations is None else migrations
    connection = await open_connection(url, application="streetwarden db migrate")
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await require_server(connection)
        present = await _present(connection)
        missing = _missing(present, migrations)
        for migration in missing:
            await _apply(connection, migration)
        if ours:  # hourly_positions differs between the editions; the next step creates it
            await check_schema(connection, but_for="hourly_positions")
        found = await _settle_edition(connection) if ours else await edition(connection)
        absent = await make_roles(connection) if ours else ()
        if ours:
            await apply_grants(connection)
        return Schema(
            version=migrations[-1].version,
            edition=found,
            applied=tuple(f"{migration.version:04d}_{migration.name}" for migration in missing),
            missing_roles=absent,
        )
    finally:
        await connection.close()  # also releases the lock


async def require_current(connection: Connection) -> Schema:
    """Check that the database has exactly this program's schema; changes nothing.

    Raises:
        SchemaBehindError: the database is empty or older; run `streetwarden db migrate`.
        SchemaError: the database is newer than the program, was changed, or belongs to another program.
    """
    migrations = shipped()
    try:
        present = await _present(connection)
    except asyncpg.InsufficientPrivilegeError:  # a release without roles granted nothing to this role
        raise SchemaBehindError(
            "this program's database role has no rights yet; run: streetwarden db migrate"
        ) from None
    missing = _missing(present, migrations)
    if missing:
        raise SchemaBehindError(
            f"the database is at schema version {max(present, default=0)} and this program needs "
            f"{migrations[-1].version}; run: streetwarden db migrate"
        )
    return Schema(version=migrations[-1].version, edition=await edition(connection))


async def edition(connection: Connection) -> Edition:
    """The TimescaleDB edition, from `timescaledb.license`."""
    return Edition(await connection.fetchval("SELECT current_setting('timescaledb.license')"))


async def _settle_edition(connection: Connection) -> Edition:
    """Create the views and policies of the server's edition, which may have changed since."""
    found = await edition(connection)
    sql = files("store").joinpath("editions", f"{found}.sql").read_text(encoding="utf-8")
    async with connection.transaction():
        await connection.execute(sql)
    return found


async def require_server(connection: Connection) -> None:
    """Check that the server meets the requirements; changes nothing.

    Raises:
        UnsuitableServerError: it is too old, or lacks an extension.
    """
    version = int(await connection.fetchval("SELECT current_setting('server_version_num')"))
    if version // 10_000 < OLDEST_POSTGRESQL:
        raise UnsuitableServerError(
            f"the server is PostgreSQL {version // 10_000}; Streetwarden needs {OLDEST_POSTGRESQL} or newer"
        )
    encoding = await connection.fetchval("SELECT current_setting('server_encoding')")
    if encoding != ENCODING:
        raise UnsuitableServerError(
            f"the database's encoding is {encoding}; create it with ENCODING '{ENCODING}' TEMPLATE template0"
        )
    rows = await connection.fetch("SELECT name, default_version FROM pg_available_extensions")
    available: dict[str, str] = {row["name"]: row["default_version"] for row in rows}
    for name, package in (("timescaledb", "timescaledb"), ("postgis", "postgis-3")):
        if name not in available:
            raise UnsuitableServerError(
                f"the server has no {name} extension; install postgresql-{version // 10_000}-{package}"
            )
    timescaledb = tuple(int(part) for part in re.findall(r"\d+", available["timescaledb"])[:2])
    if timescaledb < OLDEST_TIMESCALEDB:
        raise UnsuitableServerError(
            f"the server has TimescaleDB {available['timescaledb']}; "
            f"Streetwarden needs {'.'.join(map(str, OLDEST_TIMESCALEDB))} or newer"
        )
    # Tests one of its settings, because only an administrator may read shared_preload_libraries.
    loaded = "SELECT current_setting('timescaledb.max_background_workers', true) IS NOT NULL"
    if not await connection.fetchval(loaded):
        raise UnsuitableServerError(
            "the server does not load TimescaleDB; set shared_preload_libraries = 'timescaledb' "
            "in postgresql.conf and restart it"
        )


async def _present(connection: Connection) -> dict[int, tuple[str, str]]:
    """Version → (name, checksum) of the applied migrations."""
    columns = {
        row["attname"]
        for row in await connection.fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass('schema_version') AND attnum > 0"
        )
    }
    if columns and not columns >= _COLUMNS:
        raise SchemaError(
            "the database has a schema_version table of another program; give Streetwarden its own database"
        )
    if columns:
        rows = await connection.fetch("SELECT version, name, checksum FROM schema_version ORDER BY version")
        return {row["version"]: (row["name"], row["checksum"]) for row in rows}
    strangers = await connection.fetch(
        """
        SELECT c.relname FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
          AND NOT EXISTS (SELECT FROM pg_depend d
                          WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
        ORDER BY c.relname
        """
    )
    if strangers:
        raise SchemaError(
            f"the database has {len(strangers)} tables of another program "
            f"(such as {strangers[0]['relname']!r}); give Streetwarden its own database"
        )
    return {}


def _missing(present: dict[int, tuple[str, str]], migrations: tuple[Migration, ...]) -> list[Migration]:
    newest = migrations[-1].version
    beyond = max(present, default=0)
    if beyond > newest:
        raise SchemaError(
            f"the database is at schema version {beyond} and this program knows only {newest}; "
            "install the newer release"
        )
    for migration in migrations:
        name, checksum = present.get(migration.version, (migration.name, migration.checksum))
        if (name, checksum) != (migration.name, migration.checksum):
            raise SchemaError(
                f"migration {migration.version:04d}_{name} in the database is not the one of this program's "
                "release; it was changed after it was applied, so restore the database from a backup "
                "or install the release that made it"
            )
    return [migration for migration in migrations if migration.version not in present]


async def _apply(connection: Connection, migration: Migration) -> None:
    try:
        async with connection.transaction():
            await connection.execute(migration.sql)
            await connection.execute(
                "CREATE TABLE IF NOT EXISTS schema_version (version integer PRIMARY KEY, name text NOT NULL, "
                "checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
            )
            await connection.execute(
                "INSERT INTO schema_version (version, name, checksum) VALUES ($1, $2, $3)",
                migration.version,
                migration.name,
                migration.checksum,
            )
    except asyncpg.InsufficientPrivilegeError as error:
        raise UnsuitableServerError(
            f"this database user may not apply migration {migration.version:04d} ({error}); let an "
            "administrator run: CREATE EXTENSION timescaledb; CREATE EXTENSION postgis; and make "
            "Streetwarden's user the owner of the database"
        ) from None

"""Restores a backup beside the existing database, verifies it, and only then replaces that database."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg

from deploy.backup import clients
from deploy.backup.backup_store import BackupStore
from deploy.backup.create import check_dump
from deploy.backup.errors import BackupError
from deploy.backup.manifest import EvidenceFile, Manifest, read_list
from store.connection import Connection, open_connection
from store.errors import DamagedEvidenceError, EvidenceError, MissingEvidenceError
from store.evidence import EvidenceStore
from store.migrate import migrate, require_server, shipped
from store.queries import load
from store.schema_check import check_schema

_SQL = load("backup")
_APPLICATION: Final = "streetwarden restore"
_RESTORE: Final = ("--exit-on-error", "--no-privileges", "--no-password")
_AT_ONCE: Final = 8
_SWAP_S: Final = 30.0
_HOLDS_TABLES: Final = """
SELECT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
  AND NOT EXISTS (SELECT FROM pg_depend
                  WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e'))
"""


async def restore_database(
    backups: BackupStore,
    manifest: Manifest,
    url: str,
    *,
    replace: bool,
    system: Path | None,
    tell: Callable[[str], None],
) -> None:
    """Restore a backup's database.

    It is restored under another name, its rows are counted, it is migrated to this release, and its tables
    are checked. Only then does it replace the existing database, whose sessions end: one transaction renames
    both. A restore that fails or is killed earlier leaves the existing database as it was. A killed one may
    leave a database `NAME_restoring` or `NAME_replaced`, which the next restore drops.

    Args:
        backups: the storage of the backup.
        manifest: of the backup.
        url: the database, as a superuser; it need not exist.
        replace: whether a database with tables may be replaced.
        system: a Debian root that may contain pg_restore.
        tell: takes a line of progress.

    Raises:
        BackupError: it cannot be restored; the database is unchanged.
        StoreError: the server does not answer, or is not suitable.
    """
    target = unquote(urlsplit(url).path.lstrip("/"))
    if not target:
        raise BackupError(
            "the address names no database; write postgresql://user:password@host:port/DATABASE"
        )
    if manifest.schema_version > shipped()[-1].version:
        raise BackupError(
            f"backup {manifest.id} has schema version {manifest.schema_version} and this release knows "
            f"{shipped()[-1].version}; restore it with release {manifest.release} or newer"
        )
    administrator = await open_connection(_at(url, "postgres"), application=_APPLICATION)
    try:
        server = await _require_suitable(administrator, manifest)
        await _require_room(administrator, url, target, replace=replace)
        client = clients.find("pg_restore", server=max(server, manifest.postgresql // 10_000), system=system)
        await check_dump(backups, manifest.database, manifest.rows, system=system)
        draft = f"{target}_restoring"
        await _drop(administrator, draft)
        await _make(administrator, draft, manifest)
        try:
            await _fill(backups, manifest, _at(url, draft), client)
            tell(f"database: {sum(manifest.rows.values())} rows restored and counted")
            schema = await migrate(_at(url, draft))
            for name in schema.applied:
                tell(f"database: migration {name}")
            await _look_at(backups, manifest, _at(url, draft))
            await _swap(administrator, draft, target)
        except BaseException:
            await _drop(administrator, draft)
            raise
        tell(f"database: {target} is what backup {manifest.id} holds")
    finally:
        await administrator.close()


async def restore_evidence(
    backups: BackupStore, manifest: Manifest, evidence_url: str, tell: Callable[[str], None]
) -> list[str]:
    """Restore missing or damaged evidence files; intact files stay.

    Returns:
        Digests of files that the backup does not have either.

    Raises:
        BackupError: the backup cannot be read.
        EvidenceError: the storage cannot be written.
    """
    shelf, copies = EvidenceStore(evidence_url), EvidenceStore(backups.url)
    files = read_list(await backups.read_whole(manifest.evidence))
    turns, put, lost = asyncio.Semaphore(_AT_ONCE), 0, []

    async def back(file: EvidenceFile) -> None:
        nonlocal put
        async with turns:
            try:
                await shelf.get(file.digest, media_type=file.media_type)
            except (MissingEvidenceError, DamagedEvidenceError):
                try:
                    data = await copies.get(file.digest, media_type=file.media_type)
                except (MissingEvidenceError, DamagedEvidenceError):
                    lost.append(file.digest)
                else:
                    await shelf.put(data, media_type=file.media_type)
                    _as_its_folder(evidence_url, file.key)
                    put += 1

    try:
        async with asyncio.TaskGroup() as tasks:
            for file in files:
                tasks.create_task(back(file))
    except ExceptionGroup as group:
        raise group.exceptions[0] from None
    tell(f"evidence: {put} files put back, {len(files) - put - len(lost)} were there")
    return sorted(lost)


async def verify(backups: BackupStore, manifest: Manifest, *, system: Path | None) -> list[str]:
    """Read all of a backup again.

    Returns:
        Digests of files of evidence that are missing or damaged in it.

    Raises:
        BackupError: the dump or the list does not match the manifest.
    """
    await check_dump(backups, manifest.database, manifest.rows, system=system)
    copies = EvidenceStore(backups.url)
    wrong = []
    for file in read_list(await backups.read_whole(manifest.evidence)):
        try:
            await copies.get(file.digest, media_type=file.media_type)
        except EvidenceError:
            wrong.append(file.digest)
    return wrong


async def _require_suitable(administrator: Connection, manifest: Manifest) -> int:
    """Check that the server can restore the dump; returns its major version."""
    if not await administrator.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        user = await administrator.fetchval("SELECT current_user")
        raise BackupError(
            f"restoring TimescaleDB's own tables needs a superuser, which {user} is not; "
            "give --database-url with one, such as postgres"
        )
    await require_server(administrator)
    server = int(await administrator.fetchval("SELECT current_setting('server_version_num')::integer"))
    if server // 10_000 < manifest.postgresql // 10_000:
        raise BackupError(
            f"backup {manifest.id} is of PostgreSQL {manifest.postgresql // 10_000} and the server is "
            f"{server // 10_000}; restore it on {manifest.postgresql // 10_000} or newer"
        )
    known = await administrator.fetch(
        "SELECT version FROM pg_available_extension_versions WHERE name = 'timescaledb' ORDER BY 1"
    )
    versions = [row["version"] for row in known]
    if manifest.timescaledb not in versions:
        raise BackupError(
            f"backup {manifest.id} is of TimescaleDB {manifest.timescaledb}, and the server has "
            f"{', '.join(versions[-3:])}; install that version there, restore, then "
            "ALTER EXTENSION timescaledb UPDATE"
        )
    return server // 10_000


async def _require_room(administrator: Connection, url: str, target: str, *, replace: bool) -> None:
    """Check that a database with tables is replaced only if requested."""
    if replace or not await administrator.fetchval("SELECT true FROM pg_database WHERE datname = $1", target):
        return
    connection = await open_connection(url, application=_APPLICATION)
    try:
        holds = await connection.fetchval(_HOLDS_TABLES)
    finally:
        await connection.close()
    if holds:
        raise BackupError(
            f"the database {target} is not empty; give --replace to put the backup in its place, "
            "or another database"
        )


async def _make(administrator: Connection, name: str, manifest: Manifest) -> None:
    owner = await _quoted(administrator, manifest.owner)
    if not await administrator.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", manifest.owner):
        raise BackupError(
            f"the tables belong to the role {manifest.owner}, which this server does not have; "
            f"run CREATE ROLE {owner} LOGIN PASSWORD '…', and try again"
        )
    await administrator.execute(
        f"CREATE DATABASE {await _quoted(administrator, name)} OWNER {owner} ENCODING 'UTF8' "
        "TEMPLATE template0"
    )


async def _fill(backups: BackupStore, manifest: Manifest, url: str, client: clients.Client) -> None:
    """Run pg_restore as TimescaleDB's manual says, then count all rows."""
    connection = await open_connection(url, application=_APPLICATION)
    try:
        version = await connection.fetchval("SELECT quote_literal($1::text)", manifest.timescaledb)
        await connection.execute(f"CREATE EXTENSION timescaledb VERSION {version}")
        await connection.execute("SELECT timescaledb_pre_restore()")
        await clients.feed(client, _RESTORE, backups.read_checked(manifest.database), url=url)
        await connection.execute("SELECT timescaledb_post_restore()")
        for table, rows in manifest.rows.items():
            found = await connection.fetchval(f'SELECT count(*) FROM "{table}"')  # noqa: S608 (names of our own)
            if found != rows:
                raise BackupError(
                    f"{table} has {found} rows after the restore and {rows} in backup {manifest.id}; "
                    "nothing was changed; use another backup, and report this"
                )
        await connection.execute("ANALYZE")
    except asyncpg.PostgresError as error:
        raise BackupError(f"the restore failed ({error}); nothing was changed") from None
    finally:
        await connection.close()


async def _look_at(backups: BackupStore, manifest: Manifest, url: str) -> None:
    """Check the tables, and record which backup this is."""
    connection = await open_connection(url, application=_APPLICATION)
    try:
        await check_schema(connection)
        await connection.execute(
            _SQL["restored"],
            manifest.id,
            backups.shown,
            manifest.began_at,
            manifest.finished_at,
            manifest.database.size,
            manifest.evidence_files,
            len(manifest.damaged),
        )
    finally:
        await connection.close()


async def _swap(administrator: Connection, draft: str, target: str) -> None:
    """Give the new database the name of the old one, in one transaction, and then drop the old one.

    Sessions of both end first. A session that begins in between makes PostgreSQL refuse the renames; they are
    then tried again.
    """
    old = f"{target}_replaced"
    await _drop(administrator, old)
    renames = [(draft, target)]
    if await administrator.fetchval("SELECT true FROM pg_database WHERE datname = $1", target):
        renames.insert(0, (target, old))
    try:
        async with asyncio.timeout(_SWAP_S):
            while True:
                await administrator.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ANY($1)",
                    [name for name, _ in renames],
                )
                try:
                    async with administrator.transaction():
                        for name, new in renames:
                            await _rename(administrator, name, new)
                except asyncpg.ObjectInUseError:
                    continue
                break
    except TimeoutError:
        raise BackupError(
            f"sessions of the database {target} do not end; stop the programs and try again"
        ) from None
    await _drop(administrator, old)


async def _rename(administrator: Connection, name: str, new: str) -> None:
    before, after = await _quoted(administrator, name), await _quoted(administrator, new)
    await administrator.execute(f"ALTER DATABASE {before} RENAME TO {after}")


async def _drop(administrator: Connection, name: str) -> None:
    await administrator.execute(f"DROP DATABASE IF EXISTS {await _quoted(administrator, name)} WITH (FORCE)")


async def _quoted(connection: Connection, name: str) -> str:
    quoted: str = await connection.fetchval("SELECT quote_ident($1::text)", name)
    return quoted


def _at(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def _as_its_folder(evidence_url: str, key: str) -> None:
    """Make the folder's owner the owner of a file that root has restored, because ingest writes there."""
    parts = urlsplit(evidence_url)
    if parts.scheme != "file" or os.geteuid() != 0:
        return
    top = Path(unquote(parts.path))
    owner = top.stat()
    file = top / key
    for path in (file, *(folder for folder in file.parents if folder != top and folder.is_relative_to(top))):
        os.chown(path, owner.st_uid, owner.st_gid)

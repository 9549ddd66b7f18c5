"""Makes one backup: the database by pg_dump in one snapshot, and the files of evidence that it names."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import asyncpg

from deploy.backup import clients
from deploy.backup.backup_store import BackupStore
from deploy.backup.errors import BackupError
from deploy.backup.manifest import EvidenceFile, File, Manifest, read_list, write_list
from program.errors import ProgramError
from store.connection import UNREACHABLE, Connection, open_connection, unreachable
from store.errors import DamagedEvidenceError, MissingEvidenceError
from store.evidence import EvidenceStore
from store.migrate import Schema, require_current
from store.queries import load

_SQL = load("backup")
_AT_ONCE: Final = 8
_DUMP: Final = ("--format=custom", "--compress=zstd:3", "--no-password", "--lock-wait-timeout=10min")
_STAMP: Final = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The source of a backup.

    Attributes:
        database_url: with user and password; the role streetwarden_backup is sufficient.
        evidence_url: the evidence storage.
        system: a Debian root that may contain pg_dump.
    """

    database_url: str
    evidence_url: str
    system: Path | None = None


async def create(
    source: Source, backups: BackupStore, *, keep: int | None, now: datetime, tell: Callable[[str], None]
) -> Manifest:
    """Make a backup, verify it, and remove the oldest ones.

    While it runs, maintenance drops and reorders nothing, and no other backup of this database begins.

    Args:
        source: the database and evidence.
        backups: the destination.
        keep: the number of complete backups to keep; None keeps all.
        now: the time for the backup's name.
        tell: takes a line of progress.

    Raises:
        BackupError: it cannot be made; its remains are removed, or never count as a backup.
        StoreError: the database does not answer, or has the schema of another release.
    """
    guard = await open_connection(source.database_url, application="streetwarden backup")
    try:
        schema = await require_current(guard)
        if not await guard.fetchval(_SQL["take_turn"]):
            raise BackupError("another backup of this database is under way; wait for it")
        known = await backups.manifests()
        name = _name(now, {one.id for one in known} | await backups.unfinished())
        await guard.execute(_SQL["begin"], name, backups.shown)
        await guard.execute(_SQL["hold_maintenance"])
        try:
            for rest in await backups.unfinished():
                await backups.remove_backup(rest)
            manifest = await _write(source, backups, schema, name=name, known=known, now=now, tell=tell)
        except BaseException as error:
            await _give_up(guard, backups, name, error)
            raise
        await guard.execute(
            _SQL["succeed"], name, manifest.database.size, manifest.evidence_files, len(manifest.damaged)
        )
        if keep is not None:
            await prune(backups, keep=keep, tell=tell)
    except UNREACHABLE as error:
        raise unreachable(source.database_url, error) from None
    finally:
        await guard.close()
    return manifest


async def prune(backups: BackupStore, *, keep: int, tell: Callable[[str], None]) -> None:
    """Remove all but the newest backups, and evidence files that no remaining backup needs."""
    known = await backups.manifests()
    for old in known[:-keep]:
        await backups.remove_backup(old.id)
        tell(f"removed backup {old.id}")
    needed: set[str] = set()
    for one in known[-keep:]:
        needed |= {file.key for file in read_list(await backups.read_whole(one.evidence))}
    spare = (await backups.sizes("evidence/")).keys() - needed
    for key in spare:
        await backups.remove(key)
    if spare:
        tell(f"removed {len(spare)} files of evidence that no backup needs")


async def _write(
    source: Source,
    backups: BackupStore,
    schema: Schema,
    *,
    name: str,
    known: list[Manifest],
    now: datetime,
    tell: Callable[[str], None],
) -> Manifest:
    connection = await open_connection(source.database_url, application="streetwarden backup snapshot")
    try:
        await connection.execute("SET idle_in_transaction_session_timeout = 0")
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            facts = await connection.fetchrow(_SQL["facts"])
            assert facts is not None
            client = clients.find("pg_dump", server=facts["postgresql"] // 10_000, system=source.system)
            files = [EvidenceFile(*row) for row in await connection.fetch(_SQL["evidence_files"])]
            async with asyncio.TaskGroup() as tasks:
                dumping = tasks.create_task(
                    backups.write(
                        f"backups/{name}/database.dump",
                        clients.output(
                            client, [*_DUMP, f"--snapshot={facts['snapshot']}"], url=source.database_url
                        ),
                    )
                )
                counting = tasks.create_task(_count(connection))
        dump, rows = dumping.result(), counting.result()
    except ExceptionGroup as group:
        raise group.exceptions[0] from None
    finally:
        await connection.close()
    await check_dump(backups, dump, rows, system=source.system)
    tell(f"database: {sum(rows.values())} rows of {len(rows)} tables, {_mib(dump.size)} compressed")
    damaged = await _copy_evidence(source, backups, files)
    evidence = await backups.write_bytes(f"backups/{name}/evidence.txt", write_list(files))
    tell(f"evidence: {len(files)} files, {_mib(sum(file.size for file in files))}")
    manifest = Manifest(
        id=name,
        sequence=max((one.sequence for one in known), default=0) + 1,
        began_at=now,
        finished_at=datetime.now(UTC),
        release=version("streetwarden"),
        schema_version=schema.version,
        owner=facts["owner"],
        postgresql=facts["postgresql"],
        timescaledb=facts["timescaledb"],
        edition=str(schema.edition),
        database=dump,
        rows=rows,
        evidence=evidence,
        evidence_files=len(files),
        evidence_bytes=sum(file.size for file in files),
        damaged=sorted(damaged),
    )
    await backups.seal(manifest)
    return manifest


async def check_dump(backups: BackupStore, dump: File, rows: dict[str, int], *, system: Path | None) -> None:
    """Read a dump back: it must match what was written, and pg_restore must find each table in it.

    Raises:
        BackupError: it does not match, or a table is missing.
    """
    client = clients.find("pg_restore", server=0, system=system)
    listed = await clients.feed(client, ["--list"], backups.read_checked(dump))
    missing = [table for table in rows if f" TABLE DATA public {table} " not in listed]
    if missing:
        raise BackupError(f"{dump.key} holds no data of {', '.join(missing[:3])}; make another backup")


async def _count(connection: Connection) -> dict[str, int]:
    """Rows of every table, in the snapshot."""
    tables = [row["name"] for row in await connection.fetch(_SQL["tables"])]
    return {table: await connection.fetchval(f'SELECT count(*) FROM "{table}"') for table in tables}  # noqa: S608 (names of our own)


async def _copy_evidence(source: Source, backups: BackupStore, files: list[EvidenceFile]) -> set[str]:
    """Copy files that the destination lacks; returns the digests of missing or damaged source files."""
    shelf, copies = EvidenceStore(source.evidence_url), EvidenceStore(backups.url)
    there = await backups.sizes("evidence/")
    damaged: set[str] = set()
    turns = asyncio.Semaphore(_AT_ONCE)

    async def copy(file: EvidenceFile) -> None:
        async with turns:
            try:
                data = await shelf.get(file.digest, media_type=file.media_type)
            except (MissingEvidenceError, DamagedEvidenceError):
                damaged.add(file.digest)
            else:
                await copies.put(data, media_type=file.media_type)

    try:
        async with asyncio.TaskGroup() as tasks:
            for file in files:
                if there.get(file.key) != file.size:
                    tasks.create_task(copy(file))
    except ExceptionGroup as group:
        raise group.exceptions[0] from None
    return damaged


async def _give_up(guard: Connection, backups: BackupStore, name: str, error: BaseException) -> None:
    """Remove the remains of a failed backup, and record the failure."""
    with suppress(ProgramError):
        await backups.remove_backup(name)
    why = str(error) if isinstance(error, ProgramError) else f"{type(error).__name__}: {error}"
    with suppress(*UNREACHABLE, asyncpg.PostgresError):
        await guard.execute(_SQL["fail"], name, why[:500])


def _name(now: datetime, taken: set[str]) -> str:
    """The time as a name; a number is appended if the clock stands still or went back."""
    name = now.astimezone(UTC).strftime(_STAMP)
    number = 1
    while (chosen := name if number == 1 else f"{name}-{number}") in taken:
        number += 1
    return chosen


def _mib(size: int) -> str:
    return f"{size / 1024**2:.1f} MiB"

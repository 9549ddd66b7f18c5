"""`streetwarden backup …` and `streetwarden restore`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from deploy.backup import create, restore
from deploy.backup.backup_store import BackupStore
from deploy.backup.errors import BackupError
from deploy.backup.manifest import Manifest
from deploy.stack import folder as stack_folder
from deploy.stack.folder import StackFolder, running
from program.settings_parts import DatabaseAddress, EvidenceStore

INCOMPLETE: Final = 3
"""The exit status of a backup or restore that is complete except for lost evidence files."""

_folder = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    envvar=stack_folder.VARIABLE,
    default=stack_folder.DEFAULT,
    show_default=True,
    help="The folder of a stack; if it is up and no address is given, the command uses this stack.",
)
_database = click.option(
    "--database-url", envvar="STREETWARDEN_DATABASE_URL", default="", help="The database."
)
_password = click.option(
    "--database-password-file",
    envvar="STREETWARDEN_DATABASE_PASSWORD_FILE",
    default="",
    help="A file with the password, so that the URL need not contain it.",
)
_evidence = click.option(
    "--evidence-url", envvar="STREETWARDEN_EVIDENCE_URL", default="", help="The evidence storage."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """Where things are."""

    database_url: str
    evidence_url: str
    system: Path


def _known(
    folder: Path, database_url: str, password_file: str, evidence_url: str, *, administrator: bool
) -> _Known:
    """The given options, else those of the running stack, else the programs' defaults."""
    own = StackFolder(folder)
    stack = running(own)
    system = own.system()
    if database_url or stack is None:
        database_url = DatabaseAddress(
            url=database_url or DatabaseAddress().url, password_file=password_file
        ).full_url()
    elif administrator:
        database_url = stack.administrator_database_url
    else:
        database_url = stack.backup_database_url
    return _Known(
        database_url=database_url,
        evidence_url=evidence_url or (EvidenceStore().url if stack is None else stack.evidence_url),
        system=system,
    )


@click.group()
def backup() -> None:
    """Back up database and evidence; list and verify backups (docs/operations.md)."""


@backup.command(name="create")
@click.argument("destination")
@click.option(
    "--keep", type=click.IntRange(min=1), help="The number of complete backups to keep; default: all."
)
@_database
@_password
@_evidence
@_folder
def create_command(
    *,
    destination: str,
    keep: int | None,
    database_url: str,
    database_password_file: str,
    evidence_url: str,
    folder: Path,
) -> None:
    """Back up to DESTINATION, a folder or s3://bucket/prefix, and verify the backup.

    The exit status is 3 if the backup is complete except for evidence files that were lost or damaged before.
    """
    known = _known(folder, database_url, database_password_file, evidence_url, administrator=False)
    source = create.Source(
        database_url=known.database_url, evidence_url=known.evidence_url, system=known.system
    )
    made = asyncio.run(
        create.create(source, BackupStore(destination), keep=keep, now=datetime.now(UTC), tell=click.echo)
    )
    click.echo(f"backup {made.id} is whole")
    _say_lost(made.damaged, "were missing or damaged already, and are not in the backup")


@backup.command(name="list")
@click.argument("destination")
def list_command(destination: str) -> None:
    """List the complete backups of DESTINATION, oldest first."""
    for one in asyncio.run(BackupStore(destination, must_exist=True).manifests()):
        click.echo(_in_words(one))


@backup.command(name="verify")
@click.argument("destination")
@click.option("--backup", "name", help="Its id; the newest if left out.")
@_folder
def verify_command(destination: str, name: str | None, folder: Path) -> None:
    """Read a whole backup again and compare every file with its digest."""
    backups = BackupStore(destination, must_exist=True)
    system = StackFolder(folder).system()

    async def run() -> tuple[Manifest, list[str]]:
        manifest = await backups.find(name)
        return manifest, await restore.verify(backups, manifest, system=system)

    manifest, wrong = asyncio.run(run())
    if new := sorted(set(wrong) - set(manifest.damaged)):
        raise BackupError(
            f"of the {manifest.evidence_files} files of evidence of backup {manifest.id}, {len(new)} are "
            f"missing or not what their digest says ({new[0]} …); make another backup"
        )
    click.echo(f"{_in_words(manifest)}: every file is what was written")


@click.command(name="restore")
@click.argument("source")
@click.option("--backup", "name", help="Its id; the newest if left out.")
@click.option("--replace", is_flag=True, help="Replace a database that is not empty.")
@click.option("--evidence-only", is_flag=True, help="Restore only evidence files, not the database.")
@_database
@_password
@_evidence
@_folder
def restore_command(
    *,
    source: str,
    name: str | None,
    replace: bool,
    evidence_only: bool,
    database_url: str,
    database_password_file: str,
    evidence_url: str,
    folder: Path,
) -> None:
    """Restore a backup from SOURCE: database and evidence (docs/runbook.md).

    The database's user must be a superuser. The existing database is replaced only after the restored one was
    verified. Connected programs lose their connection, and continue with the restored database.
    """
    known = _known(folder, database_url, database_password_file, evidence_url, administrator=True)
    backups = BackupStore(source, must_exist=True)

    async def run() -> list[str]:
        manifest = await backups.find(name)
        tell: Callable[[str], None] = click.echo
        tell(f"restoring {_in_words(manifest)}")
        lost = await restore.restore_evidence(backups, manifest, known.evidence_url, tell)
        if not evidence_only:
            await restore.restore_database(
                backups, manifest, known.database_url, replace=replace, system=known.system, tell=tell
            )
        return lost

    _say_lost(asyncio.run(run()), "are in the backup neither")


def _say_lost(digests: list[str], what: str) -> None:
    if digests:
        click.echo(f"{len(digests)} files of evidence {what}: {', '.join(digests[:3])} …", err=True)
        sys.exit(INCOMPLETE)


def _in_words(one: Manifest) -> str:
    size = (one.database.size + one.evidence_bytes) / 1024**2
    return (
        f"{one.id}: release {one.release}, schema {one.schema_version}, {sum(one.rows.values())} rows, "
        f"{one.evidence_files} files of evidence, {size:.1f} MiB"
    )

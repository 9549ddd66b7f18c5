"""Unused files in evidence storage: finds files that belong to no evidence, and removes old ones.

A file is written before the transaction that refers to it. If that never commits, or its evidence was deleted
since, nothing refers to the file. Files that are older than the database are kept: they belong to an earlier
database that was lost, and to its backup.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from store.connection import open_connection
from store.evidence import EvidenceStore, StoredFile
from store.migrate import require_current
from store.queries import load

_SHORTEST: Final = timedelta(days=1)
"""Younger files may belong to a transaction that has not committed yet."""

_SQL = load("maintenance")


@dataclass(slots=True, kw_only=True)
class Swept:
    """The result of a sweep.

    Attributes:
        files: number of files in the storage.
        removed: number of removed files.
        removed_bytes: size of the removed files.
    """

    files: int = 0
    removed: int = 0
    removed_bytes: int = 0


async def sweep(url: str, shelf: EvidenceStore, *, older_than: timedelta, now: datetime) -> Swept:
    """Remove files that belong to no evidence.

    Args:
        url: the database, migrated.
        shelf: the storage.
        older_than: only files at least this old; a day or more.
        now: the time; the database's time is used if it is earlier.

    Raises:
        DatabaseUnreachableError: the server does not answer.
        EvidenceError: the storage does not answer.
        SchemaError: the database is not what this program was written for.
    """
    swept = Swept()
    connection = await open_connection(url, application="streetwarden maintenance")
    try:
        await require_current(connection)
        before = min(now, await connection.fetchval("SELECT now()")) - max(older_than, _SHORTEST)
        # A new database over an old storage refers to none of its files; they are kept for a restore.
        born = await connection.fetchval("SELECT min(applied_at) FROM schema_version")
        async for files in shelf.files():
            swept.files += len(files)
            old = {file.digest: file for file in files if born <= file.written_at < before}
            for digest in await connection.fetch(_SQL["unnamed_files"], list(old)):
                file: StoredFile = old[digest[0]]
                if await shelf.remove(file, written_before=before):
                    swept.removed += 1
                    swept.removed_bytes += file.size
    finally:
        await connection.close()
    return swept

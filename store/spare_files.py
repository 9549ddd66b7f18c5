"""Files in object storage that belong to no evidence: found, and removed once they are old enough.

A file is written before the transaction that speaks of it. If that never commits, or its evidence was dropped
since, nothing names the file any more. Files that are older than the database itself are left alone: they
belong to one that was lost, and to its backup.
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
"""Younger files may belong to a transaction that waits for its database."""

_SQL = load("maintenance")


@dataclass(slots=True, kw_only=True)
class Swept:
    """What a sweep has found.

    Attributes:
        files: in the storage.
        removed: of those.
        removed_bytes: of the removed.
    """

    files: int = 0
    removed: int = 0
    removed_bytes: int = 0


async def sweep(url: str, shelf: EvidenceStore, *, older_than: timedelta, now: datetime) -> Swept:
    """Remove the files that no evidence names.

    Args:
        url: the database, migrated.
        shelf: where files are.
        older_than: only files written so long ago, a day at least.
        now: the time; where the database says that it is earlier, that counts.

    Raises:
        DatabaseUnreachableError: the server does not answer.
        EvidenceError: the storage does not.
        SchemaError: the database is not what this program was written for.
    """
    swept = Swept()
    connection = await open_connection(url, application="streetwarden maintenance")
    try:
        await require_current(connection)
        before = min(now, await connection.fetchval("SELECT now()")) - max(older_than, _SHORTEST)
        # A database that was made anew over an old storage names none of its files; they wait for a restore.
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

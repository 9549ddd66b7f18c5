"""Once a day: a root hash over the case record, to the log and to a file to be kept elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cases import CaseError
from casework.record import next_root
from casework.roots import append_root, read_roots
from worker.database import Database
from worker.errors import WorkerError

_A_DAY: Final = timedelta(hours=23, minutes=45)


class RecordRoot:
    """Appends to the file of root hashes; `streetwarden cases verify --roots` compares the record with it.

    Args:
        database: connections.
        file: of root hashes.
        clock: epoch seconds.
    """

    def __init__(self, *, database: Database, file: Path, clock: Callable[[], float]) -> None:
        self._database = database
        self._file = file
        self._clock = clock

    async def do(self) -> None:
        """Add a root hash over the events since the last one, if that is a day old and there are any.

        Raises:
            WorkerError: the file cannot be read or written, or a transaction does not end.
            DatabaseUnreachableError: the server does not answer.
        """
        try:
            now = datetime.fromtimestamp(self._clock(), UTC)
            roots = read_roots(self._file)
            if roots and timedelta() <= now - roots[-1].at < _A_DAY:
                return
            async with self._database.connection() as connection:
                root = await next_root(connection, roots, at=now)
            if root is not None:
                append_root(self._file, root)
        except CaseError as error:
            raise WorkerError(str(error)) from None

"""Once a day: a root over the record of cases, to the log and to a file meant to be kept elsewhere."""

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
    """Appends to the file of roots; `streetwarden cases verify --roots` holds the record against it.

    Args:
        database: connections.
        file: of roots.
        clock: epoch seconds.
    """

    def __init__(self, *, database: Database, file: Path, clock: Callable[[], float]) -> None:
        self._database = database
        self._file = file
        self._clock = clock

    async def do(self) -> None:
        """Make the root over what was written since the last one, if that is a day old and anything was.

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

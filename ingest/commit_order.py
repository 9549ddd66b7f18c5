"""The order of commits: tells the batch after it how far a batch's transaction is."""

from __future__ import annotations

import asyncio
from enum import IntEnum


class EarlierRestartedError(Exception):
    """The earlier batch has restarted its transaction; the later one must roll back and restart too."""


class _Stage(IntEnum):
    BEGUN = 0
    COPIED = 1
    COMMITTED = 2


class CommitOrder:
    """The last batch in which a condition changed, shared by all pipelines with the same rules."""

    last: CommitProgress | None = None


class CommitProgress:
    """One batch's progress to its commit.

    A batch in which a condition changed must be committed before any later one. If the later one were stored
    alone and ingest then crashed, the earlier batch would come again as late data, and late data fires no
    rule.

    The later batch copies its fixes after the earlier one has copied its own, and does the rest after the
    earlier one's commit. It therefore never holds a lock, on a key or on a chunk of the table, that the
    earlier one still needs. If the earlier one restarts its transaction, the later one rolls back and waits
    again.
    """

    def __init__(self) -> None:
        self._stage = _Stage.BEGUN
        self._attempt = 0
        self._moved = asyncio.Event()

    def begin(self) -> None:
        """A transaction begins, the first one or a repeat."""
        self._attempt += 1
        self._move(_Stage.BEGUN)

    def copy(self) -> None:
        """All fixes of the batch are copied in the present transaction."""
        self._move(_Stage.COPIED)

    def commit(self) -> None:
        """The batch is committed."""
        self._move(_Stage.COMMITTED)

    async def copied(self) -> int:
        """Wait until the fixes are copied in a transaction; the number of that attempt."""
        while self._stage < _Stage.COPIED:
            await self._moved.wait()
        return self._attempt

    async def committed(self, attempt: int) -> None:
        """Wait until the batch is committed.

        Raises:
            EarlierRestartedError: that attempt has failed.
        """
        while self._stage is not _Stage.COMMITTED:
            if self._attempt != attempt:
                raise EarlierRestartedError
            await self._moved.wait()

    async def stored(self) -> None:
        """Wait until the batch is committed, in this attempt or a later one."""
        while self._stage is not _Stage.COMMITTED:
            await self._moved.wait()

    def _move(self, stage: _Stage) -> None:
        self._stage = stage
        self._moved.set()
        self._moved = asyncio.Event()

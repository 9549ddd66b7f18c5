"""The order of commits: lets a batch wait for the progress of the batch before it."""

from __future__ import annotations

import asyncio
from enum import IntEnum


class EarlierRestartedError(Exception):
    """The earlier batch was started again; the later one must roll back and start again too."""


class _Stage(IntEnum):
    BEGUN = 0
    COPIED = 1
    COMMITTED = 2


class CommitOrder:
    """The last batch in which a condition changed, over all pipelines that share the rules."""

    last: CommitProgress | None = None


class CommitProgress:
    """The progress of one batch up to its commit.

    A batch in which a condition changed must be committed before any later batch. If the later batch were
    stored alone and ingest then crashed, the earlier one would come again as late data, and late data fires
    no rule.

    The later batch copies its fixes after the earlier one has copied its own, and does the rest after the
    earlier one's commit. It therefore never holds a lock, on a key or on a chunk of the table, that the
    earlier one still needs. If the earlier one must start again, the later one rolls back and waits again.
    """

    def __init__(self) -> None:
        self._stage = _Stage.BEGUN
        self._attempt = 0
        self._moved = asyncio.Event()

    def begin(self) -> None:
        """A transaction begins: the first, or a repetition."""
        self._attempt += 1
        self._move(_Stage.BEGUN)

    def copy(self) -> None:
        """All fixes of the batch have been copied in the current transaction."""
        self._move(_Stage.COPIED)

    def commit(self) -> None:
        """The whole batch is committed."""
        self._move(_Stage.COMMITTED)

    async def copied(self) -> int:
        """Wait until its fixes are copied in a transaction; returns the number of that attempt."""
        while self._stage < _Stage.COPIED:
            await self._moved.wait()
        return self._attempt

    async def committed(self, attempt: int) -> None:
        """Wait until it is stored.

        Raises:
            EarlierRestartedError: that attempt has failed.
        """
        while self._stage is not _Stage.COMMITTED:
            if self._attempt != attempt:
                raise EarlierRestartedError
            await self._moved.wait()

    async def stored(self) -> None:
        """Wait until it is stored, however many attempts that takes."""
        while self._stage is not _Stage.COMMITTED:
            await self._moved.wait()

    def _move(self, stage: _Stage) -> None:
        self._stage = stage
        self._moved.set()
        self._moved = asyncio.Event()

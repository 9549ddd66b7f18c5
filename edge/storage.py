"""Writes data that must survive to the box's file, in a thread of its own; until written, it stays in memory.

Callers hand over their changes and continue: a disk that is full, read-only, damaged or stalled stops no
camera and no delivery. Changes wait in memory, one for each row, and are written as soon as the disk accepts
them. The owners of the rows limit how much that is (`edge.outbox`).
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final, TypeVar

from edge.box_file import BoxFile, Change, damaged_files
from edge.errors import AnotherProgramError, StorageError
from edge.worker import Backoff, Clock

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")
Question = Callable[[sqlite3.Connection], Answer]
RowKey = tuple[str, str]
"""Table and key of a row."""

_FIRST_OPEN_S: Final = 10.0
"""Seconds for which the start waits for the file; after that the cameras are watched without it."""
_FIRST_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 30.0
_PROBE_S: Final = 30.0
_TRIALS_OF_ONE_CONNECTION: Final = 5
STALLED_S: Final = 5.0
"""Seconds. An operation of the disk that takes longer is a stall."""


class Storage:
    """The box's file, for all threads.

    Args:
        path: of the file.
        clock: monotonic seconds.
        probe_s: seconds between two probes of the disk while there is nothing to write.
    """

    def __init__(self, path: Path, *, clock: Clock = time.monotonic, probe_s: float = _PROBE_S) -> None:
        self.path = path
        self.failures = 0
        """Failed attempts to open or write."""
        self.damaged_files = 0
        """Damaged files that were set aside and still exist."""
        self._clock = clock
        self._probe_s = probe_s
        self._changed = threading.Condition()
        self._pending: dict[RowKey, Change] = {}
        self._questions: list[tuple[Question[Any], Future[Any]]] = []
        self._loaders: list[Change] = []
        self._listeners: list[Callable[[set[RowKey]], object]] = []
        self._file: BoxFile | None = None
        self._refusal: AnotherProgramError | None = None
        self._fault: str | None = f"{path} is not open yet"
        self._busy_since_s: float | None = None
        self._backoff = Backoff(first_s=_FIRST_PAUSE_S, longest_s=_LONGEST_PAUSE_S)
        self._due_s = clock()
        self._in_a_row = 0
        self._closing = False
        self._tried = threading.Event()
        self._thread = threading.Thread(target=self._run, name="storage", daemon=True)

    def on_open(self, load: Change) -> None:
        """Register a function to call with the connection whenever the file is opened; before `start`."""
        self._loaders.append(load)

    def on_stored(self, listener: Callable[[set[RowKey]], object]) -> None:
        """Register a listener that is called, in the storage's thread, after each write and each failed one.

        It gets the keys of the rows that are now on the disk; none after a failure.
        """
        self._listeners.append(listener)

    def start(self) -> None:
        """Open the file; if that is slow or fails, continue without it until it can be opened.

        Raises:
            AnotherProgramError: another edge program has it open.
        """
        self._thread.start()
        self._tried.wait(_FIRST_OPEN_S)
        if self._refusal is not None:
            raise self._refusal

    def put(self, changes: Mapping[RowKey, Change]) -> None:
        """Queue changes for one transaction; a queued change of the same row is replaced.

        Each change must contain its whole row, whatever was on the disk before.
        """
        with self._changed:
            for key, change in changes.items():
                self._pending.pop(key, None)
                self._pending[key] = change
            self._changed.notify_all()

    def is_pending(self, key: RowKey) -> bool:
        """Whether a change of this row is not on the disk yet."""
        with self._changed:
            return key in self._pending

    def read(self, question: Question[Answer], *, timeout_s: float) -> Answer:
        """Run a read-only query.

        Raises:
            StorageError: the file cannot be read, or does not answer in time.
        """
        answer: Future[Answer] = Future()
        with self._changed:
            self._questions.append((question, answer))
            self._changed.notify_all()
        try:
            return answer.result(timeout_s)
        except TimeoutError:
            answer.cancel()
            raise StorageError(f"{self.path}: the disk does not answer; check it") from None

    def fault(self) -> str | None:
        """Why nothing can be stored now, in a sentence that does not change; None if all is well."""
        busy_since_s = self._busy_since_s
        if busy_since_s is not None and self._clock() - busy_since_s > STALLED_S:
            return f"{self.path}: the disk does not answer; check it"
        return self._fault

    def flush(self, timeout_s: float) -> bool:
        """Wait until everything is on the disk; False if the time-out comes first."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._pending and self._file is not None, timeout_s)

    def close(self, timeout_s: float) -> None:
        """Write queued changes and close the file; changes that the disk does not accept in time are lost."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        if lost := len(self._pending):
            log.error("%s changes could not be stored before the end: %s", lost, self.fault())

    def _run(self) -> None:
        while True:
            try:
                self._step()
            except Exception as error:
                log.exception("storage failed")
                self._failed(StorageError(f"{self.path}: {error}; please report this"))
            self._tried.set()
            with self._changed:
                if self._closing and (not self._pending or self._fault is not None):
                    break
                self._changed.wait_for(self._has_work, max(0.0, self._due_s - self._clock()))
        if self._file is not None:
            self._file.close()

    def _has_work(self) -> bool:
        return self._closing or bool(self._questions) or (bool(self._pending) and self._fault is None)

    def _step(self) -> None:
        """Open the file if necessary, run queries, and write queued changes."""
        self._busy_since_s = self._clock()
        try:
            if self._file is None and (self._closing or self._clock() >= self._due_s):
                self._open()
            self._answer()
            due = self._closing or self._clock() >= self._due_s
            if self._file is not None and (due or (self._pending and self._fault is None)):
                self._write(self._file)
        except AnotherProgramError as error:
            self._refusal = error
            self._failed(StorageError(str(error)))
        except StorageError as error:
            self._failed(error)
        finally:
            self._busy_since_s = None

    def _open(self) -> None:
        file = BoxFile(self.path)
        try:
            for load in self._loaders:
                file.read(load)
        except BaseException:
            file.close()
            raise
        self._file = file
        if not self._pending:
            self._well()

    def _answer(self) -> None:
        with self._changed:
            questions, self._questions = self._questions, []
        for question, answer in questions:
            if not answer.set_running_or_notify_cancel():
                continue
            if self._file is None:
                answer.set_exception(StorageError(self._fault or f"{self.path} is not open"))
                continue
            try:
                answer.set_result(self._file.read(question))
            except StorageError as error:
                answer.set_exception(error)
            except Exception as error:
                log.exception("a query of %s failed", self.path)
                answer.set_exception(StorageError(f"{self.path}: {error}; please report this"))

    def _write(self, file: BoxFile) -> None:
        with self._changed:
            changes = dict(self._pending)
        if changes:
            file.commit(changes.values())
        if self._clock() >= self._due_s:
            file.probe()
        self._well()
        with self._changed:
            for key, change in changes.items():
                if self._pending.get(key) is change:
                    del self._pending[key]
            self._changed.notify_all()
        for listener in self._listeners:
            listener(set(changes))

    def _well(self) -> None:
        if self._fault is not None and self.failures:
            log.warning("%s accepts writes again", self.path)
        self._fault = None
        self._in_a_row = 0
        self.damaged_files = len(damaged_files(self.path))
        self._backoff.reset()
        self._due_s = self._clock() + self._probe_s

    def _failed(self, error: StorageError) -> None:
        self.failures += 1
        self._in_a_row += 1
        if self._file is not None and (error.reopen or self._in_a_row % _TRIALS_OF_ONE_CONNECTION == 0):
            self._file.close()
            self._file = None
        if str(error) != self._fault:
            log.error("nothing can be stored: %s; new data stay in memory and are sent from there", error)
        self._fault = str(error)
        self._due_s = self._clock() + self._backoff.next_s(1.0)
        for listener in self._listeners:
            listener(set())

"""The one SQLite file of a box: what must survive a crash, a SIGKILL and a power cut.

Write-ahead log with `synchronous=FULL`: a transaction that has returned is on the disk. All threads share one
connection under a lock; transactions are short.
"""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from edge.errors import EdgeError

log = logging.getLogger(__name__)

_VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    incident_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    made_at REAL NOT NULL,
    pictures INTEGER NOT NULL,
    payload BLOB NOT NULL,
    UNIQUE (incident_id, revision)
);
CREATE TABLE refused (
    seq INTEGER PRIMARY KEY,
    incident_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    refused_at REAL NOT NULL,
    reason TEXT NOT NULL,
    payload BLOB NOT NULL
);
CREATE TABLE open_incident (
    incident_id TEXT PRIMARY KEY,
    camera TEXT NOT NULL,
    kind TEXT NOT NULL,
    place TEXT NOT NULL,
    revision INTEGER NOT NULL,
    began_at REAL NOT NULL,
    box TEXT NOT NULL
);
CREATE TABLE memory (
    camera TEXT PRIMARY KEY,
    saved_at REAL NOT NULL,
    learned BLOB NOT NULL
);
"""


class BoxFile:
    """The open file.

    Raises:
        EdgeError: the folder cannot be written, another edge has the file, or a newer version wrote it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._guard = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise EdgeError(
                f"cannot write {path.parent} ({error.strerror}); give outbox.path a file elsewhere"
            ) from None
        try:
            fcntl.flock(self._guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._guard)
            raise EdgeError(f"another edge program has {path} open; give each its own outbox.path") from None
        self._connection = self._open()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Statements that count together or not at all; on the disk when this has ended well."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.rollback()
                raise
            self._connection.commit()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Statements that only read."""
        with self._lock:
            yield self._connection

    def close(self) -> None:
        """Close the file and let others have it."""
        with self._lock:
            self._connection.close()
            os.close(self._guard)

    def _open(self) -> sqlite3.Connection:
        try:
            return self._connect()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise EdgeError(
                    f"cannot open {self.path} ({error}); see to the disk and its rights"
                ) from None
            aside = self.path.with_name(f"{self.path.name}.damaged-{int(time.time())}")
            self.path.rename(aside)
            for suffix in ("-wal", "-shm"):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
            log.exception(
                "%s is damaged; it is kept as %s, and the box begins with an empty one", self.path, aside
            )
            return self._connect()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=10.0)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        if connection.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("quick_check finds damage")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > _VERSION:
            raise EdgeError(f"{self.path} was written by a newer edge program; install that one again")
        if version < _VERSION:
            connection.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")

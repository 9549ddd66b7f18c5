"""The SQLite file of a box: data that must survive a crash, a SIGKILL and a power cut.

Write-ahead log with `synchronous=FULL`: a transaction that has returned is on the disk. One thread owns the
connection (`edge.storage`); nothing else uses the file.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

from edge.errors import AnotherProgramError, StorageError

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")
Change = Callable[[sqlite3.Connection], object]

_VERSION: Final = 1
_LOCKED_FOR_S: Final = 5.0
_KEPT_ASIDE: Final = 3
"""Damaged files that are kept; more could fill the disk of a box whose file is damaged repeatedly."""

_TABLES: Final = {
    "outbox": (
        "seq INTEGER PRIMARY KEY AUTOINCREMENT, incident_id TEXT NOT NULL, revision INTEGER NOT NULL, "
        "made_at REAL NOT NULL, pictures INTEGER NOT NULL, payload BLOB NOT NULL, "
        "UNIQUE (incident_id, revision)"
    ),
    "refused": (
        "seq INTEGER PRIMARY KEY, incident_id TEXT NOT NULL, revision INTEGER NOT NULL, "
        "refused_at REAL NOT NULL, reason TEXT NOT NULL, payload BLOB NOT NULL"
    ),
    "open_incident": (
        "incident_id TEXT PRIMARY KEY, camera TEXT NOT NULL, kind TEXT NOT NULL, place TEXT NOT NULL, "
        "revision INTEGER NOT NULL, began_at REAL NOT NULL, box TEXT NOT NULL"
    ),
    "memory": "camera TEXT PRIMARY KEY, saved_at REAL NOT NULL, learned BLOB NOT NULL",
}
_ADDED_COLUMNS: Final = {
    "memory": {"boot_id": "TEXT NOT NULL DEFAULT ''", "boot_s": "REAL NOT NULL DEFAULT 0"}
}
"""Columns with a default. A program without them can still write the file, so its version stays the same."""

_SALVAGED: Final = {
    "outbox": "incident_id, revision, made_at, pictures, payload",
    "refused": "seq, incident_id, revision, refused_at, reason, payload",
    "open_incident": "incident_id, camera, kind, place, revision, began_at, box",
}
_DAMAGE: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_NEW_CONNECTION: Final = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
_SENTENCES: Final = {
    sqlite3.SQLITE_FULL: "the disk is full; free some space on it",
    sqlite3.SQLITE_READONLY: "it is read-only; check its permissions and the mount options of its "
    "file system",
    sqlite3.SQLITE_IOERR: "the disk reports an error; check the kernel's log and replace the disk",
    sqlite3.SQLITE_BUSY: "another program holds a lock on it; end that program",
    sqlite3.SQLITE_LOCKED: "another program holds a lock on it; end that program",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; check its folder, its permissions and free inodes",
    sqlite3.SQLITE_PERM: "it cannot be opened; check its permissions",
    sqlite3.SQLITE_AUTH: "it cannot be opened; check its permissions",
}


class BoxFile:
    """The open file.

    Raises:
        AnotherProgramError: another edge program has it open.
        StorageError: it cannot be opened now. A damaged file is set aside, and a new one is made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._identity = 0, 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._guard = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StorageError(
                f"{path.parent} cannot be written ({error.strerror}); check the disk"
            ) from None
        try:
            self._lock()
            self._connection = self._open()
        except BaseException:
            os.close(self._guard)
            raise

    def commit(self, changes: Iterable[Change]) -> None:
        """Make changes in one transaction; they are on the disk when this returns.

        Raises:
            StorageError: none of them was made.
        """
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                for change in changes:
                    change(self._connection)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise self._fault(error) from error

    def probe(self) -> None:
        """Write without changing anything, to check that the disk accepts writes; reopen a moved file.

        Raises:
            StorageError: the disk accepts no writes.
        """
        try:
            there = self.path.stat()
            moved = (there.st_dev, there.st_ino) != self._identity
        except FileNotFoundError:
            moved = True
        except OSError as error:
            raise StorageError(f"{self.path} cannot be found ({error.strerror}); check the disk") from None
        if moved:
            self._follow()
        self.commit([lambda connection: connection.execute(f"PRAGMA user_version = {_VERSION}")])

    def read(self, question: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """Run a read-only query.

        Raises:
            StorageError: the file cannot be read.
        """
        try:
            return question(self._connection)
        except sqlite3.Error as error:
            raise self._fault(error) from error

    def close(self) -> None:
        """Close the file and release its lock."""
        try:
            self._connection.close()
        except sqlite3.Error as error:
            log.warning("%s cannot be closed: %s", self.path, error)
        finally:
            os.close(self._guard)

    def _follow(self) -> None:
        """Continue with all rows in the file of this name, after the old file was removed or replaced."""
        old, identity = self._connection, self._identity
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = self._open()
        except OSError as error:
            raise StorageError(
                f"{self.path} is gone and cannot be created again ({error.strerror})"
            ) from None
        try:
            _copy_rows(old, self._connection)
        except sqlite3.Error as error:
            self._connection.close()
            self._connection, self._identity = old, identity
            raise self._fault(error) from error
        old.close()
        log.warning(
            "%s was removed or replaced while the box had it open; its rows were written to a new file",
            self.path,
        )

    def _lock(self) -> None:
        try:
            fcntl.flock(self._guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AnotherProgramError(
                f"another edge program has {self.path} open; give each program its own outbox.path"
            ) from None
        except OSError as error:
            raise StorageError(f"{self.path} cannot be locked ({error.strerror}); use a local disk") from None

    def _open(self) -> sqlite3.Connection:
        try:
            return self._connect()
        except sqlite3.Error as error:
            fault = self._fault(error)
            if not fault.damaged:
                raise fault from error
        try:
            return self._begin_anew()
        except OSError as error:
            raise StorageError(
                f"{self.path} is damaged and cannot be set aside ({error.strerror}); check the disk"
            ) from None
        except sqlite3.Error as error:
            raise self._fault(error) from error

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, isolation_level=None, check_same_thread=False, timeout=_LOCKED_FOR_S
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        there = self.path.stat()
        self._identity = there.st_dev, there.st_ino
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        if connection.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("quick_check finds damage")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > _VERSION:
            raise StorageError(
                f"{self.path} was written by a newer edge program; install that version again, or "
                "move the file "
                "away"
            )
        if version < _VERSION:
            tables = " ".join(f"CREATE TABLE {name} ({columns});" for name, columns in _TABLES.items())
            connection.executescript(f"BEGIN; {tables} PRAGMA user_version = {_VERSION}; COMMIT;")
        for table in _TABLES:
            there = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
            if not there:
                raise sqlite3.DatabaseError(f"it has no table {table}")
            if table in _SALVAGED:
                connection.execute(f"SELECT {_SALVAGED[table]} FROM {table} LIMIT 0")  # noqa: S608 our own names
            for column, kind in _ADDED_COLUMNS.get(table, {}).items():
                if column not in there:
                    connection.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")

    def _begin_anew(self) -> sqlite3.Connection:
        """Set a damaged file aside, and copy its readable rows to a new one."""
        aside = self.path.with_name(f"{self.path.name}.damaged-{time.time_ns()}")
        self.path.rename(aside)
        for suffix in ("-wal", "-shm"):
            beside = self.path.with_name(self.path.name + suffix)
            if beside.exists():
                beside.rename(aside.with_name(aside.name + suffix))
        connection = self._connect()
        carried = _salvage(aside, connection)
        log.error("%s is damaged; it is kept as %s, and %s", self.path, aside, carried)
        for old in damaged_files(self.path)[:-_KEPT_ASIDE]:
            for suffix in ("", "-wal", "-shm"):
                old.with_name(old.name + suffix).unlink(missing_ok=True)
        return connection

    def _fault(self, error: sqlite3.Error) -> StorageError:
        code = getattr(error, "sqlite_errorcode", None)
        primary = code & 0xFF if code is not None else None
        damaged = primary in _DAMAGE or (
            primary in {None, sqlite3.SQLITE_ERROR} and isinstance(error, sqlite3.DatabaseError)
        )
        if damaged:
            return StorageError(f"{self.path} is damaged ({error}); it is kept aside", damaged=True)
        sentence = _SENTENCES.get(primary or 0, f"it cannot be written ({error}); check the disk")
        return StorageError(f"{self.path}: {sentence}", reopen=primary in _NEW_CONNECTION)


def damaged_files(path: Path) -> list[Path]:
    """The damaged files that were set aside, oldest first; none if the folder cannot be read."""
    try:
        names = [each for each in path.parent.glob(f"{path.name}.damaged-*") if each.suffix.count("-") == 1]
    except OSError:
        return []
    return sorted(names)


def _salvage(aside: Path, connection: sqlite3.Connection) -> str:
    """Copy the readable rows of a damaged file; returns a sentence about what was copied."""
    damaged = sqlite3.connect(aside, isolation_level=None, timeout=0)
    try:
        counts = _copy_rows(damaged, connection)
    finally:
        damaged.close()
    if not any(counts.values()):
        return "the box begins with an empty one"
    return (
        f"{counts['outbox']} waiting messages, {counts['refused']} refused ones and "
        f"{counts['open_incident']} open incidents were saved from it"
    )


def _copy_rows(source: sqlite3.Connection, target: sqlite3.Connection) -> dict[str, int]:
    """Copy the rows of each table up to the first unreadable one; returns their numbers, by table."""
    counts = dict.fromkeys(_SALVAGED, 0)
    target.execute("BEGIN IMMEDIATE")
    try:
        for table, columns in _SALVAGED.items():
            marks = ", ".join("?" for _ in columns.split(","))
            insert = f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 our own names
            for row in _readable(source, f"SELECT {columns} FROM {table} ORDER BY rowid"):  # noqa: S608
                target.execute(insert, row)
                counts[table] += 1
        target.execute("COMMIT")
    except BaseException:
        if target.in_transaction:
            target.execute("ROLLBACK")
        raise
    return counts


def _readable(source: sqlite3.Connection, query: str) -> Iterator[tuple[Any, ...]]:
    """Rows up to the first that cannot be read; the last column of each is JSON."""
    try:
        for row in source.execute(query):
            json.loads(row[-1])
            yield row
    except (sqlite3.Error, ValueError, TypeError, OverflowError):
        return

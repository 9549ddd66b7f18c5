"""Runs an outbox in a mount namespace, on a disk that fails and recovers.

unshare --mount python -m tests.edge.disk_trouble FOLDER TROUBLE
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from edge.storage import Storage
from tests.edge.boxes import content, incident, keys, outbox_of
from wire import Receipt, ReceiptOutcome


def mount(*options: str) -> None:
    subprocess.run(["mount", *options], check=True)


def fill_up(folder: Path) -> None:
    """Leave no room at all."""
    with (folder / "filler").open("wb", buffering=0) as file:
        for size in (65_536, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


def until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def stored(path: Path) -> list[tuple[str, int]]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    rows = connection.execute("SELECT incident_id, revision FROM outbox ORDER BY seq").fetchall()
    connection.close()
    return [(identity, revision) for identity, revision in rows]


def main(folder: Path, trouble: str) -> None:
    """Store one message, break the disk, add two, confirm the first, repair the disk."""
    mount("-t", "tmpfs", "-o", "size=2m", "none", str(folder))
    path = folder / "box.db"
    storage = Storage(path, probe_s=0.2)
    outbox = outbox_of(storage)
    before, *during = messages = [incident(picture_bytes=20_000) for _ in range(3)]
    begin, end, says = TROUBLES[trouble]
    if trouble.endswith("at the start"):
        begin(folder)
    storage.start()
    outbox.add(before)
    if not trouble.endswith("at the start"):
        assert storage.flush(10)
        begin(folder)
    for message in during:
        outbox.add(message)
    if says:
        until(lambda: says in (storage.fault() or ""), f"{says!r} was not said but {storage.fault()!r}")
        until(lambda: keys(content(outbox)) == keys(messages), "not all can be sent")
    assert outbox.settle(
        Receipt(incident_id=before.incident_id, revision=1, outcome=ReceiptOutcome.STORED, reason=None)
    )
    assert keys(content(outbox)) == keys(during) or not says
    end(folder)
    until(lambda: storage.fault() is None, "it does not recover")
    assert storage.flush(30)
    assert outbox.level().in_memory == 0
    assert keys(content(outbox)) == keys(during)
    storage.close(10)
    assert stored(path) == keys(during)
    assert outbox.given_up == 0
    sys.stdout.write("well\n")


def lock(folder: Path) -> None:
    other = sqlite3.connect(folder / "box.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    held.append(other)


def unlock(_: Path) -> None:
    held.pop().close()


def no_inodes(folder: Path) -> None:
    mount("-o", "remount,nr_inodes=1", str(folder))


def remove(folder: Path) -> None:
    for name in ("box.db", "box.db-wal", "box.db-shm"):
        (folder / name).unlink()


def wait_for_a_new_one(folder: Path) -> None:
    until((folder / "box.db").exists, "the file is not made anew")


def a_folder_in_its_place(folder: Path) -> None:
    (folder / "box.db").mkdir()


held: list[sqlite3.Connection] = []
TROUBLES: dict[str, tuple[Callable[[Path], None], Callable[[Path], None], str]] = {
    "full": (fill_up, lambda folder: (folder / "filler").unlink(), "the disk is full; free some space on it"),
    "full at the start": (fill_up, lambda folder: (folder / "filler").unlink(), "box.db"),
    "read-only at the start": (
        lambda folder: mount("-o", "remount,ro", str(folder)),
        lambda folder: mount("-o", "remount,rw", str(folder)),
        "Read-only file system",
    ),
    "locked": (lock, unlock, "another program holds a lock on it"),
    "no inodes at the start": (
        no_inodes,
        lambda folder: mount("-o", "remount,nr_inodes=100", str(folder)),
        "No space left on device",
    ),
    "a folder in its place at the start": (
        a_folder_in_its_place,
        lambda folder: (folder / "box.db").rmdir(),
        "it cannot be opened",
    ),
    "removed": (remove, wait_for_a_new_one, ""),
}

if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

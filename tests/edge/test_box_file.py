"""The box's file: one program at a time, damage is reported, intact after a SIGKILL."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from edge.box_file import BoxFile, damaged_files
from edge.errors import AnotherProgramError, StorageError
from edge.storage import Storage
from tests.edge.boxes import content, fill, incident, keys, opened

_WRITER = """
import sys
from pathlib import Path
import uuid
from edge.open_incidents import OpenIncident, OpenIncidents
from edge.storage import Storage
from tests.edge.boxes import incident, outbox_of
storage = Storage(Path(sys.argv[1]))
outbox, incidents = outbox_of(storage, max_messages=1_000_000), OpenIncidents(storage)
storage.start()
number = 0
while True:
    number += 1
    message = incident(picture_bytes=3000)
    note = OpenIncident(
        incident_id=message.incident_id, camera="c1", kind="goods", place="kerb", revision=1, began_at=1.0,
        box_px=(0, 0, 1, 1),
    )
    outbox.add(message, together_with=incidents.put(note))
    assert storage.flush(60)
    print(number, flush=True)
"""


def test_committed_messages_survive_a_sigkill_intact(tmp_path: Path) -> None:
    path = tmp_path / "box.db"
    committed = 0
    source = random.Random(7)
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            wanted = source.randrange(3, 25)
            said = 0
            while said < wanted:
                said = int(writer.stdout.readline())
            writer.kill()
            rest = writer.stdout.read().split()
            said = int(rest[-1]) if rest else said
        with sqlite3.connect(path) as connection:
            noted = {row[0] for row in connection.execute("SELECT incident_id FROM open_incident")}
        connection.close()
        with opened(path, max_messages=1_000_000) as (_, outbox):
            waiting = content(outbox)
        assert {identity for identity, _ in keys(waiting)} == noted, "half a transaction"
        assert committed + said <= len(waiting) <= committed + said + 1
        committed = len(waiting)


def test_a_second_program_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path / "box.db"), pytest.raises(AnotherProgramError, match="another edge program has"):
        Storage(tmp_path / "box.db").start()
    with opened(tmp_path / "box.db"):
        pass


def test_a_damaged_file_is_kept_aside_and_the_box_continues(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "box.db"
    path.write_bytes(b"no database at all" * 1000)
    with opened(path) as (storage, outbox):
        assert outbox.level().messages == 0
        assert storage.fault() is None
        assert storage.damaged_files == 1
    (aside,) = damaged_files(path)
    assert aside.read_bytes().startswith(b"no database")
    assert "is damaged; it is kept as" in caplog.text


def test_of_a_file_that_is_damaged_inside_what_can_be_read_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "box.db"
    messages = [incident(picture_bytes=2000) for _ in range(40)]
    fill(path, messages)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) - 8192 : 3] = bytes(len(data[len(data) // 2 : len(data) - 8192 : 3]))
    path.write_bytes(data)
    with opened(path) as (storage, outbox):
        left = keys(content(outbox))
        assert storage.fault() is None
    assert len(damaged_files(path)) == 1
    assert left == keys(messages)[: len(left)]
    assert 5 < len(left) < 40


def test_a_file_of_other_tables_is_kept_aside(tmp_path: Path) -> None:
    path = tmp_path / "box.db"
    with sqlite3.connect(path) as connection:
        connection.executescript("CREATE TABLE outbox (something); PRAGMA user_version = 1")
    connection.close()
    with opened(path) as (storage, _):
        assert storage.fault() is None
    assert len(damaged_files(path)) == 1


def test_damaged_files_do_not_fill_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "box.db"
    for _ in range(5):
        path.write_bytes(b"no database at all" * 100)
        BoxFile(path).close()
    assert len(damaged_files(path)) == 3


def test_a_newer_version_is_left_alone_and_the_box_goes_on_without(tmp_path: Path) -> None:
    path = tmp_path / "box.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with opened(path) as (storage, outbox):
        assert "newer edge program" in (storage.fault() or "")
        outbox.add(incident())
        assert len(outbox.first(10)) == 1
    assert damaged_files(path) == []


def test_a_file_of_the_release_before_is_read_and_can_be_read_by_it(tmp_path: Path) -> None:
    path = tmp_path / "box.db"
    fill(path, [incident()])
    with sqlite3.connect(path) as connection:
        connection.execute("ALTER TABLE memory DROP COLUMN boot_id")
        connection.execute("ALTER TABLE memory DROP COLUMN boot_s")
    connection.close()
    with opened(path) as (_, outbox):
        assert outbox.level().messages == 1
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO memory (camera, saved_at, learned) VALUES ('c1', 1.0, x'00')")
    connection.close()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StorageError, match=r"cannot be written .*check the disk"):
        BoxFile(tmp_path / "file" / "box.db")

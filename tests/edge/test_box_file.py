"""The box's file: one program at a time, never silently damaged, whole after a SIGKILL."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from edge.box_file import BoxFile
from edge.errors import EdgeError
from edge.outbox import Outbox
from tests.edge.boxes import fill, incident, opened, outbox_of
from wire import Stream, decode

_WRITER = """
import sys
from pathlib import Path
from edge.box_file import BoxFile
from tests.edge.boxes import incident, outbox_of
file = BoxFile(Path(sys.argv[1]))
outbox = outbox_of(file, messages=1_000_000)
number = 0
while True:
    number += 1
    with file.transaction() as connection:
        for revision in (1, 2):
            outbox.add(connection, incident(revision=revision, picture_bytes=3000, identity=None))
    print(number, flush=True)
"""


def all_waiting(outbox: Outbox) -> list[int]:
    return [each.seq for each in outbox.first(1_000_000)]


def test_what_was_committed_is_there_after_sigkill_and_whole(tmp_path: Path) -> None:
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
        with opened(path) as file:
            outbox = outbox_of(file)
            waiting = all_waiting(outbox)
            for seq in waiting:
                payload = outbox.payload(seq)
                assert payload is not None
                decode(Stream.INCIDENT, payload)
        assert len(waiting) % 2 == 0, "half a transaction"
        assert committed + said <= len(waiting) // 2 <= committed + said + 1
        committed = len(waiting) // 2


def test_a_second_program_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path / "box.db"), pytest.raises(EdgeError, match="another edge program has"):
        BoxFile(tmp_path / "box.db")
    with opened(tmp_path / "box.db"):
        pass


def test_a_damaged_file_is_kept_aside_and_the_box_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "box.db"
    path.write_bytes(b"no database at all" * 1000)
    with opened(path) as file:
        assert outbox_of(file).level().messages == 0
    (aside,) = tmp_path.glob("box.db.damaged-*")
    assert aside.read_bytes().startswith(b"no database")
    assert "is damaged" in caplog.text


def test_damage_inside_is_found(tmp_path: Path) -> None:
    path = tmp_path / "box.db"
    fill(path, [incident(picture_bytes=2000) for _ in range(40)])
    data = bytearray(path.read_bytes())
    data[8192 : len(data) - 4096 : 3] = bytes(len(data[8192 : len(data) - 4096 : 3]))
    path.write_bytes(data)
    with opened(path) as file:
        assert outbox_of(file).level().messages == 0
    assert list(tmp_path.glob("box.db.damaged-*"))


def test_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "box.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(EdgeError, match="newer edge program"):
        BoxFile(path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(EdgeError, match=r"cannot write .*outbox\.path"):
        BoxFile(tmp_path / "file" / "box.db")

"""One `up` at a time uses a stack's folder, and `up` refuses a folder with other content."""

from __future__ import annotations

import stat
from pathlib import Path

import msgspec
import pytest

from deploy.errors import DeployError
from deploy.stack.folder import Running, StackFolder, running


class Word(msgspec.Struct, frozen=True):
    word: str


def noted() -> Running:
    return Running(
        pid=1,
        console_url="http://127.0.0.1:1",
        login="operator",
        password="p",
        database_url="postgresql://d",
        monitor_database_url="postgresql://d",
        backup_database_url="postgresql://d",
        administrator_database_url="postgresql://d",
        broker_url="mqtt://b",
        doctor_password="c",
        doctor_device_password="d",
        evidence_url="file:///e",
        prometheus_port=None,
        alertmanager_port=None,
        metrics_ports={"ingest": 2},
    )


def test_a_second_up_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    with (
        StackFolder(tmp_path / "stack").locked(),
        pytest.raises(DeployError, match=r"a stack is up in .* already \(process \d+\); stop that one"),
        StackFolder(tmp_path / "stack").locked(),
    ):
        pass


def test_the_folder_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with StackFolder(tmp_path / "stack").locked():
            pass


def test_somebody_elses_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(DeployError, match="holds something else"), StackFolder(tmp_path).locked():
        pass


def test_emptying_removes_everything_but_the_lock(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path / "stack")
    with folder.locked():
        (folder / "database").mkdir()
        (folder / "database" / "file").write_text("x")
        folder.remember("word.json", Word("x"))
        folder.empty()
        assert [entry.name for entry in folder.path.iterdir()] == ["lock"]


def test_remembered_files_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path)
    file = folder.remember("word.json", Word("x"))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert folder.recall("word.json", Word) == Word("x")
    assert folder.recall("other.json", Word) is None


def test_a_stack_is_running_only_while_somebody_holds_its_folder(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path / "stack")
    assert running(folder) is None
    with folder.locked():
        folder.remember("running.json", noted())
        assert running(folder) == noted()
    assert running(folder) is None

    folder.remember("running.json", noted())  # as after a SIGKILL
    assert running(folder) is None


def test_the_log_of_the_run_before_is_kept(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path)
    folder.log("edge").write_text("before")
    assert not folder.log("edge").exists()
    assert (tmp_path / "logs" / "edge.log.1").read_text() == "before"


def test_the_servers_system_is_where_the_last_up_had_it_or_beside_or_as_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STREETWARDEN_SERVERS_FOLDER", raising=False)
    folder = StackFolder(tmp_path / "stack")
    assert folder.system() == tmp_path / "debian-13"
    with folder.locked():
        folder.remember_system(tmp_path / "elsewhere")
    assert folder.system() == tmp_path / "elsewhere"
    monkeypatch.setenv("STREETWARDEN_SERVERS_FOLDER", "/srv/debian")
    assert folder.system() == Path("/srv/debian")

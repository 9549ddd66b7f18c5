"""Settings that several programs share are read in the same way by each."""

from __future__ import annotations

from pathlib import Path

import pytest

import center.settings
import edge.settings
import ingest.settings
from program.errors import SettingsError
from program.settings import load
from program.settings_parts import BrokerLogin, DatabaseAddress

Program = type[edge.settings.Settings] | type[ingest.settings.Settings]
PROGRAMS: dict[str, Program] = {"edge": edge.settings.Settings, "ingest": ingest.settings.Settings}


def login(program: str, **variables: str) -> BrokerLogin:
    given = {
        f"STREETWARDEN_{program.upper()}_BROKER_{name.upper()}": value for name, value in variables.items()
    }
    return load(PROGRAMS[program], program=program, file=None, environment=given).broker


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("text", ["word", "word\n", "word \r\n", " word\nand a second line\n"])
def test_every_program_reads_a_password_file_alike(tmp_path: Path, program: str, text: str) -> None:
    (tmp_path / "secret").write_bytes(text.encode())
    told = login(program, password="another", password_file=str(tmp_path / "secret"))
    assert told.secret() == "word"


@pytest.mark.parametrize("program", PROGRAMS)
def test_without_a_file_the_password_is_the_one_that_was_given(program: str) -> None:
    assert login(program, password=" as given ").secret() == " as given "
    assert login(program).secret() is None


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_password_file_that_cannot_be_read_is_named(tmp_path: Path, program: str) -> None:
    with pytest.raises(SettingsError, match=r"broker\.password_file .*absent cannot be read \(No such file"):
        login(program, password_file=str(tmp_path / "absent")).secret()
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match=r"binary cannot be read \(it is not UTF-8\)"):
        login(program, password_file=str(tmp_path / "binary")).secret()


def test_each_program_has_a_port_of_its_own_for_metrics() -> None:
    every = (ingest.settings.Metrics(), edge.settings.Metrics(), center.settings.Metrics())
    assert [metrics.port for metrics in every] == [9102, 9103, 9104]
    assert {metrics.address for metrics in every} == {"127.0.0.1"}


@pytest.mark.parametrize(
    ("url", "full"),
    [
        ("postgresql://u@db.example:5432/d", "postgresql://u:p%40%2F%3A@db.example:5432/d"),
        ("postgresql://u:old@[::1]/d?sslmode=require", "postgresql://u:p%40%2F%3A@[::1]/d?sslmode=require"),
    ],
)
def test_the_databases_password_may_stand_in_a_file(tmp_path: Path, url: str, full: str) -> None:
    (tmp_path / "secret").write_text(" p@/: \n")
    assert DatabaseAddress(url=url).full_url() == url
    assert DatabaseAddress(url=url, password_file=str(tmp_path / "secret")).full_url() == full


def test_a_password_file_for_nobody_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("word")
    with pytest.raises(SettingsError, match=r"has no user; write postgresql://USER@"):
        DatabaseAddress(url="postgresql:///d", password_file=str(tmp_path / "secret")).full_url()

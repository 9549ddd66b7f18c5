"""The programs accept the settings files that `streetwarden install` writes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deploy import docs
from deploy.docs_examples import examples
from deploy.docs_settings import PROGRAMS
from deploy.installing.files import SECRETS, settings, units
from program.settings import describe, load

FILES = {program: docs.ROOT / f"deploy/settings/{program}.toml" for program in PROGRAMS}


def test_they_are_made_from_the_code() -> None:
    assert {str(file.relative_to(docs.ROOT)) for file in FILES.values()} == set(examples())


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_file_loads_as_it_is(program: str) -> None:
    load(PROGRAMS[program], program=program, file=FILES[program], environment={})


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_value_that_is_commented_out_loads_and_is_the_default(program: str, tmp_path: Path) -> None:
    text = FILES[program].read_text(encoding="utf-8").partition("\n#[[")[0]
    (tmp_path / "all.toml").write_text(re.sub(r"(?m)^#(?=[a-z_]+ = )", "", text))
    full = load(PROGRAMS[program], program=program, file=tmp_path / "all.toml", environment={})
    assert full == load(PROGRAMS[program], program=program, file=FILES[program], environment={})


@pytest.mark.parametrize("program", PROGRAMS)
def test_no_setting_is_left_out(program: str) -> None:
    text = FILES[program].read_text(encoding="utf-8")
    for setting in describe(PROGRAMS[program], program=program):
        if setting.environment is not None:
            assert re.search(rf"(?m)^#?{setting.path[-1]} =", text), setting.path


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_password_file_that_the_settings_name_is_put_there_for_their_program_only(program: str) -> None:
    named = set(re.findall(rf'(?m)^\w+ = "{SECRETS}/([^"]+)"', FILES[program].read_text(encoding="utf-8")))
    placed = {
        file.path.name: file
        for file in settings("one-machine")
        if file.path.parent == SECRETS and file.group == f"streetwarden-{program}"
    }
    assert named == placed.keys()
    for file in placed.values():
        assert (file.mode, file.group, file.keep) == (0o640, f"streetwarden-{program}", True)


def test_units_follow_the_virtual_environment_that_they_were_installed_from() -> None:
    (unit,) = units("edge", prefix="/srv/venv")
    assert "ExecStart=/srv/venv/bin/streetwarden edge --config /etc/streetwarden/edge.toml" in unit.text
    assert "/opt/streetwarden" not in unit.text

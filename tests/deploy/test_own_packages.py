"""A foreign package with the name of one of ours is reported, at the start and by doctor."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from deploy import own_packages
from deploy.doctor import machine
from deploy.doctor.finding import Verdict


def test_here_they_are_ours_alone() -> None:
    assert list(own_packages.shadowed()) == []
    assert machine.own_packages().verdict is Verdict.OK


def test_a_stranger_that_python_finds_first_ends_every_command_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "__init__.py").touch()
    top = str(own_packages._HERE)
    code = f"import sys; sys.path.append({top!r}); from deploy.command import main; main()"
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {code}", "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    found = "streetwarden: Python finds other packages under the names of ours"
    assert done.stderr.startswith(f"{found} (store at {tmp_path}")
    assert "virtual environment of its own" in done.stderr


def test_a_distribution_that_wrote_into_one_of_our_folders_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    claims = {"store": ["streetwarden", "some-shop"], "city": ["streetwarden"], "numpy": ["numpy"]}
    assert list(own_packages.also_claimed(claims)) == ["store by some-shop"]
    monkeypatch.setattr(machine, "also_claimed", lambda: own_packages.also_claimed(claims))
    finding = machine.own_packages()
    assert finding.verdict is Verdict.WRONG
    assert "store by some-shop" in finding.found

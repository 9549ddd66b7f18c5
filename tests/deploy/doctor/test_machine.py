"""doctor's checks of a machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy import debian_root
from deploy.doctor import machine
from deploy.doctor.finding import Verdict
from tests.servers import ROOT


def test_this_machine_has_all_packages() -> None:
    assert machine.packages().verdict is Verdict.OK


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        machine, "requires", lambda _package: ["click>=8", "nothing-like-it>=3", "msgspec>=99"]
    )
    finding = machine.packages()
    assert finding.verdict is Verdict.WRONG
    assert finding.found == "missing or too old: msgspec, nothing-like-it"


def test_an_old_python_is_refused() -> None:
    assert machine.python((3, 10, 9)).verdict is Verdict.WRONG
    assert machine.python((3, 11, 0)).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("free_gib", "verdict"), [(100.0, Verdict.OK), (3.0, Verdict.DOUBTFUL), (0.5, Verdict.WRONG)]
)
def test_room_on_the_disk(
    free_gib: float, verdict: Verdict, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Usage:
        free = free_gib * 1024**3

    monkeypatch.setattr("shutil.disk_usage", lambda _path: Usage)
    assert machine.disk(tmp_path / "not" / "there" / "yet").verdict is verdict


@pytest.mark.usefixtures("servers_can_run")
def test_the_servers_system_is_complete_or_lacks_something(tmp_path: Path) -> None:
    assert machine.servers(ROOT).verdict is Verdict.OK
    if not debian_root.find(tmp_path).is_this_machine:
        lacking = machine.servers(tmp_path / "nothing")
        assert lacking.verdict is Verdict.WRONG
        assert "ca-certificates, libc6-dev" in lacking.found

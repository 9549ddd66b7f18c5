"""Which machines can install the servers' packages, and the error on machines that cannot run them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from deploy import debian_root
from tests.servers import ROOT

TOP = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("release", "is_it"),
    [
        ({"ID": "debian", "VERSION_ID": "13"}, True),
        ({"ID": "debian", "VERSION_ID": "14"}, True),
        ({"ID": "debian", "VERSION_ID": "12"}, False),
        ({"ID": "debian"}, False),  # testing and unstable have no number
        ({"ID": "ubuntu", "VERSION_ID": "24.04"}, False),
        ({}, False),
    ],
)
def test_debian_13_has_the_packages_itself(release: dict[str, str], *, is_it: bool) -> None:
    assert debian_root.this_machine(release) is is_it


def test_the_os_release_decides_where_servers_come_from(tmp_path: Path) -> None:
    file = tmp_path / "os-release"
    file.write_text('PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\nVERSION_ID="13"\n')
    assert debian_root.os_release(file) == {
        "PRETTY_NAME": "Debian GNU/Linux 13 (trixie)",
        "ID": "debian",
        "VERSION_ID": "13",
    }
    assert debian_root.os_release(tmp_path / "none") == {}


def test_another_system_is_sent_to_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian_root, "os_release", lambda: {"ID": "fedora"})
    refused = debian_root.refusal()
    assert refused is not None
    assert refused.endswith("use Docker, as in docs/installation.md#docker")


@pytest.mark.usefixtures("servers_can_run")
def test_without_root_it_says_what_to_do_instead() -> None:
    done = subprocess.run(
        [
            "unshare",
            "--user",
            sys.executable,
            "-m",
            "deploy.debian_root",
            "check",
        ],  # as somebody without rights
        cwd=TOP,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert (
        "needs root; run it as root, or give servers of your own in STREETWARDEN_DATABASE_URL" in done.stderr
    )
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.usefixtures("servers_can_run")
def test_what_is_made_is_found_at_once(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deploy.debian_root", "make", str(ROOT), str(tmp_path / "log")],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("", "")

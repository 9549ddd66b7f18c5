"""A figure says which detectors it belongs to."""

from __future__ import annotations

import subprocess
from pathlib import Path

from bench.detector_version import detector_commit


def test_the_last_commit_of_the_detectors_is_named_and_a_change_is_marked(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        identity = ("-c", "user.name=n", "-c", "user.email=e@x", "-c", "commit.gpgsign=false")
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    (tmp_path / "detectors").mkdir()
    assert detector_commit(tmp_path) is None
    git("init", "-q")
    (tmp_path / "detectors" / "one.py").write_text("1")
    git("add", ".")
    git("commit", "-qm", "detectors")
    named = git("log", "-1", "--format=%h")
    (tmp_path / "other.py").write_text("2")
    git("add", ".")
    git("commit", "-qm", "something else")
    assert detector_commit(tmp_path) == named
    (tmp_path / "detectors" / "one.py").write_text("3")
    assert detector_commit(tmp_path) == f"{named}+"

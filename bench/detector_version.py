"""Which detectors were measured: a figure without its commit cannot be held against a later one."""

from __future__ import annotations

import subprocess
from pathlib import Path

_PROJECT = Path(__file__).parents[1]


def detector_commit(project: Path = _PROJECT) -> str | None:
    """The last commit that changed `detectors/`, with `+` if files there differ from it; None without git."""
    last = _git(project, "log", "-1", "--format=%h", "--", "detectors")
    if not last:
        return None
    return last + ("+" if _git(project, "status", "--porcelain", "--", "detectors") else "")


def _git(project: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=project, capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""

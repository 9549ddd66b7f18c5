"""The console is built when its sources have changed, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.console import build
from deploy.errors import DeployError

NPM = """#!/bin/sh
echo "$@" >> ../calls
case "$1" in
  ci) mkdir -p node_modules && touch node_modules/.package-lock.json ;;
  run) [ ! -e broken ] && mkdir -p dist && touch dist/index.html ;;
esac
"""


@pytest.fixture
def console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A console whose npm notes what it is called for; the real one is built by scripts/test."""
    programs, folder = tmp_path / "bin", tmp_path / "console"
    (folder / "src").mkdir(parents=True)
    for name in ("package-lock.json", "package.json", "src/main.ts"):
        (folder / name).write_text("{}")
    programs.mkdir()
    (programs / "npm").write_text(NPM)
    (programs / "npm").chmod(0o755)
    monkeypatch.setattr("deploy.console.environment", lambda: {"PATH": f"{programs}:/usr/bin:/bin"})
    return folder


def calls(console: Path) -> list[str]:
    file = console.parent / "calls"
    found = file.read_text().splitlines() if file.exists() else []
    file.unlink(missing_ok=True)
    return found


def untold(line: str) -> None:
    """Nobody listens."""


def test_the_first_time_packages_come_and_it_is_built(console: Path) -> None:
    told: list[str] = []
    assert build(console, tell=told.append)
    assert calls(console) == ["ci", "run build"]
    assert len(told) == 2


def test_unchanged_sources_build_nothing(console: Path) -> None:
    build(console, tell=untold)
    calls(console)
    assert not build(console, tell=untold)
    assert calls(console) == []


def test_a_changed_source_is_built_without_new_packages(console: Path) -> None:
    build(console, tell=untold)
    calls(console)
    (console / "src" / "main.ts").write_text("changed")
    assert build(console, tell=untold)
    assert calls(console) == ["run build"]


def test_a_build_that_fails_is_one_sentence_and_is_tried_again(console: Path) -> None:
    (console / "broken").touch()
    with pytest.raises(DeployError, match=r"npm run build failed in .*; run it there to see why"):
        build(console, tell=untold)
    (console / "broken").unlink()
    calls(console)
    assert build(console, tell=untold)


def test_an_installed_console_needs_no_building(tmp_path: Path) -> None:
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "index.html").touch()
    assert not build(tmp_path, tell=untold)


def test_a_console_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match=r"the console is missing in .*; install the package again"):
        build(tmp_path, tell=untold)

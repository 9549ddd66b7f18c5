"""`python -m deploy.console`: builds the web console of a checkout when its sources have changed."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import click

from deploy.errors import DeployError
from program.errors import ProgramError

FOLDER: Final = Path(__file__).parents[1] / "center" / "console"
_MARK: Final = ".built-from"
_NOT_SOURCES: Final = {"dist", "node_modules"}


def build(folder: Path = FOLDER, *, tell: Callable[[str], None]) -> bool:
    """Build the console if its sources have changed since the last build.

    Args:
        folder: of the console's sources.
        tell: takes a line of progress.

    Returns:
        Whether it was built.

    Raises:
        DeployError: there is no npm, or it fails.
    """
    built = folder / "dist"
    if not (folder / "package.json").exists():
        if (built / "index.html").exists():  # installed, not a checkout
            return False
        raise DeployError(f"the console is missing in {folder}; install the package again, or clone it whole")
    with (folder / "package.json").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two stacks of one checkout would build over each other
        digest = _digest(folder)
        if _made_from(built) == digest:
            return False
        if not (folder / "node_modules" / ".package-lock.json").exists() or _packages_changed(folder):
            tell("console: installing its packages")
            _npm(folder, "ci")
        tell("console: building")
        _npm(folder, "run", "build")
        (built / _MARK).write_text(digest, encoding="utf-8")
    return True


def environment() -> dict[str, str]:
    """Environment in which `npm` and `node` are those of our virtual environment."""
    here = str(Path(sys.executable).parent)
    return {**os.environ, "PATH": os.pathsep.join((here, os.environ.get("PATH", os.defpath)))}


def _npm(folder: Path, *arguments: str) -> None:
    found = environment()
    npm = shutil.which("npm", path=found["PATH"])
    if npm is None:
        raise DeployError("there is no npm to build the console with; run scripts/run, which installs it")
    done = subprocess.run([npm, *arguments], cwd=folder, env=found, stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise DeployError(f"npm {' '.join(arguments)} failed in {folder}; run it there to see why")


def _packages_changed(folder: Path) -> bool:
    """Whether the packages were installed from another version of the lock file."""
    installed = folder / "node_modules" / ".package-lock.json"
    return installed.stat().st_mtime < (folder / "package-lock.json").stat().st_mtime


def _made_from(built: Path) -> str | None:
    try:
        return (built / _MARK).read_text(encoding="utf-8")
    except OSError:
        return None


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(_sources(folder)):
        digest.update(file.relative_to(folder).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _sources(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.name in _NOT_SOURCES:
            continue
        if entry.is_dir():
            yield from (file for file in entry.rglob("*") if file.is_file())
        else:
            yield entry


@click.command()
def command() -> None:
    """Build the web console, if its sources have changed."""
    try:
        build(tell=lambda line: click.echo(line, err=True))
    except ProgramError as error:
        click.echo(f"streetwarden: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    command()

"""`python -m deploy.release`: builds a release from a checkout."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Final

import click

from deploy import console
from deploy.errors import DeployError
from deploy.release.roles import EXTRAS, OURS, requirements
from program.errors import ProgramError

TOP: Final = Path(__file__).parents[2]


def build(out: Path) -> list[Path]:
    """Build all files of a release.

    Args:
        out: the folder; its old content is deleted.

    Returns:
        The files: wheel, sdist, one lock for each role, checksums.

    Raises:
        DeployError: this is no checkout, or a step failed.
    """
    if not (TOP / "pyproject.toml").exists():
        raise DeployError("a release is built from a checkout; clone it and run scripts/build there")
    console.build(tell=lambda line: click.echo(line, err=True))
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, "-P", "-m", "hatchling", "build", "--directory", str(out)]
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise DeployError(f"hatchling could not build the packages; it said: {done.stderr.strip()}")
    (wheel,) = out.glob("*.whl")
    lock = (TOP / "requirements.lock").read_text(encoding="utf-8")
    for role in EXTRAS:
        text = requirements(role, lock, version=version(OURS), wheel=wheel.name)
        (out / f"requirements-{role}.txt").write_text(text, encoding="utf-8")
    files = sorted(out.iterdir())
    sums = "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files)
    (out / "SHA256SUMS").write_text(sums, encoding="utf-8")
    return [*files, out / "SHA256SUMS"]


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=TOP / "dist",
    show_default="dist",
    help="The output folder; its old content is deleted.",
)
def command(out: Path) -> None:
    """Build a release: wheel with the console in it, sdist, a lock for each role, checksums."""
    try:
        for file in build(out.absolute()):
            click.echo(f"{file.stat().st_size:>10,}  {file}")
    except ProgramError as error:
        click.echo(f"streetwarden: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    command()

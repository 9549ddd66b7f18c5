"""`python -m deploy.stack.made_city FOLDER`: builds the simulated city, once for several stacks."""

from __future__ import annotations

import fcntl
import shutil
import sys
from pathlib import Path

import click

from city.build import build
from program.errors import ProgramError


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def command(folder: Path) -> None:
    """Build the simulated city into FOLDER if it is missing or was built by another release."""
    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for draft in folder.parent.glob(f".{folder.name}-*"):  # of one that was killed
            shutil.rmtree(draft, ignore_errors=True)
        try:
            build(folder, tell=lambda line: click.echo(line, err=True))
        except ProgramError as error:
            click.echo(f"streetwarden: {error}", err=True)
            sys.exit(1)


if __name__ == "__main__":
    command()

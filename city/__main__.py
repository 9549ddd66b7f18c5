"""`python -m city build` makes a city folder; `python -m city run` drives its fleet."""

from __future__ import annotations

from pathlib import Path

import click

from city.build import DEFAULT_SEED
from city.build import build as build_city


@click.group()
def command() -> None:
    """A made city: streets, cameras and a fleet, speaking MQTT and files like any device."""


@command.command()
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder to make."
)
@click.option(
    "--seed", type=int, default=DEFAULT_SEED, show_default=True, help="Decides everything in the city."
)
def build(out: Path, seed: int) -> None:
    """Make a city folder: layers, devices, camera clips, and the truth about them."""
    build_city(out, seed=seed, tell=lambda line: click.echo(line, err=True))


if __name__ == "__main__":
    command()

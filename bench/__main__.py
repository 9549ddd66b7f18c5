"""`python -m bench NAME`: every benchmark is a command of its own module."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from program.errors import ProgramError

_BENCHMARKS = {
    "api-fuzz": "bench.api_fuzz",
    "alerts": "bench.alerts",
    "attack": "bench.attack.command",
    "broker": "bench.broker",
    "cases": "bench.cases.command",
    "chaos": "bench.chaos",
    "clips": "bench.clips",
    "composites": "bench.composites",
    "covers": "bench.covers",
    "covers-calibration": "bench.covers_calibration",
    "detection-pictures": "bench.detection_pictures",
    "edge": "bench.edge",
    "growth": "bench.growth",
    "history": "bench.history",
    "ingest": "bench.ingest",
    "left-objects": "bench.left_objects",
    "parking": "bench.parking",
    "profile": "bench.profile",
    "pictures": "bench.pictures",
    "quality": "bench.quality",
    "real-clips": "bench.real_clips",
    "rules": "bench.rules",
    "search": "bench.search.command",
    "soak": "bench.soak",
    "stalls": "bench.stalls",
    "tuning": "bench.tuning",
}


class _Benchmarks(click.Group):
    """Imports a benchmark only when it is called, because each needs other packages."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted(_BENCHMARKS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _BENCHMARKS:
            return None
        found: click.Command = import_module(_BENCHMARKS[cmd_name]).command
        return found


@click.group(cls=_Benchmarks)
def command() -> None:
    """Benchmarks; each prints its figures as JSON in the last line."""


if __name__ == "__main__":
    try:
        command()
    except ProgramError as error:
        click.echo(f"streetwarden: {error}", err=True)
        sys.exit(1)

"""`streetwarden status`."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import click
import msgspec

from deploy.installation import find
from deploy.stack import folder as stack_folder
from deploy.stack.folder import StackFolder
from deploy.status.reading import Status, read


@click.command(name="status")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    envvar=stack_folder.VARIABLE,
    default=stack_folder.DEFAULT,
    show_default=True,
    help="The stack's folder; if no stack is up there, the programs' STREETWARDEN_ variables give their "
    "addresses.",
)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
@click.option(
    "--seconds",
    type=click.FloatRange(0.1, 600),
    default=2.0,
    show_default=True,
    help="Seconds for which rate and lag are measured.",
)
def command(folder: Path, *, as_json: bool, seconds: float) -> None:
    """Show the state of the system; if a part is away, its values are null and the exit status is 1."""
    status = asyncio.run(read(find(StackFolder(folder), os.environ), seconds=seconds))
    click.echo(msgspec.json.encode(status).decode() if as_json else in_words(status))
    if status.reason is not None:
        sys.exit(1)


def in_words(status: Status) -> str:
    """One line for people, and a second line with the parts that do not answer."""
    lag = "no new fixes" if status.lag_p99_s is None else f"lag {status.lag_p99_s:.3f} s (p99)"
    rate = None if status.messages_per_s is None else round(status.messages_per_s)
    known = status.fates.items() if status.fates is not None else ()
    fates = ", ".join(f"{count} {fate.replace('_', ' ')}" for fate, count in known) or "fates unknown"
    oldest = "" if status.jobs_oldest_s is None else f" (the oldest for {status.jobs_oldest_s:.0f} s)"
    jobs = f"{status.jobs_waiting} due{oldest}, {status.jobs_failed} failed"
    words = (
        f"{status.vehicles_live} vehicles live, {rate} messages/s, {lag}, {status.incidents} incidents, "
        f"{status.cases_open} cases open; messages: {fates}, {status.lost} lost; jobs: {jobs}"
    ).replace("None ", "? ")
    return words if status.reason is None else f"{words}\n{status.reason}"

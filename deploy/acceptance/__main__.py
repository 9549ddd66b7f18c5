"""`python -m deploy.acceptance`: runs the stack on the simulated city and compares its cases with the truth.

The last line is JSON; the exit status is 1 if a case is missing, wrong or superfluous.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from cases import CasePolicy
from deploy.acceptance import found, truth, verdict
from deploy.acceptance.running_stack import RunningStack
from program.errors import ProgramError

_TELL_EVERY_S: Final = 15.0


@click.command()
@click.option(
    "--made",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".streetwarden"),
    show_default=True,
    help="The folder in which `up` has made the city and the servers' Debian root.",
)
@click.option(
    "--seconds", type=float, default=375.0, show_default=True, help="How long the clips play; one lasts 300."
)
def command(made: Path, seconds: float) -> None:
    """Run the stack for some minutes, and compare its cases with the truth."""
    folder = Path(tempfile.mkdtemp(prefix="acceptance-", dir=made.absolute()))
    city = made.absolute() / "city"
    stack = RunningStack(folder=folder / "stack", city=city, system=made.absolute() / "debian-13")
    try:
        report = _run(stack, city, seconds)
    except ProgramError as error:
        click.echo(f"streetwarden: {error}", err=True)
        sys.exit(1)
    finally:
        stack.end()
        shutil.rmtree(folder)
    click.echo(msgspec.json.encode(report))
    sys.exit(0 if report["passed"] else 1)


def _run(stack: RunningStack, city: Path, seconds: float) -> dict[str, Any]:
    happenings, began = truth.read(city), time.monotonic()
    stack.start()
    known = stack.await_up()
    up_s, started = time.monotonic() - began, stack.clips_began()
    click.echo(f"up in {up_s:.1f} s; the clips play for {seconds:.0f} s", err=True)
    while (played := (datetime.now(UTC) - started).total_seconds()) < seconds:
        time.sleep(min(_TELL_EVERY_S, seconds - played))
        status = stack.status()
        click.echo(f"{played:4.0f} s  {msgspec.json.encode(status).decode()}", err=True)
    cases = asyncio.run(found.cases(known.database_url, known.evidence_url))
    policy = CasePolicy.load("")
    codes = {one.type: policy.rule(one.type).code for one in happenings}
    outcomes = verdict.judge(happenings, cases, started=started, codes=codes, seconds=seconds)
    too_many, status = verdict.beyond(happenings, cases), stack.status()
    wrong = [outcome for outcome in outcomes if outcome.wrong]
    return {
        "benchmark": "acceptance",
        "passed": not wrong and not too_many and not status["lost"],
        "up_s": round(up_s, 1),
        "seconds": seconds,
        "outcomes": outcomes,
        "too_many": too_many,
        "status": status,
    }


if __name__ == "__main__":
    command()

"""`streetwarden doctor`."""

from __future__ import annotations

import asyncio
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Final

import click
import msgspec

from deploy.doctor import roles
from deploy.doctor.finding import Finding, Verdict
from deploy.installing.files import PROGRAMS
from deploy.stack import folder as stack_folder
from program.errors import ProgramError

_SIGNS: Final = {Verdict.OK: "✓", Verdict.DOUBTFUL: "?", Verdict.WRONG: "✗"}


@click.command(name="doctor")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    envvar=stack_folder.VARIABLE,
    default=stack_folder.DEFAULT,
    show_default=True,
    help="The stack's folder; if no stack is up there, the programs' STREETWARDEN_ variables give their "
    "addresses.",
)
@click.option(
    "--role",
    type=click.Choice(list(PROGRAMS)),
    help="Check this machine as one with that role, by the settings in /etc/streetwarden.",
)
@click.option("--json", "as_json", is_flag=True, help="All findings as JSON.")
def command(folder: Path, *, role: str | None, as_json: bool) -> None:
    """Check an installation, and name the remedy of each fault; the exit status is 1 if there is a fault."""
    findings = asyncio.run(_of_role(role) if role is not None else _everything(folder.absolute()))
    click.echo(msgspec.json.encode(findings) if as_json else "\n".join(map(in_words, findings)))
    if any(finding.verdict is Verdict.WRONG for finding in findings):
        sys.exit(1)


async def _of_role(role: str) -> list[Finding]:
    return [finding async for finding in roles.check(role, os.environ)]


async def _everything(folder: Path) -> list[Finding]:
    try:
        examine = import_module("deploy.doctor.everything").examine
    except ModuleNotFoundError as error:
        raise ProgramError(
            f"this machine has not all of Streetwarden's packages ({error.name} is missing); "
            f"say which role it has: streetwarden doctor --role {'|'.join(PROGRAMS)}"
        ) from None
    found: list[Finding] = await examine(folder)
    return found


def in_words(finding: Finding) -> str:
    """One line for people, and a second with the remedy."""
    line = f"{_SIGNS[finding.verdict]} {finding.check}: {finding.found}"
    return f"{line}\n    → {finding.remedy}" if finding.remedy else line

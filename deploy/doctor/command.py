"""`streetwarden doctor`."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Final

import click
import msgspec

from deploy.doctor import machine, services
from deploy.doctor.finding import Finding, Verdict, ok
from deploy.installation import find
from deploy.stack import folder as stack_folder
from deploy.stack.folder import StackFolder

_SIGNS: Final = {Verdict.OK: "✓", Verdict.DOUBTFUL: "?", Verdict.WRONG: "✗"}


@click.command(name="doctor")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    envvar=stack_folder.VARIABLE,
    default=stack_folder.DEFAULT,
    show_default=True,
    help="The stack's; where none is up, the programs' STREETWARDEN_ variables say where they are.",
)
@click.option("--json", "as_json", is_flag=True, help="All findings as JSON.")
def command(folder: Path, *, as_json: bool) -> None:
    """Check an installation line by line, and name the mend; the exit status is 1 if something is wrong."""
    findings = asyncio.run(examine(folder.absolute()))
    click.echo(msgspec.json.encode(findings) if as_json else "\n".join(map(in_words, findings)))
    if any(finding.verdict is Verdict.WRONG for finding in findings):
        sys.exit(1)


async def examine(folder: Path) -> list[Finding]:
    """All checks, of this machine and of what runs."""
    where = find(StackFolder(folder), os.environ)
    own_servers = bool(
        os.environ.get("STREETWARDEN_DATABASE_URL") and os.environ.get("STREETWARDEN_MQTT_URL")
    )
    system = Path(os.environ.get("STREETWARDEN_SERVERS_FOLDER") or folder.parent / "debian-13")
    findings = [ok("installation", where.source)]
    findings += machine.check(folder=folder, system=system, own_servers=own_servers)
    findings += [finding async for finding in services.check(where)]
    return findings


def in_words(finding: Finding) -> str:
    """One line for people, and a second with the mend."""
    line = f"{_SIGNS[finding.verdict]} {finding.check}: {finding.found}"
    return f"{line}\n    → {finding.mend}" if finding.mend else line

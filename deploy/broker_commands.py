"""`streetwarden broker …`: what an administrator does with the broker by hand."""

from __future__ import annotations

import os
from pathlib import Path

import click
import msgspec

from deploy import broker_sessions
from deploy.errors import DeployError
from deploy.installation import find
from deploy.stack import folder as stack_folder
from deploy.stack.folder import StackFolder
from ingest.broker_report import AbsentSession

_KIB = 1024


@click.group(name="broker")
def broker() -> None:
    """The broker."""


@broker.command(name="sessions")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    envvar=stack_folder.VARIABLE,
    default=stack_folder.DEFAULT,
    show_default=True,
    help="The stack's folder; if no stack is up there, the programs' STREETWARDEN_ variables give the "
    "broker's address.",
)
@click.option("--remove", "client", metavar="ID", help="Remove this session and its queue.")
@click.option("--json", "as_json", is_flag=True, help="The sessions as JSON.")
def sessions_command(folder: Path, *, client: str | None, as_json: bool) -> None:
    """List sessions of absent clients for which messages wait, or remove one.

    The counts are those since the client left, or since the broker's start.
    """
    where = find(StackFolder(folder.absolute()), os.environ)
    if client is not None:
        if not where.session_token:
            raise DeployError(
                "the token that removes sessions is not known; give it in STREETWARDEN_BROKER_SESSION_TOKEN: "
                "it stands in the broker's limits file"
            )
        broker_sessions.remove(where.broker_url, client, token=where.session_token, tls=where.broker_tls)
        click.echo(f"removed the session {client}, and what waited for it")
        return
    if where.doctor is None:
        raise DeployError(
            "the password of center-doctor is not known; give it in STREETWARDEN_DOCTOR_PASSWORD"
        )
    report = broker_sessions.heard(where.broker_url, where.doctor, tls=where.broker_tls)
    others = report.numbers.get("clients/disconnected", 0) - len(report.absent)
    click.echo(msgspec.json.encode(report.absent) if as_json else in_words(report.absent, others=others))


def in_words(sessions: tuple[AbsentSession, ...], *, others: int) -> str:
    """A line for each session, the largest queue first."""
    lines = [
        f"{session.client:<40} away {_time(session.away_s):>6} {session.messages:>10} messages "
        f"{session.bytes / _KIB:>12.1f} KiB"
        + ("  the centre's own" if session.consumer else "")
        + (f"  {session.withheld} withheld" if session.withheld else "")
        for session in sorted(sessions, key=lambda session: -session.bytes)
    ]
    if others > 0:
        lines.append(f"{others} more without a message since their client left")
    return "\n".join(lines) or "no session waits for an absent client"


def _time(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"

"""The program `streetwarden` with all its commands.

A command's module is imported only when the command is called: a box needs no web server, the centre no
OpenCV.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Final

import click

from deploy.own_packages import OURS, shadowed
from program.errors import ProgramError
from program.redaction import redacted


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One command, not imported yet.

    Attributes:
        module: the module that defines the command.
        attribute: the command's name in the module; `group.command` for a command of a group.
        role: the machine role whose packages the command needs.
        help: one line.
    """

    module: str
    attribute: str = "command"
    role: str
    help: str


PARTS: Final[Mapping[str, Part]] = {
    "up": Part(
        module="deploy.stack.command", role="one-machine", help="Bring the whole system up on this machine."
    ),
    "ingest": Part(module="ingest.__main__", role="ingest", help="Run ingest: broker to database."),
    "worker": Part(
        module="worker.__main__", role="ingest", help="Run the worker: jobs that are due by time."
    ),
    "edge": Part(module="edge.__main__", role="edge", help="Run an edge box: cameras to broker."),
    "center": Part(module="center.__main__", role="center", help="Run the command centre's server."),
    "simulate": Part(
        module="city.__main__", attribute="run", role="one-machine", help="Run a simulated city's fleet."
    ),
    "city": Part(
        module="city.__main__", role="one-machine", help="Build a simulated city, or run its fleet."
    ),
    "replay": Part(
        module="edge.replay.command",
        role="edge",
        help="Run a box's detectors on a recorded video, and score them.",
    ),
    "db": Part(module="deploy.database_commands", attribute="db", role="ingest", help="The database."),
    "broker": Part(
        module="deploy.broker_commands", attribute="broker", role="one-machine", help="The broker's sessions."
    ),
    "quarantine": Part(
        module="deploy.quarantine_commands",
        role="ingest",
        help="Messages that ingest refused: list, show, requeue.",
    ),
    "cases": Part(
        module="deploy.case_commands",
        role="ingest",
        help="The record of cases: verify it, rebuild the summaries.",
    ),
    "workflow": Part(
        module="deploy.workflow_commands",
        attribute="workflow",
        role="center",
        help="The workflow of cases: check a file, show it, move open cases.",
    ),
    "adapters": Part(
        module="deploy.adapters_command",
        role="ingest",
        help="Show how captured messages of foreign devices are translated.",
    ),
    "operator": Part(
        module="deploy.operator_commands", attribute="operator", role="center", help="Accounts of people."
    ),
    "api-keys": Part(
        module="deploy.api_key_commands",
        attribute="api_keys",
        role="center",
        help="Keys of systems that send citizens' reports: issue, list, revoke.",
    ),
    "people": Part(
        module="deploy.people_commands",
        attribute="people",
        role="center",
        help="Departments, persons, accounts and duty: import, export.",
    ),
    "exchange": Part(
        module="deploy.exchange_commands",
        attribute="exchange",
        role="center",
        help="Exchange with other systems: webhooks and their dead letters.",
    ),
    "codes": Part(
        module="deploy.codes_commands",
        attribute="codes",
        role="center",
        help="Codes, conditions and dispatch rules: check, import, export.",
    ),
    "backup": Part(
        module="deploy.backup.command",
        attribute="backup",
        role="ingest",
        help="Back up database and evidence.",
    ),
    "restore": Part(
        module="deploy.backup.command",
        attribute="restore_command",
        role="ingest",
        help="Verify and restore a backup.",
    ),
    "install": Part(
        module="deploy.installing.command",
        role="ingest",
        help="Install a role's units, users and settings on this machine.",
    ),
    "accounts": Part(
        module="deploy.accounts_command",
        role="one-machine",
        help="Create the broker's accounts, with a password for each.",
    ),
    "status": Part(
        module="deploy.status.command", role="one-machine", help="Show the state of the system in one line."
    ),
    "alert-log": Part(
        module="deploy.alert_log", role="center", help="Log the notifications of Alertmanager."
    ),
    "doctor": Part(
        module="deploy.doctor.command",
        role="edge",
        help="Check an installation; each fault comes with its remedy.",
    ),
    "tls": Part(module="deploy.tls.command", role="one-machine", help="Certificates of a small private CA."),
    "bench": Part(module="bench.__main__", role="one-machine", help="Measure it."),
}


class _Parts(click.Group):
    """The commands of `PARTS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(PARTS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        return load(cmd_name) if cmd_name in PARTS else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, part.help) for name, part in PARTS.items()])


def load(name: str) -> click.Command:
    """Import a part.

    Raises:
        ProgramError: something that it needs is not installed.
    """
    part = PARTS[name]
    try:
        found = getattr(import_module(part.module), part.attribute)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in OURS:
            raise
        raise ProgramError(
            f"{name} needs {error.name}, which is not installed; install the packages of the role "
            f"{part.role} as docs/installation.md says, or use scripts/streetwarden in a checkout"
        ) from None
    assert isinstance(found, click.Command)
    return found


@click.group(cls=_Parts, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="streetwarden", message="%(prog)s %(version)s")
def command() -> None:
    """Monitor a city's streets: receive positions and camera incidents, and open cases."""


def main() -> None:
    """Run `streetwarden`; an error that the user can correct is printed as one sentence."""
    try:
        _require_own_packages()
        command(prog_name="streetwarden")
    except ProgramError as error:
        click.echo(f"streetwarden: {redacted(str(error))}", err=True)
        sys.exit(1)


def _require_own_packages() -> None:
    strangers = list(shadowed())
    if strangers:
        raise ProgramError(
            f"Python finds other packages under the names of ours ({', '.join(strangers)}); "
            "install Streetwarden into a virtual environment of its own, and leave PYTHONPATH empty"
        )

"""`streetwarden up`."""

from __future__ import annotations

import logging
import sys
import traceback
from pathlib import Path

import click

from deploy.errors import DeployError
from deploy.stack import folder as stack_folder
from deploy.stack.progress import Progress
from deploy.stack.up import Options, run
from program.errors import ProgramError
from program.redaction import redacted

log = logging.getLogger(__name__)


@click.command(name="up")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    envvar=stack_folder.VARIABLE,
    default=stack_folder.DEFAULT,
    show_default=True,
    help="The stack's folder: data, passwords, logs.",
)
@click.option("--fresh", is_flag=True, help="Start without the data of earlier runs.")
@click.option(
    "--city",
    type=click.Path(path_type=Path, file_okay=False),
    help="A city's own folder; by default a simulated one is made beside the stack's.",
)
@click.option(
    "--system",
    type=click.Path(path_type=Path, file_okay=False),
    envvar=stack_folder.SYSTEM_VARIABLE,
    help="The Debian 13 root with the servers; by default it is created beside the stack's folder.",
)
@click.option(
    "--database-url",
    envvar="STREETWARDEN_DATABASE_URL",
    help="A database of your own: PostgreSQL 17 with TimescaleDB and PostGIS.",
)
@click.option("--broker-url", envvar="STREETWARDEN_MQTT_URL", help="A broker of your own: MQTT 5.")
@click.option(
    "--archive-wal",
    is_flag=True,
    envvar="STREETWARDEN_STACK_ARCHIVE_WAL",
    help="Archive the database's write-ahead log, for point-in-time recovery (docs/runbook.md).",
)
@click.option(
    "--credentials",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="STREETWARDEN_BROKER_CREDENTIALS",
    help='The passwords of a broker of your own, JSON: {"center-ingest": "…", "box/box-1": "…"}.',
)
@click.option(
    "--tls",
    is_flag=True,
    help="Broker and center use TLS, with certificates of the stack's own CA (in the folder `tls`).",
)
@click.option(
    "--client-certificates",
    is_flag=True,
    help="With --tls: the broker also requires a certificate of each client.",
)
@click.option(
    "--quiet-city",
    is_flag=True,
    help="Run the simulated city without staff and past: nobody acts on cases but you.",
)
def command(
    folder: Path,
    *,
    fresh: bool,
    city: Path | None,
    system: Path | None,
    database_url: str | None,
    broker_url: str | None,
    archive_wal: bool,
    credentials: Path | None,
    tls: bool,
    client_certificates: bool,
    quiet_city: bool,
) -> None:
    """Run the whole system on this machine, with a simulated city; Ctrl-C stops it."""
    folder = folder.absolute()
    options = Options(
        folder=folder,
        system=(system or folder.parent / "debian-13").absolute(),
        city=(city or folder.parent / "city").absolute(),
        make_city=city is None,
        fresh=fresh,
        database_url=database_url or None,
        broker_url=broker_url or None,
        credentials=credentials,
        tls=tls or client_certificates,
        client_certificates=client_certificates,
        archive_wal=archive_wal,
        quiet_city=quiet_city,
    )
    try:
        run(options, Progress())
    except ProgramError as error:
        click.echo(f"streetwarden: {redacted(str(error))}", err=True)
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 (a defect: its trace goes into a file, the sentence to the user)
        raise DeployError(_report(folder, error)) from None


def _report(folder: Path, error: Exception) -> str:
    """Save the trace of a defect; returns the sentence for the user."""
    file = folder / "defect.log"
    file.write_text(redacted("".join(traceback.format_exception(error))), encoding="utf-8")
    said = redacted(f"{type(error).__name__}: {error}")
    return f"an unexpected error ({said}); please report it with {file}"

"""`streetwarden accounts`: creates passwords for all users of the broker and the database."""

from __future__ import annotations

from pathlib import Path

import click

from deploy.container import broker_files, secret_files
from deploy.servers.broker_limits import PLUGIN
from deploy.stack.accounts import accounts, devices
from deploy.stack.folder import StackFolder
from deploy.stack.secrets import keep


@click.command(name="accounts")
@click.argument("city", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="The folder for the passwords, readable only by its owner.",
)
@click.option(
    "--broker-address",
    default="127.0.0.1",
    show_default=True,
    help="The port on which the broker shall listen.",
)
@click.option("--broker-port", default=1883, show_default=True, help="On which port.")
@click.option(
    "--broker-folder",
    default="/var/lib/mosquitto",
    show_default=True,
    help="The folder of the broker's files on its machine, for its configuration.",
)
def command(city: Path, *, folder: Path, broker_address: str, broker_port: int, broker_folder: str) -> None:
    """Create passwords for the devices in CITY/devices.json, for programs, database and the first operator.

    Each password is a file. FOLDER/broker gets Mosquitto's files: configuration, hashed passwords, access
    rules.
    A second run adds new accounts and keeps every existing password.
    """
    speakers = devices(city)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    known = keep(StackFolder(folder), devices=[speaker.user for speaker in speakers])
    everybody = accounts(speakers, known.broker)
    secret_files(known, everybody, folder, {})
    broker_files(
        everybody,
        folder / "broker",
        token=known.session_removal,
        port=broker_port,
        address=broker_address,
        at_broker=broker_folder,
        plugin=f"/usr/local/lib/{PLUGIN}.so",
    )
    click.echo(f"{len(everybody)} accounts in {folder}; the broker's files are in {folder / 'broker'}")

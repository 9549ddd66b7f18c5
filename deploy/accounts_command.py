"""`streetwarden accounts`: passwords for everybody who speaks to the broker or the database, made once."""

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
    help="Where the passwords are kept, for its owner's eyes only.",
)
@click.option(
    "--broker-address", default="127.0.0.1", show_default=True, help="Where the broker is to listen."
)
@click.option("--broker-port", default=1883, show_default=True, help="On which port.")
@click.option(
    "--broker-folder",
    default="/var/lib/mosquitto",
    show_default=True,
    help="Where the broker will find its files; its configuration says so.",
)
def command(city: Path, *, folder: Path, broker_address: str, broker_port: int, broker_folder: str) -> None:
    """Make passwords for the devices in CITY/devices.json, the programs, the database and the first operator.

    Each is a file. FOLDER/broker has what Mosquitto needs: configuration, hashed passwords, access rules.
    A second time adds what is new and leaves every password as it is.
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

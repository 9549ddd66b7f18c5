"""`python -m deploy.container`: the program of the `setup` container in `deploy/compose.yaml`.

It creates the simulated city, a password for each service, device and person, and the broker's
configuration; a second run keeps what exists. Each secret is a file, so that Compose can give every service
only its own.
"""

from __future__ import annotations

import os
import secrets as randomness
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import click
import msgspec

from city.build import build
from deploy import container_tls
from deploy.servers.broker_limits import PLUGIN
from deploy.servers.broker_passwords import password_file
from deploy.servers.broker_tls import BrokerTls
from deploy.servers.mosquitto import Account, access_rules, account_limits, configuration
from deploy.stack.accounts import accounts, devices, of_devices
from deploy.stack.folder import StackFolder
from deploy.stack.secrets import LOGIN, Secrets, keep
from deploy.tls.folder import now
from program.errors import ProgramError

CITY: Final = Path("/srv/city/made")
BROKER: Final = Path("/srv/broker")
SECRETS: Final = Path("/srv/secrets")
PROGRAM_USER: Final = 10_001
"""The user that our image's programs run as."""
BROKER_USER: Final = 1883
"""The user that the broker runs as, by `deploy/broker/Dockerfile`."""

_BROKER_PORT: Final = 1883
_PLUGIN: Final = f"/usr/local/lib/streetwarden/{PLUGIN}.so"
"""The path of the plugin in the image of `deploy/broker/Dockerfile`."""
_DATABASE_VARIABLE: Final = "STREETWARDEN_DATABASE_PASSWORD"


def broker_files(
    everybody: Sequence[Account],
    folder: Path,
    *,
    token: str = "",
    port: int | None = None,
    address: str = "0.0.0.0",  # noqa: S104 inside a container
    at_broker: str | None = None,
    plugin: str = _PLUGIN,
    tls: BrokerTls | None = None,
) -> None:
    """Write a broker's files; its passwords are hashed.

    Args:
        everybody: its accounts.
        folder: for the files.
        token: allows the removal of a session.
        port: on which the broker listens; default: the container's.
        address: on which the broker listens.
        at_broker: the path of the folder on the broker's machine; default: `folder`.
        plugin: the path of the compiled plugin on the broker's machine.
        tls: its certificates; None without TLS.
    """
    (folder / "data").mkdir(parents=True, exist_ok=True)
    usual = _BROKER_PORT if tls is None else container_tls.PORT
    (folder / "mosquitto.conf").write_text(
        configuration(
            port=usual if port is None else port,
            address=address,
            folder=at_broker or str(folder),
            plugin=plugin,
            tls=tls,
        ),
        encoding="utf-8",
    )
    if tls is not None:
        tls.copy_into(folder)
    for name, text in (
        ("passwords", password_file({account.user: account.password for account in everybody})),
        ("acl", access_rules(everybody)),
        ("limits", account_limits(everybody, token=token)),
    ):
        file = folder / name
        file.touch(mode=0o600)
        file.write_text(text, encoding="utf-8")


def secret_files(
    known: Secrets, everybody: Sequence[Account], folder: Path, environment: Mapping[str, str]
) -> None:
    """Write each secret into a file for Compose; those of the simulated fleet share one file.

    Only its owner can read the folder. The files are readable by all, because a container gets only its own
    files and each image has a user of its own. Existing files are kept, because the database and Grafana
    store their passwords at their first start.

    Args:
        known: passwords of the operator, the database roles and every account of the broker.
        everybody: the broker's accounts.
        folder: for the files.
        environment: may contain the database's password, as `deploy/.env` did in earlier releases.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    moving = [account for account in of_devices(everybody) if not account.user.startswith("box/")]
    fleet = {account.user: account.password for account in moving}
    alone = {
        account.user.rpartition("/")[2]: account.password
        for account in everybody
        if account.user not in fleet
    }
    _write(folder / "devices", msgspec.json.encode(fleet).decode())
    for name, secret in {**alone, **known.roles, "operator": known.operator}.items():
        _write(folder / name, secret)
    for name, given in (("database", environment.get(_DATABASE_VARIABLE)), ("grafana", None)):
        if not (folder / name).exists():
            _write(folder / name, given or randomness.token_urlsafe(24))


def _write(file: Path, secret: str) -> None:
    """Write a secret atomically; an existing file is kept, because it may be mounted."""
    text = secret + "\n"
    if file.is_file() and file.read_text(encoding="utf-8") == text:
        return
    draft = file.with_name(f".{file.name}")
    draft.write_text(text, encoding="utf-8")
    draft.chmod(0o444)
    draft.rename(file)


@click.command()
def command() -> None:
    """Prepare the volumes and secrets of the compose file."""
    try:
        build(CITY, tell=lambda line: click.echo(line, err=True))
        speakers = devices(CITY)
        known = keep(StackFolder(SECRETS), devices=[device.user for device in speakers])
        everybody = accounts(speakers, known.broker)
        names = os.environ.get(container_tls.VARIABLE, "")
        tls = container_tls.certificates(names, SECRETS, now=now(), write=_write)
        broker_files(everybody, BROKER, token=known.session_removal, tls=tls)
        secret_files(known, everybody, SECRETS, os.environ)
        _give(BROKER, BROKER_USER)
        _give(Path("/var/lib/streetwarden"), PROGRAM_USER)
    except ProgramError as error:
        click.echo(f"streetwarden: {error}", err=True)
        sys.exit(1)
    click.echo(
        f"\nThe command centre: {os.environ.get('STREETWARDEN_PUBLIC_URL', 'http://127.0.0.1:8480')}\n"
        f"user {LOGIN}; its first password is in deploy/secrets/operator\n"
    )


def _give(folder: Path, user: int) -> None:
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, user, user)


if __name__ == "__main__":
    command()

"""`python -m deploy.container`: what the `setup` container of `deploy/compose.yaml` does, at every start.

It makes the simulated city, a password for each of its devices and for the operator, and the broker's
configuration, once each; a second start finds them made.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from city.build import build
from deploy.servers.mosquitto import CENTER_USER, Account, access_rules, configuration
from deploy.stack.accounts import accounts, devices
from deploy.stack.folder import StackFolder
from deploy.stack.secrets import LOGIN, Secrets, keep
from program.errors import ProgramError

CITY: Final = Path("/srv/city/made")
BROKER: Final = Path("/srv/broker")
SECRETS: Final = Path("/srv/secrets")
PROGRAM_USER: Final = 10_001
"""The user that our image's programs run as."""

_BROKER_PORT: Final = 1883


def broker_files(everybody: Sequence[Account], folder: Path) -> None:
    """Write what the broker's container starts from; it hashes the passwords itself."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "mosquitto.conf").write_text(
        configuration(port=_BROKER_PORT, address="0.0.0.0", folder=str(folder)),  # noqa: S104 inside a container
        encoding="utf-8",
    )
    plain = folder / "passwords.plain"
    plain.touch(mode=0o600)
    plain.write_text(
        "".join(f"{account.user}:{account.password}\n" for account in everybody), encoding="utf-8"
    )
    (folder / "acl").write_text(access_rules(everybody), encoding="utf-8")


def secret_files(known: Secrets, everybody: Sequence[Account], folder: Path) -> None:
    """Write each secret where its program reads it: one a file, and the simulated fleet's in one."""
    StackFolder(folder).remember(
        "devices.json",
        {account.user: account.password for account in everybody if account.user != CENTER_USER},
    )
    boxes = (account for account in everybody if account.user.startswith("box/"))
    named = {
        CENTER_USER: known.broker[CENTER_USER],
        "operator": known.operator,
        **{box.user.removeprefix("box/"): box.password for box in boxes},
    }
    for name, secret in named.items():
        file = folder / name
        file.touch(mode=0o600)
        file.write_text(secret + "\n", encoding="utf-8")


@click.command()
def command() -> None:
    """Prepare the volumes of the compose file."""
    try:
        build(CITY, tell=lambda line: click.echo(line, err=True))
        speakers = devices(CITY)
        known = keep(StackFolder(SECRETS), devices=[device.user for device in speakers])
        everybody = accounts(speakers, known.broker)
        broker_files(everybody, BROKER)
        secret_files(known, everybody, SECRETS)
        for folder in (SECRETS, Path("/var/lib/streetwarden")):
            _give(folder, PROGRAM_USER)
    except ProgramError as error:
        click.echo(f"streetwarden: {error}", err=True)
        sys.exit(1)
    click.echo(
        f"\nThe command centre: {os.environ.get('STREETWARDEN_PUBLIC_URL', 'http://127.0.0.1:8480')}\n"
        f"user {LOGIN}, password {known.operator}\n"
    )


def _give(folder: Path, user: int) -> None:
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, user, user)


if __name__ == "__main__":
    command()

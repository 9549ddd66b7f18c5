"""`streetwarden install`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from deploy.errors import DeployError
from deploy.installing.files import (
    EVIDENCE,
    PROGRAMS,
    SECRETS,
    SETTINGS,
    Placed,
    folders,
    settings,
    units,
    users,
)


@click.command(name="install")
@click.option("--role", type=click.Choice(list(PROGRAMS)), required=True, help="The role of this machine.")
def command(role: str) -> None:
    """Install a role's units, users, folders and settings on this machine.

    A second run renews the units, and keeps settings and secrets.
    """
    if os.geteuid() != 0:
        raise DeployError("only root may install; run it as root")
    if shutil.which("systemd-sysusers") is None:
        raise DeployError(
            "there is no systemd on this machine; install it, or start the programs by other means "
            f"with the settings files of {Path(sys.prefix, 'share/doc/streetwarden')}"
        )
    _place(users(role))
    _run("systemd-sysusers", *(str(file.path) for file in users(role)))
    _place(folders(role))
    if folders(role):
        _run("systemd-tmpfiles", "--create", *(str(file.path) for file in folders(role)))
        _open_to_group(EVIDENCE)
    for folder, mode in ((SETTINGS, 0o755), (SECRETS, 0o711)):
        folder.mkdir(exist_ok=True)
        folder.chmod(mode)
    _place(settings(role))
    _place(units(role, prefix=sys.prefix))
    if Path("/run/systemd/system").is_dir():
        _run("systemctl", "daemon-reload")
    names = " ".join(f"streetwarden-{program}" for program in PROGRAMS[role])
    click.echo(
        f"look at {SETTINGS}, write the passwords into {SECRETS}, then: systemctl enable --now {names}"
    )


def _place(placed: Iterable[Placed]) -> None:
    for file in placed:
        if file.keep and file.path.exists():
            click.echo(f"kept    {file.path}")
            continue
        try:
            file.path.parent.mkdir(parents=True, exist_ok=True)
            draft = file.path.with_name(f".{file.path.name}.new")
            draft.touch(mode=0o600)
            draft.write_text(file.text, encoding="utf-8")
            if file.group is not None:
                shutil.chown(draft, "root", file.group)
            draft.chmod(file.mode)
            draft.replace(file.path)
        except OSError as error:
            raise DeployError(
                f"{file.path} cannot be written ({error.strerror}); correct that and run it again"
            ) from None
        click.echo(f"wrote   {file.path}")


def _open_to_group(evidence: Path) -> None:
    """Let the worker remove files from folders of an earlier release, in which only ingest could write."""
    for folder in evidence.glob("*"):
        try:
            number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            continue  # the folder does not exist, or not any more
        try:
            os.fchmod(number, 0o2770)
        finally:
            os.close(number)


def _run(*arguments: str) -> None:
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise DeployError(
            f"{arguments[0]} failed: {done.stderr.strip() or done.stdout.strip()}; "
            "correct that and run it again"
        )

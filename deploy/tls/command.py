"""`streetwarden tls`: make a CA, issue, renew and revoke certificates, list them."""

from __future__ import annotations

import functools
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from deploy.tls.authority import CA_DAYS, CLIENT_DAYS, SERVER_DAYS
from deploy.tls.folder import AuthorityFolder, Issued, now

DEFAULT: Final = Path("/etc/streetwarden/tls")
VARIABLE: Final = "STREETWARDEN_TLS_FOLDER"
_SOON_DAYS: Final = 30

_folder = functools.partial(
    click.option,
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    envvar=VARIABLE,
    default=DEFAULT,
    show_default=True,
    help="The CA's folder. Keep it off the servers that use its certificates, and back it up.",
)


@click.group()
def command() -> None:
    """Certificates of a small private CA; certificates by another CA work as well."""


@command.command()
@_folder()
@click.option("--name", default="Streetwarden CA", show_default=True, help="The CA's name.")
@click.option(
    "--days", type=click.IntRange(1, 36_500), default=CA_DAYS, show_default=True, help="Its lifetime."
)
def init(folder: Path, name: str, days: int) -> None:
    """Make a CA."""
    authority = AuthorityFolder(folder)
    authority.init(name, now=now(), days=days)
    click.echo(
        f"{authority.ca}: give it to every program and device (ca_file)\n"
        f"{authority.crl}: give it to the broker (crlfile) and to the programs (crl_file)\n"
        f"{authority.path / 'ca-key.pem'}: keep it secret; who has it can pass for any server"
    )


@command.command()
@click.argument("names", metavar="NAME…", nargs=-1, required=True)
@_folder()
@click.option(
    "--name",
    "hosts",
    multiple=True,
    help="A host name or address of a server; may be repeated. Without any, the certificate is a client's.",
)
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    help=f"Lifetime; by default {SERVER_DAYS} for a server, {CLIENT_DAYS} for a client.",
)
def issue(names: tuple[str, ...], folder: Path, hosts: tuple[str, ...], days: int | None) -> None:
    """Issue a certificate with a new key: `broker --name broker.example`, `box/box-1`, `center-ingest`."""
    authority = AuthorityFolder(folder)
    for name in names:
        click.echo(_told(authority, authority.issue(name, names=hosts, now=now(), days=days)))


@command.command()
@click.argument("names", metavar="[NAME]…", nargs=-1)
@_folder()
@click.option(
    "--within",
    type=click.IntRange(0, 3650),
    default=_SOON_DAYS,
    show_default=True,
    help="Without names: renew all certificates that expire within this number of days.",
)
@click.option("--days", type=click.IntRange(1, 3650), help="Lifetime; by default as for issue.")
def renew(names: tuple[str, ...], folder: Path, within: int, days: int | None) -> None:
    """Renew certificates: same keys, same names, new lifetime."""
    authority = AuthorityFolder(folder)
    wanted = names or [one.name for one in authority.due(now=now(), within_days=within)]
    for name in wanted:
        click.echo(_told(authority, authority.renew(name, now=now(), days=days)))
    if not wanted:
        click.echo(f"nothing expires within {within} days")
        return
    click.echo(
        "copy them to where they are used; then reload the broker (systemctl reload mosquitto, or SIGHUP). "
        "The programs read them by themselves."
    )


@command.command()
@click.argument("name")
@_folder()
def revoke(name: str, folder: Path) -> None:
    """Revoke all valid certificates of a name, and write the revocation list."""
    authority = AuthorityFolder(folder)
    for one in authority.revoke(name, now=now()):
        click.echo(f"revoked {one.name} (serial {one.serial})")
    click.echo(
        f"{authority.crl}: copy it to the broker (crlfile) and to the programs (crl_file).\n"
        "The programs read it by themselves at their next connection.\n"
        "Reload the broker (systemctl reload mosquitto, or SIGHUP), which refuses it from then on.\n"
        "A connection that stands is not cut: restart the broker, and give the account another password."
    )


@command.command(name="list")
@_folder()
def list_(folder: Path) -> None:
    """List valid and expired certificates, with the days left."""
    authority, at = AuthorityFolder(folder), now()
    for one in authority.issued():
        click.echo(_line(one, at))


def _told(authority: AuthorityFolder, one: Issued) -> str:
    kind = f"server {', '.join(one.names)}" if one.names else "client"
    return (
        f"{authority.certificate(one.name)}: {one.name}, {kind}, until {one.expires_at:%Y-%m-%d}\n"
        f"{authority.key(one.name)}: its key, readable by its owner only"
    )


def _line(one: Issued, at: datetime) -> str:
    left = (one.expires_at - at).days
    state = "revoked" if one.revoked_at is not None else f"{left} days left" if left >= 0 else "expired"
    kind = ", ".join(one.names) or "client"
    return f"{one.name}\t{kind}\t{one.expires_at:%Y-%m-%d}\t{state}\t{one.serial}"

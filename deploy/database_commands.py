"""`streetwarden db …` and `streetwarden operator …`: what an administrator does with the database by hand."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from center.passwords import hash_password
from program.settings_parts import DatabaseAddress, read_secret
from store.city import import_city
from store.connection import open_connection, without_password
from store.maintenance import Keep, maintain
from store.migrate import migrate
from store.operators import add_operator, set_operator

_DEFAULT = "postgresql://streetwarden@127.0.0.1:5432/streetwarden"
_SHORTEST_PASSWORD = 10

P = ParamSpec("P")
R = TypeVar("R")


def _database_url(function: Callable[P, R]) -> Callable[P, R]:
    """Options that say where the database is; the function gets `database_url` with the password in it."""

    @click.option(
        "--database-url",
        envvar="STREETWARDEN_DATABASE_URL",
        default=_DEFAULT,
        show_default=True,
        help="The database: postgresql://user:password@host:port/database.",
    )
    @click.option(
        "--database-password-file",
        envvar="STREETWARDEN_DATABASE_PASSWORD_FILE",
        default="",
        help="A file with the password, which then needs not stand in the URL.",
    )
    @functools.wraps(function)
    def with_password(*args: P.args, **options: P.kwargs) -> R:
        address = DatabaseAddress(
            url=str(options["database_url"]), password_file=str(options.pop("database_password_file"))
        )
        options["database_url"] = address.full_url()
        return function(*args, **options)

    return with_password


@click.group()
def db() -> None:
    """The database."""


@db.command(name="migrate")
@_database_url
def migrate_command(database_url: str) -> None:
    """Bring the database to this release's schema."""
    schema = asyncio.run(migrate(database_url))
    for name in schema.applied:
        click.echo(f"applied {name}")
    click.echo(
        f"{without_password(database_url)} is at schema version {schema.version} "
        f"(TimescaleDB, {schema.edition} edition)"
    )


@db.command(name="maintain")
@_database_url
@click.option("--position-days", type=int, help="Keep fixes for so many days; for ever if left out.")
@click.option("--telemetry-days", type=int, help="Keep readings for so many days.")
@click.option("--event-days", type=int, help="Keep what rules found for so many days.")
@click.option("--presence-days", type=int, help='Keep for so many days who was where ("who was here").')
@click.option("--hour-days", type=int, help="Keep positions by the hour for so many days.")
@click.option("--unpacked-days", type=int, help="Put fixes older than so many days in order on disk.")
def maintain_command(
    *,
    database_url: str,
    position_days: int | None,
    telemetry_days: int | None,
    event_days: int | None,
    presence_days: int | None,
    hour_days: int | None,
    unpacked_days: int | None,
) -> None:
    """Roll positions up by the hour, and let go of what is older than asked for (docs/storage.md)."""
    keep = Keep(
        position=position_days,
        telemetry=telemetry_days,
        event=event_days,
        presence=presence_days,
        hours=hour_days,
        unpacked=unpacked_days,
    )
    done = asyncio.run(maintain(database_url, keep=keep, now=datetime.now(UTC)))
    dropped = ", ".join(f"{count} of {table}" for table, count in done.chunks.items())
    click.echo(f"rolled up {done.hours} hours, {done.again} again; put {done.packed} chunks in order")
    click.echo(f"dropped chunks: {dropped or 'none asked for'}")


@db.command(name="import-city")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@_database_url
def import_city_command(folder: Path, database_url: str) -> None:
    """Replace the city's layers by the GeoJSON files in FOLDER (docs/simulated-city.md)."""

    async def run() -> dict[str, int]:
        connection = await open_connection(database_url, application="streetwarden db import-city")
        try:
            return await import_city(connection, folder)
        finally:
            await connection.close()

    for layer, count in asyncio.run(run()).items():
        click.echo(f"{layer}: {count}")


@click.group()
def operator() -> None:
    """Accounts of the people who sign on to the command centre."""


@operator.command()
@click.argument("login")
@click.option("--name", help="Shown in the console; by default the login.")
@click.option(
    "--password",
    envvar="STREETWARDEN_OPERATOR_PASSWORD",
    help="Asked for if it is not given; better not given on the command line, which others can see.",
)
@click.option(
    "--password-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file whose first line is the password.",
)
@click.option("--if-missing", is_flag=True, help="Leave an account of that name as it is.")
@_database_url
def add(
    *,
    login: str,
    name: str | None,
    password: str | None,
    password_file: Path | None,
    if_missing: bool,
    database_url: str,
) -> None:
    """Add the account LOGIN, or give it a new password; its sessions then end."""
    if password_file is not None:
        password = read_secret(str(password_file), setting="--password-file")
    elif password is None:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    if len(password) < _SHORTEST_PASSWORD:
        raise click.BadParameter(f"at least {_SHORTEST_PASSWORD} characters", param_hint="--password")
    set_or_add = add_operator if if_missing else set_operator

    async def run() -> bool:
        connection = await open_connection(database_url, application="streetwarden operator add")
        try:
            return await set_or_add(
                connection, login=login, display_name=name or login, password_hash=hash_password(password)
            )
        finally:
            await connection.close()

    if asyncio.run(run()):
        click.echo(f"{login} may sign on")
    elif if_missing:
        click.echo(f"{login} has an account already; it stays as it is")
    else:
        click.echo(f"{login} has a new password; its sessions have ended")

"""`streetwarden db …` and `streetwarden operator …`: what an administrator does with the database by hand."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import click

from center.passwords import hash_password
from store.city import import_city
from store.connection import open_connection, without_password
from store.maintenance import Keep, maintain
from store.migrate import migrate
from store.operators import set_operator

_DEFAULT = "postgresql://streetwarden@127.0.0.1:5432/streetwarden"
_SHORTEST_PASSWORD = 10

_database_url = click.option(
    "--database-url",
    envvar="STREETWARDEN_DATABASE_URL",
    default=_DEFAULT,
    show_default=True,
    help="The database: postgresql://user:password@host:port/database.",
)


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
    prompt=True,
    hide_input=True,
    confirmation_prompt=True,
    help="Asked for if it is not given; better not given on the command line, which others can see.",
)
@_database_url
def add(login: str, name: str | None, password: str, database_url: str) -> None:
    """Add the account LOGIN, or give it a new password; its sessions then end."""
    if len(password) < _SHORTEST_PASSWORD:
        raise click.BadParameter(f"at least {_SHORTEST_PASSWORD} characters", param_hint="--password")

    async def run() -> bool:
        connection = await open_connection(database_url, application="streetwarden operator add")
        try:
            return await set_operator(
                connection, login=login, display_name=name or login, password_hash=hash_password(password)
            )
        finally:
            await connection.close()

    new = asyncio.run(run())
    click.echo(f"{login} {'may sign on' if new else 'has a new password; its sessions have ended'}")

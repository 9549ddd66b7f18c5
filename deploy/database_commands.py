"""`streetwarden db …`: what an administrator does with the database by hand."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import click

from deploy.database_option import database_option
from store.city import import_city
from store.connection import open_connection, without_password
from store.maintenance import Keep, maintain
from store.migrate import migrate


@click.group()
def db() -> None:
    """The database."""


@db.command(name="migrate")
@database_option
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
@database_option
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
@database_option
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

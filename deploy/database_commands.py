"""`streetwarden db …`: an administrator's commands for the database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import click

from deploy.database_option import database_option
from program.redaction import public_address
from program.settings_parts import read_secret
from store import roles
from store.city import import_city
from store.connection import open_connection
from store.errors import StoreError
from store.maintenance import Keep, maintain
from store.migrate import migrate, require_current


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
        f"{public_address(database_url)} is at schema version {schema.version} "
        f"(TimescaleDB, {schema.edition} edition)"
    )
    if schema.missing_roles:
        click.echo(
            f"the roles {', '.join(schema.missing_roles)} are missing, and this database user may not create "
            "them: programs go on as the tables' owner; let an administrator run: streetwarden db roles",
            err=True,
        )


@db.command(name="roles")
@database_option
@click.option(
    "--secrets",
    "folder",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    help="Let the roles log in, with the password in FOLDER/ROLE; a missing or empty file gets a new one.",
)
def roles_command(database_url: str, folder: Path | None) -> None:
    """Create the programs' database roles, and grant their rights (docs/installation.md).

    The user must be a superuser, or own the tables and have CREATEROLE.
    """
    for line in asyncio.run(_roles(database_url, folder)):
        click.echo(line)


async def _roles(url: str, folder: Path | None) -> list[str]:
    connection = await open_connection(url, application="streetwarden db roles")
    try:
        await require_current(connection)
        missing = await roles.make_roles(connection)
        if missing:
            raise StoreError(
                f"this database user may not make the roles {', '.join(missing)}; run it as an "
                "administrator, "
                f"or let one run: {' '.join(f'CREATE ROLE {role} LOGIN;' for role in missing)}"
            )
        await roles.apply_grants(connection)
        lines = []
        for role in roles.ROLES:
            if folder is None:
                lines.append(f"{role} is there")
                continue
            file = folder / role
            await roles.set_password(connection, role, _password(file))
            lines.append(f"{role} logs in with the password in {file}")
    except asyncpg.InsufficientPrivilegeError as error:
        raise StoreError(
            f"this database user may not give the roles their rights ({error}); run it as the tables' owner "
            "or a superuser"
        ) from None
    finally:
        await connection.close()
    return lines


def _password(file: Path) -> str:
    """The password in a file.

    A missing file is created, readable only by its owner. An empty one is filled, and keeps its owner and
    mode.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)
        if not file.stat().st_size:  # `streetwarden install` makes empty files, with a group and a mode
            file.write_text(roles.new_password() + "\n", encoding="utf-8")
    except OSError as error:
        raise StoreError(
            f"{file} cannot be written ({error.strerror}); give --secrets another folder"
        ) from None
    return read_secret(str(file), setting="--secrets")


@db.command(name="maintain")
@database_option
@click.option("--position-days", type=int, help="Days to keep fixes; default: for ever.")
@click.option("--telemetry-days", type=int, help="Days to keep readings; default: for ever.")
@click.option("--event-days", type=int, help="Days to keep rule events; default: for ever.")
@click.option(
    "--presence-days", type=int, help='Days to keep presence marks ("who was here"); default: for ever.'
)
@click.option("--hour-days", type=int, help="Days to keep hourly summaries of positions; default: for ever.")
@click.option(
    "--unpacked-days",
    type=int,
    help="Sort chunks of fixes by entity and time once they are older than this many days (apache edition); "
    "default: never.",
)
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
    """Roll positions up by the hour (apache edition), and drop what is older than the given days.

    Tables lose whole chunks: a chunk is dropped once all of its rows are older (docs/storage.md).
    """
    keep = Keep(
        position=position_days,
        telemetry=telemetry_days,
        rule_event=event_days,
        presence=presence_days,
        hours=hour_days,
        unpacked=unpacked_days,
    )
    done = asyncio.run(maintain(database_url, keep=keep, now=datetime.now(UTC)))
    dropped = ", ".join(f"{count} of {table}" for table, count in done.chunks.items())
    click.echo(f"rolled up {done.hours} hours, {done.again} again; put {done.packed} chunks in order")
    click.echo(f"dropped chunks: {dropped or 'none'}")


@db.command(name="import-city")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@database_option
def import_city_command(folder: Path, database_url: str) -> None:
    """Replace the city's layers with the GeoJSON files in FOLDER (docs/simulated-city.md)."""

    async def run() -> dict[str, int]:
        connection = await open_connection(database_url, application="streetwarden db import-city")
        try:
            return await import_city(connection, folder)
        finally:
            await connection.close()

    for layer, count in asyncio.run(run()).items():
        click.echo(f"{layer}: {count}")

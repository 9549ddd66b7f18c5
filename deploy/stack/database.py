"""The stack's database: made if it is not there, migrated, with the city's layers and an account."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from center.passwords import hash_password, is_password
from store.city import import_city
from store.connection import open_connection
from store.migrate import migrate
from store.operators import find_operator, set_operator

NAME: Final = "streetwarden"
_APPLICATION: Final = "streetwarden up"


async def make_database(administrator_url: str, *, password: str) -> None:
    """Make the programs' own user and database on our server, and give them their extensions.

    Args:
        administrator_url: of the administrator, at any database of the server.
        password: of the user `streetwarden`; set again where it exists.
    """
    connection = await open_connection(administrator_url, application=_APPLICATION)
    try:
        if not await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", NAME):
            await connection.execute(f"CREATE ROLE {NAME} LOGIN")
        literal = await connection.fetchval("SELECT quote_literal($1::text)", password)
        await connection.execute(f"ALTER ROLE {NAME} PASSWORD {literal}")
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", NAME):
            await connection.execute(
                f"CREATE DATABASE {NAME} OWNER {NAME} ENCODING 'UTF8' TEMPLATE template0"
            )
    finally:
        await connection.close()


async def give_extensions(administrator_url: str) -> None:
    """Install what only an administrator may.

    Args:
        administrator_url: of the administrator, at the programs' database.
    """
    connection = await open_connection(administrator_url, application=_APPLICATION)
    try:
        for extension in ("timescaledb", "postgis"):
            await connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    finally:
        await connection.close()


async def bring_up_to_date(url: str) -> tuple[str, ...]:
    """Migrate; the names of the migrations applied."""
    return (await migrate(url)).applied


async def take_in_city(url: str, city: Path) -> str:
    """Import the city's layers ; what there is now, in words."""
    connection = await open_connection(url, application=_APPLICATION)
    try:
        counts = await import_city(connection, city)
    finally:
        await connection.close()
    return ", ".join(f"{count} {layer}" for layer, count in counts.items())


async def keep_account(url: str, *, login: str, password: str) -> bool:
    """Make an account where there is none of that name.

    Returns:
        Whether the password is the account's: somebody may have changed it.
    """
    connection = await open_connection(url, application=_APPLICATION)
    try:
        found = await find_operator(connection, login)
        if found is None:
            await set_operator(
                connection, login=login, display_name="值班员 Operator", password_hash=hash_password(password)
            )
            return True
        return is_password(password, found.password_hash)
    finally:
        await connection.close()

"""The stack's database: creates it if missing, migrates it, imports the city's layers, adds an account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from cases.rights import PERSONS_ROLES
from center.people.passwords import hash_password, is_password
from deploy.servers import PostgreSQL
from store import roles
from store.city import import_city
from store.connection import open_connection
from store.migrate import migrate
from store.operators import find_operator, set_operator
from store.people import WHOLE_CITY

NAME: Final = "streetwarden"
_APPLICATION: Final = "streetwarden up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Logins:
    """The database's address, with user and password, for each of its users.

    Attributes:
        owner: migrates, imports the city, creates accounts; no program has it.
        ingest: for ingest.
        center: for the center.
        worker: for the worker.
        maintenance: for the worker's maintenance.
        monitor: for `status` and `doctor`.
        backup: for `streetwarden backup`.
        administrator: for `streetwarden restore`, which needs a superuser.
    """

    owner: str
    ingest: str
    center: str
    worker: str
    maintenance: str
    monitor: str
    backup: str
    administrator: str

    @classmethod
    def all_the_same(cls, url: str) -> Self:
        """For a database of the user's own, with one known user."""
        return cls(
            owner=url,
            ingest=url,
            center=url,
            worker=url,
            maintenance=url,
            monitor=url,
            backup=url,
            administrator=url,
        )

    @classmethod
    def of(cls, server: PostgreSQL, *, owner: str, passwords: Mapping[str, str]) -> Self:
        """For our own server.

        Args:
            server: our PostgreSQL.
            owner: the owner's password.
            passwords: of the roles.
        """

        def url(role: str) -> str:
            return server.url(NAME, user=role, password=passwords[role])

        return cls(
            owner=server.url(NAME, user=NAME, password=owner),
            ingest=url(roles.INGEST),
            center=url(roles.CENTER),
            worker=url(roles.WORKER),
            maintenance=url(roles.MAINTENANCE),
            monitor=url(roles.MONITOR),
            backup=url(roles.BACKUP),
            administrator=server.url(NAME),
        )


async def make_database(administrator_url: str, *, password: str, passwords: Mapping[str, str]) -> None:
    """Create the database, its owner and the programs' roles on our server.

    Args:
        administrator_url: of the administrator, at any database of the server.
        password: of the owner, `streetwarden`; set again if the owner exists.
        passwords: of the roles; set again if they exist.
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
        await roles.make_roles(connection)
        for role, secret in passwords.items():
            await roles.set_password(connection, role, secret)
    finally:
        await connection.close()


async def give_extensions(administrator_url: str) -> None:
    """Install the extensions, which only an administrator can do.

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
    """Migrate; returns the names of the applied migrations."""
    return (await migrate(url)).applied


async def take_in_city(url: str, city: Path) -> str:
    """Import the city's layers; returns the counts, in words."""
    connection = await open_connection(url, application=_APPLICATION)
    try:
        counts = await import_city(connection, city)
    finally:
        await connection.close()
    return ", ".join(f"{count} {layer}" for layer, count in counts.items())


async def keep_account(url: str, *, login: str, password: str) -> bool:
    """Create an account if it does not exist.

    Returns:
        Whether the account has this password; somebody may have changed it.
    """
    connection = await open_connection(url, application=_APPLICATION)
    try:
        found = await find_operator(connection, login)
        if found is None:
            await set_operator(
                connection,
                login=login,
                display_name="值班员 Operator",
                password_hash=hash_password(password),
                roles=PERSONS_ROLES,
                department=WHOLE_CITY,
            )
            return True
        return is_password(password, found.password_hash)
    finally:
        await connection.close()

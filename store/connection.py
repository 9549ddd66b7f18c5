"""Connections to the database: one pool for each program, with codecs for its rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

import asyncpg
import msgspec

from program.redaction import HIDDEN, public_address, redacted
from program.tls_failures import in_words, tls_error
from store.errors import DatabaseUnreachableError

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
else:
    Pool = asyncpg.Pool
    Connection = asyncpg.Connection

UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # if the server ends a session at the moment of a query
)
"""Errors of a connection attempt while a server is unreachable."""

_TLS_SETTINGS: Final = {
    "ca_file": "sslrootcert",
    "crl_file": "sslcrl",
    "certificate_file": "sslcert",
    "key_file": "sslkey",
}
"""The parameters of a database URL that name TLS files."""


async def open_pool(
    url: str,
    *,
    application: str,
    smallest: int = 1,
    largest: int = 4,
    plain: bool = False,
    command_s: float | None = None,
) -> Pool:
    """Open a pool of connections.

    Args:
        url: `postgresql://user:password@host:port/database`.
        application: shown in `pg_stat_activity`.
        smallest: connections opened at once; with 0, an unreachable server is not noticed here.
        largest: maximum number of connections.
        plain: without our codecs, for a library that brings its own.
        command_s: maximum seconds for a statement.

    Raises:
        DatabaseUnreachableError: the server does not answer, or refuses the connection.
    """
    try:
        return await asyncpg.create_pool(
            url,
            init_size=smallest,
            min_size=0,  # with a minimum, asyncpg would log its attempts to reconnect
            max_size=largest,
            init=None if plain else _set_up,
            timeout=10,
            command_timeout=command_s,
            server_settings={"application_name": application, "timezone": "UTC"},
        )
    except (*UNREACHABLE, asyncpg.PostgresError, ValueError) as error:
        raise unreachable(url, error) from None


async def open_connection(
    url: str, *, application: str, settings: Mapping[str, str] | None = None
) -> asyncpg.Connection[asyncpg.Record]:
    """Open one connection, with the same codecs as a pool.

    Args:
        url: `postgresql://user:password@host:port/database`.
        application: shown in `pg_stat_activity`.
        settings: server settings for this connection.

    Raises:
        DatabaseUnreachableError: the server does not answer, or refuses the connection.
    """
    try:
        connection = await asyncpg.connect(
            url,
            timeout=10,
            server_settings={"application_name": application, "timezone": "UTC", **(settings or {})},
        )
        await _set_up(connection)
    except (*UNREACHABLE, asyncpg.PostgresError, ValueError) as error:
        raise unreachable(url, error) from None
    return connection


def unreachable(url: str, error: BaseException) -> DatabaseUnreachableError:
    """The error for an unreachable database; it contains no password."""
    shown = public_address(url)
    tls = tls_error(error)
    if tls is not None:
        server = f"the database at {shown.rpartition('@')[2]}"
        return DatabaseUnreachableError(
            in_words(tls, server=server, ca="", setting=_TLS_SETTINGS.__getitem__)
        )
    cause = redacted(str(error)) or type(error).__name__
    if HIDDEN in shown or (isinstance(error, ValueError) and not isinstance(error, asyncpg.InterfaceError)):
        cause = "this is not a database URL; percent-encode characters of a password such as / and @"
    elif isinstance(error, FileNotFoundError):
        cause = "a file in its URL (sslrootcert, sslcert, sslkey) does not exist"
    return DatabaseUnreachableError(
        f"no connection to the database at {shown} ({cause}); start it, "
        "or give its address in STREETWARDEN_DATABASE_URL"
    )


async def _set_up(connection: Connection) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: b"\x01" + msgspec.json.encode(value),
        decoder=lambda value: msgspec.json.decode(value[1:]),
        format="binary",
    )

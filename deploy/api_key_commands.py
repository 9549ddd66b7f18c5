"""`streetwarden api-keys …`: keys of the systems that send citizens' reports (GeoReport v2)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import click

from deploy.database_option import database_option
from store.api_keys import PER_DAY, PER_MINUTE, issue_key, keys, revoke_key
from store.connection import Connection, open_connection
from store.migrate import require_current

_BY: Final = "system/command"
T = TypeVar("T")


@click.group(name="api-keys")
def api_keys() -> None:
    """Keys of the systems that send citizens' reports over Open311."""


@api_keys.command()
@click.argument("name")
@click.option("--contact", required=True, help="Whom to write to about it, such as an e-mail address.")
@click.option(
    "--per-minute", type=click.IntRange(1, 100_000), default=PER_MINUTE, show_default=True,
    help="Maximum number of reports in a minute.",
)  # fmt: skip
@click.option(
    "--per-day", type=click.IntRange(1, 10_000_000), default=PER_DAY, show_default=True,
    help="Maximum number of reports in 24 hours.",
)  # fmt: skip
@database_option
def issue(*, name: str, contact: str, per_minute: int, per_day: int, database_url: str) -> None:
    """Issue a key to the system NAME, and print it; it cannot be shown again."""

    async def work(connection: Connection) -> str:
        return await issue_key(
            connection, name=name, contact=contact, per_minute=per_minute, per_day=per_day, by=_BY
        )

    click.echo(_run(database_url, work))


@api_keys.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@database_option
def list_command(*, as_json: bool, database_url: str) -> None:
    """List the keys that were issued, without their text."""
    found = _run(database_url, keys)
    if as_json:
        click.echo(json.dumps(found, default=str))
        return
    for each in found:
        state = "valid" if each["revoked_at"] is None else f"revoked {each['revoked_at']:%Y-%m-%d %H:%M}"
        used = "never" if each["used_at"] is None else f"{each['used_at']:%Y-%m-%d %H:%M}"
        click.echo(
            f"{each['name']}: {state}; {each['per_minute']} a minute, {each['per_day']} a day; "
            f"last report {used}; {each['contact']}"
        )


@api_keys.command()
@click.argument("name")
@database_option
def revoke(*, name: str, database_url: str) -> None:
    """Revoke the key NAME: from now on it opens nothing."""

    async def work(connection: Connection) -> None:
        await revoke_key(connection, name, by=_BY)

    _run(database_url, work)
    click.echo(f"the key {name} is revoked")


def _run(url: str, work: Callable[[Connection], Awaitable[T]]) -> T:
    async def run() -> T:
        connection = await open_connection(url, application="streetwarden api-keys")
        try:
            await require_current(connection)
            return await work(connection)
        finally:
            await connection.close()

    return asyncio.run(run())

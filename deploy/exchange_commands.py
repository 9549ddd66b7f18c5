"""`streetwarden exchange …`: subscriptions of other systems to changes of cases."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import click

from cases import CaseError
from casework.exchange import webhooks
from casework.exchange.message import body_of
from casework.exchange.webhooks import Wanted
from deploy.database_option import database_option
from program.errors import ProgramError
from store import audit
from store.connection import Connection, open_connection
from store.migrate import require_current

T = TypeVar("T")

_BY: Final = "system/exchange"


@click.group()
def exchange() -> None:
    """Exchange with other systems."""


@exchange.group(name="webhooks")
def webhooks_group() -> None:
    """Subscriptions of other systems to changes of cases (Standard Webhooks)."""


@webhooks_group.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@database_option
def list_(*, as_json: bool, database_url: str) -> None:
    """List the subscriptions with the state of their delivery."""
    for row in _run(database_url, webhooks.list_webhooks):
        if as_json:
            click.echo(json.dumps(row, ensure_ascii=False, default=str))
            continue
        state = "enabled" if row["enabled"] else f"disabled {row['disabled_reason'] or ''}".rstrip()
        click.echo(
            f"{row['name']}  {row['url']}  {state}; waiting {row['waiting']}, "
            f"dead letters {row['dead_letters']}"
        )
        if row["last_error"]:
            click.echo(f"    attempt {row['attempts']} failed: {row['last_error']}")


@webhooks_group.command()
@click.argument("name")
@click.argument("url")
@click.option(
    "--action", "actions", multiple=True, help="Of events, such as close; repeatable. Default: all."
)
@click.option("--district", "districts", multiple=True, help="6 digits; repeatable. Default: all.")
@click.option(
    "--department", "departments", multiple=True,
    help="A department's code, with the departments below it; repeatable. Default: all.",
)  # fmt: skip
@click.option(
    "--after", type=click.IntRange(0), help="Deliver from after this position of the feed. Default: from now."
)
@database_option
def add(
    *,
    name: str,
    url: str,
    actions: tuple[str, ...],
    districts: tuple[str, ...],
    departments: tuple[str, ...],
    after: int | None,
    database_url: str,
) -> None:
    """Send changes of cases to URL, and print the secret for the receiver, which is not shown again."""

    async def run(connection: Connection) -> str:
        wanted = Wanted(url=url, actions=actions, districts=districts, departments=departments)
        secret = await webhooks.add_webhook(connection, name, wanted, by=_BY, after=after)
        await _note(connection, name, added=True, url=url)
        return secret

    click.echo(_run(database_url, run))


@webhooks_group.command()
@click.argument("name")
@database_option
def remove(*, name: str, database_url: str) -> None:
    """Remove the subscription NAME with its dead letters."""

    async def run(connection: Connection) -> None:
        await webhooks.remove_webhook(connection, name)
        await _note(connection, name, removed=True)

    _run(database_url, run)
    click.echo(f"{name} is removed")


@webhooks_group.command()
@click.argument("name")
@database_option
def rotate(*, name: str, database_url: str) -> None:
    """Print a new secret for NAME. For 24 hours, messages are signed with the old one too."""

    async def run(connection: Connection) -> str:
        secret = await webhooks.rotate_secret(connection, name)
        await _note(connection, name, secret="changed")  # noqa: S106 (no secret)
        return secret

    click.echo(_run(database_url, run))


@webhooks_group.command()
@click.argument("name")
@database_option
def enable(*, name: str, database_url: str) -> None:
    """Enable NAME again: it goes on where it stopped."""
    _switch(database_url, name, enabled=True)


@webhooks_group.command()
@click.argument("name")
@database_option
def disable(*, name: str, database_url: str) -> None:
    """Send nothing to NAME until it is enabled again; its changes wait."""
    _switch(database_url, name, enabled=False)


@webhooks_group.command(name="dead-letters")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@database_option
def dead_letters(*, name: str, as_json: bool, database_url: str) -> None:
    """List the changes whose delivery to NAME was given up, 1000 at most."""

    async def run(connection: Connection) -> list[dict[str, Any]]:
        return await webhooks.dead_letters(connection, name, limit=1000)

    for row in _run(database_url, run):
        if as_json:
            click.echo(json.dumps(row, ensure_ascii=False, default=str))
        else:
            waits = "; will be sent again" if row["replay_at"] else ""
            click.echo(
                f"{row['position']}  {row['number']} {row['action']}  {row['died_at']:%F %T}  "
                f"{row['attempts']} attempts, the last: {row['error']}{waits}"
            )


@webhooks_group.command()
@click.argument("name")
@click.argument("position", type=click.IntRange(1))
@database_option
def show(*, name: str, position: int, database_url: str) -> None:
    """Print the body of a dead letter, as it would be sent now."""

    async def run(connection: Connection) -> bytes:
        item = await webhooks.dead_letter(connection, name, position)
        scope = await webhooks.scope_of(connection, await webhooks.wanted_of(connection, name))
        return body_of(item, item.seen(scope))

    click.echo(_run(database_url, run).decode())


@webhooks_group.command()
@click.argument("name")
@click.argument("positions", nargs=-1, type=click.IntRange(1))
@database_option
def replay(*, name: str, positions: tuple[int, ...], database_url: str) -> None:
    """Send the dead letters at POSITIONS again, once each; without POSITIONS, all of them."""

    async def run(connection: Connection) -> int:
        count = await webhooks.replay(connection, name, positions or None)
        await _note(connection, name, replayed=count)
        return count

    click.echo(f"{_run(database_url, run)} dead letters of {name} are sent again")


@webhooks_group.command()
@click.argument("name")
@click.argument("positions", nargs=-1, type=click.IntRange(1))
@click.confirmation_option(prompt="The receiver will never get these changes. Go on?")
@database_option
def discard(*, name: str, positions: tuple[int, ...], database_url: str) -> None:
    """Delete the dead letters at POSITIONS; without POSITIONS, all of them."""

    async def run(connection: Connection) -> int:
        count = await webhooks.discard(connection, name, positions or None)
        await _note(connection, name, discarded=count)
        return count

    click.echo(f"{_run(database_url, run)} dead letters of {name} are deleted")


def _switch(url: str, name: str, *, enabled: bool) -> None:
    async def run(connection: Connection) -> None:
        await webhooks.switch(connection, name, enabled=enabled)
        await _note(connection, name, enabled=enabled)

    _run(url, run)
    click.echo(f"{name} is {'enabled' if enabled else 'disabled'}")


async def _note(connection: Connection, name: str, **detail: Any) -> None:
    await audit.note(
        connection, login=_BY, action="exchange.administer", subject=f"webhook/{name}", detail=detail
    )


def _run(url: str, work: Callable[[Connection], Awaitable[T]]) -> T:
    async def run() -> T:
        connection = await open_connection(url, application="streetwarden exchange")
        try:
            await require_current(connection)
            async with connection.transaction():
                return await work(connection)
        finally:
            await connection.close()

    try:
        return asyncio.run(run())
    except CaseError as error:
        raise ProgramError(str(error)) from None

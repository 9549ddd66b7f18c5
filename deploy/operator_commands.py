"""`streetwarden operator …`: accounts of the people who sign on, and what they may do."""

from __future__ import annotations

import asyncio
import getpass
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from cases.rights import PERSONS_ROLES, Role
from center.people.passwords import SHORTEST, hash_password, why_refused
from deploy.database_option import database_option
from program.settings_parts import read_secret
from store import audit
from store.accounts import AccountChange, accounts, change_account, roles_by_login
from store.connection import Connection, open_connection
from store.operators import add_operator, find_operator, set_operator
from store.people import WHOLE_CITY, find_department, put_in_department

_WEAK: Final = {
    "too_short": f"at least {SHORTEST} characters, such as several words",
    "too_common": "it is a common password; take several unrelated words",
}
_ROLES: Final = click.Choice([role.value for role in sorted(PERSONS_ROLES)])
T = TypeVar("T")


@click.group()
def operator() -> None:
    """Accounts of the people who sign on to the command centre."""


def _of_account(function: Callable[..., T]) -> Callable[..., T]:
    """The options for an account's roles and scope."""
    for option in (
        click.option(
            "--district", "districts", multiple=True,
            help="A district in which the account works, 6 digits; may be repeated. Default: all districts.",
        ),
        click.option("--department", help="The department of the account's person, by code or name."),
        click.option("--all-roles", is_flag=True, help="All roles: for a trial, or a very small city."),
        click.option(
            "--role", "roles", multiple=True, type=_ROLES,
            help="A role of the account; may be repeated.",
        ),
    ):  # fmt: skip
        function = option(function)
    return function


@operator.command()
@click.argument("login")
@click.option("--name", help="Shown in the console; by default the login.")
@click.option(
    "--password",
    envvar="STREETWARDEN_OPERATOR_PASSWORD",
    help="The password; without it, the command asks. Other users can see a password on the command line.",
)
@click.option(
    "--password-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file whose first line is the password.",
)
@click.option("--if-missing", is_flag=True, help="If the account exists, do not change it.")
@_of_account
@database_option
def add(
    *,
    login: str,
    name: str | None,
    password: str | None,
    password_file: Path | None,
    if_missing: bool,
    roles: tuple[str, ...],
    all_roles: bool,
    department: str | None,
    districts: tuple[str, ...],
    database_url: str,
) -> None:
    """Add the account LOGIN, or give it a new password, which ends its sessions.

    The first account of an installation gets every role if none is named. Later accounts need --role.
    """
    if password_file is not None:
        password = read_secret(str(password_file), setting="--password-file")
    elif password is None:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    refused = why_refused(password, known_words=[login, name or ""])
    if refused is not None:
        raise click.BadParameter(_WEAK[refused], param_hint="--password")
    chosen = _roles(roles, all_roles=all_roles)

    async def run(connection: Connection) -> str:
        exists = await find_operator(connection, login) is not None
        if exists and if_missing:
            return f"{login} has an account already; it stays as it is"
        first = not exists and not await roles_by_login(connection)
        if not exists and not chosen and not first:
            raise click.UsageError(
                "a new account needs a role: give --role (several times for several), or --all-roles"
            )
        write = add_operator if if_missing else set_operator
        await write(
            connection,
            login=login,
            display_name=name or login,
            password_hash=hash_password(password),
            roles=chosen or PERSONS_ROLES,
            districts=districts,
            department=WHOLE_CITY if not chosen or all_roles else None,
        )
        if exists:
            await _change(connection, login, chosen, department, districts)
            await _note(connection, login, password="changed")  # noqa: S106 (no password)
            return f"{login} has a new password; its sessions have ended"
        if department is not None:
            await put_in_department(connection, login, await find_department(connection, department))
        await _note(connection, login, added=True, roles=sorted(chosen or PERSONS_ROLES))
        return f"{login} may sign on" + ("" if chosen else ", with every role")

    click.echo(_with(database_url, run))


@operator.command(name="set")
@click.argument("login")
@_of_account
@click.option("--everywhere", is_flag=True, help="In all districts.")
@database_option
def set_(
    *,
    login: str,
    roles: tuple[str, ...],
    all_roles: bool,
    department: str | None,
    districts: tuple[str, ...],
    everywhere: bool,
    database_url: str,
) -> None:
    """Change the roles and scope of the account LOGIN.

    What is not given stays as it is; named roles replace all others.
    """
    chosen = _roles(roles, all_roles=all_roles)
    if not (chosen or department or districts or everywhere):
        raise click.UsageError("say what to change: --role, --department, --district or --everywhere")

    async def run(connection: Connection) -> str:
        await _change(connection, login, chosen, department, districts, everywhere=everywhere)
        return f"{login} is changed; it holds with the next request"

    click.echo(_with(database_url, run))


@operator.command()
@click.argument("login")
@database_option
def disable(*, login: str, database_url: str) -> None:
    """Disable the account LOGIN; its sessions end at once. Cases keep its name."""
    click.echo(_with(database_url, lambda connection: _switch(connection, login, disabled=True)))


@operator.command()
@click.argument("login")
@database_option
def enable(*, login: str, database_url: str) -> None:
    """Enable the account LOGIN again."""
    click.echo(_with(database_url, lambda connection: _switch(connection, login, disabled=False)))


@operator.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@database_option
def list_(*, as_json: bool, database_url: str) -> None:
    """List the accounts with their roles, departments and districts."""
    for row in _with(database_url, accounts):
        if as_json:
            click.echo(json.dumps(row, ensure_ascii=False, default=str))
            continue
        state = "" if row["enabled"] else "  closed"
        place = ", ".join(row["districts"]) or "everywhere"
        held = ", ".join(row["all_roles"]) if set(row["all_roles"]) != PERSONS_ROLES else "every role"
        click.echo(f"{row['login']:20} {held or 'no role'}  {row['department'] or '-'}  {place}{state}")


def _roles(named: tuple[str, ...], *, all_roles: bool) -> frozenset[Role]:
    if named and all_roles:
        raise click.UsageError("give either --role or --all-roles")
    return PERSONS_ROLES if all_roles else frozenset(map(Role, named))


async def _change(
    connection: Connection,
    login: str,
    roles: frozenset[Role],
    department: str | None,
    districts: tuple[str, ...],
    *,
    everywhere: bool = False,
) -> None:
    async with connection.transaction():
        change = AccountChange(roles=roles or None, districts=() if everywhere else districts or None)
        await change_account(connection, login, change)
        if department is not None:
            await put_in_department(connection, login, await find_department(connection, department))
        if roles or department or districts or everywhere:
            await _note(
                connection,
                login,
                roles=sorted(roles) or None,
                department=department,
                districts=list(districts),
            )


async def _switch(connection: Connection, login: str, *, disabled: bool) -> str:
    async with connection.transaction():
        ended = await change_account(connection, login, AccountChange(disabled=disabled))
        await _note(connection, login, disabled=disabled)
    return (
        f"{login} is closed; {len(ended)} sessions have ended" if disabled else f"{login} may sign on again"
    )


async def _note(connection: Connection, login: str, **detail: Any) -> None:
    await audit.note(
        connection,
        login=f"system/{getpass.getuser()}",
        action="people.administer",
        subject=f"account/{login}",
        detail={name: value for name, value in detail.items() if value is not None},
    )


def _with(database_url: str, work: Callable[[Connection], Awaitable[T]]) -> T:
    async def run() -> T:
        async with _connected(database_url) as connection:
            return await work(connection)

    return asyncio.run(run())


@asynccontextmanager
async def _connected(database_url: str) -> AsyncIterator[Connection]:
    connection = await open_connection(database_url, application="streetwarden operator")
    try:
        async with connection.transaction():
            yield connection
    finally:
        await connection.close()

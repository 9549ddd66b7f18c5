"""`streetwarden operator …`: accounts of the people who sign on."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import click

from center.people.passwords import SHORTEST, hash_password, why_refused
from deploy.database_option import database_option
from program.settings_parts import read_secret
from store.connection import open_connection
from store.operators import add_operator, set_operator

_WEAK: Final = {
    "too_short": f"at least {SHORTEST} characters, such as several words",
    "too_common": "it is among the first that would be guessed; take several words that have nothing "
    "to do with each other",
}


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
@database_option
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
    refused = why_refused(password, known_words=[login, name or ""])
    if refused is not None:
        raise click.BadParameter(_WEAK[refused], param_hint="--password")
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

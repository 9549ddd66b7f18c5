"""The options of commands that connect to the database."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

import click

from program.settings_parts import DatabaseAddress

_DEFAULT: Final = "postgresql://streetwarden@127.0.0.1:5432/streetwarden"

P = ParamSpec("P")
R = TypeVar("R")


def database_option(function: Callable[P, R]) -> Callable[P, R]:
    """Options for the database's address; the function gets `database_url` with the password in it."""

    @click.option(
        "--database-url",
        envvar="STREETWARDEN_DATABASE_URL",
        default=_DEFAULT,
        show_default=True,
        help="The database: postgresql://user:password@host:port/database.",
    )
    @click.option(
        "--database-password-file",
        envvar="STREETWARDEN_DATABASE_PASSWORD_FILE",
        default="",
        help="A file with the password, so that the URL need not contain it.",
    )
    @functools.wraps(function)
    def with_password(*args: P.args, **options: P.kwargs) -> R:
        address = DatabaseAddress(
            url=str(options["database_url"]), password_file=str(options.pop("database_password_file"))
        )
        options["database_url"] = address.full_url()
        return function(*args, **options)

    return with_password

"""Passwords of one stack: created once, in a file that only its owner can read."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Final

import msgspec

from deploy.stack.accounts import PROGRAM_USERS
from deploy.stack.folder import StackFolder
from store.roles import ROLES, new_password

LOGIN: Final = "operator"
_FILE: Final = "secrets.json"
_SPOKEN: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that a person could mistake


class Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """All passwords of a stack.

    Attributes:
        operator: of the account that signs on to the command centre.
        administrator: of the database server.
        database: of the database's owner, who migrates it.
        roles: of the programs' database roles, by role.
        broker: of every user of the broker, by user.
        session_removal: the token with which `broker sessions --remove` removes a session.
    """

    operator: str
    administrator: str
    database: str
    roles: dict[str, str] = msgspec.field(default_factory=dict)
    broker: dict[str, str]
    session_removal: str = ""


def keep(folder: StackFolder, *, devices: Iterable[str]) -> Secrets:
    """The stack's passwords; missing ones are created.

    Args:
        folder: for the passwords.
        devices: the broker users of a city's devices.
    """
    known = folder.recall(_FILE, Secrets)
    broker = {} if known is None else known.broker
    users = (*PROGRAM_USERS, *devices)
    roles = {} if known is None else known.roles
    removal = "" if known is None else known.session_removal
    if (
        known is not None
        and removal
        and all(user in broker for user in users)
        and all(role in roles for role in ROLES)
    ):
        return known
    complete = Secrets(
        operator=spoken() if known is None else known.operator,
        administrator=secrets.token_urlsafe(24) if known is None else known.administrator,
        database=secrets.token_urlsafe(24) if known is None else known.database,
        roles={**{role: new_password() for role in ROLES}, **roles},
        broker={**{user: secrets.token_urlsafe(18) for user in users}, **broker},
        session_removal=removal or new_password(),
    )
    folder.remember(_FILE, complete)
    return complete


def spoken() -> str:
    """A password that a person can read out and type: 16 characters, 79 bits."""
    letters = [secrets.choice(_SPOKEN) for _ in range(16)]
    return "-".join("".join(letters[start : start + 4]) for start in range(0, 16, 4))

"""Changes to accounts; the last administrator cannot be removed.

A change of roles, districts or person applies from the account's next request. All sessions of an account
end if the account is disabled or gets a new password.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from cases.rights import Role
from store.connection import Connection
from store.errors import LastAdministratorError, PeopleError
from store.queries import load

_SQL = load("operators")  # accounts are the rows of the table `operator`


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChange:
    """The changes to an account; None leaves a field unchanged.

    Attributes:
        districts: 6 digits each; empty for all.
        person: the key of the person whose account it is.
        without_person: whether to detach the account from its person; the account keeps its own roles, and
            loses those of the person's post.
    """

    display_name: str | None = None
    roles: Iterable[Role] | None = None
    districts: Iterable[str] | None = None
    person: str | None = None
    without_person: bool = False
    password_hash: str | None = None
    disabled: bool | None = None


@asynccontextmanager
async def keeping_an_administrator(connection: Connection) -> AsyncIterator[None]:
    """A transaction for a change of accounts, persons or posts; only one runs at a time.

    It is rolled back if it would remove the last administrator.

    Raises:
        LastAdministratorError: the change would remove the last administrator; nothing is changed.
    """
    async with connection.transaction():
        await connection.execute(_SQL["lock_accounts"])
        before = await connection.fetchval(_SQL["administrators"])
        yield
        if before and not await connection.fetchval(_SQL["administrators"]):
            raise LastAdministratorError(
                "nobody could administer people any more; give another enabled account the role "
                "administrator first"
            )


async def change_account(connection: Connection, login: str, change: AccountChange) -> list[bytes]:
    """Change an account.

    Returns:
        Token hashes of the sessions that ended.

    Raises:
        PeopleError: there is no such account or person.
        LastAdministratorError: the change would remove the last administrator; nothing is changed.
    """
    async with keeping_an_administrator(connection):
        try:
            found = await connection.fetchval(
                _SQL["change_account"],
                login,
                change.display_name,
                None if change.roles is None else sorted(change.roles),
                None if change.districts is None else sorted(change.districts),
                change.person,
                change.password_hash,
                change.disabled,
                change.without_person,
            )
        except asyncpg.ForeignKeyViolationError:
            raise PeopleError(
                f"there is no person {change.person!r}; add the person first, or name another"
            ) from None
        if not found:
            raise PeopleError(f"there is no account {login!r}")
        if change.disabled or change.password_hash is not None:
            return [row["token_hash"] for row in await connection.fetch(_SQL["end_sessions_of"], login)]
        return []


async def roles_by_login(connection: Connection) -> dict[str, frozenset[str]]:
    """The roles of each enabled account, including those of its person's post."""
    rows = await connection.fetch(_SQL["roles_of_accounts"])
    return {row["login"]: frozenset(row["all_roles"]) for row in rows if row["enabled"]}


async def accounts(connection: Connection) -> list[dict[str, Any]]:
    """All accounts, as rows of the view `account` with the time at which a session was last used."""
    return [dict(row) for row in await connection.fetch(_SQL["accounts"])]

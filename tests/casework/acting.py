"""People who act on cases, for tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from cases import PERSONS_ROLES, Actor, CasePolicy, Rights, Role
from cases.workflow import Given
from casework import Acted, act
from store.connection import Connection, Pool

POLICY: Final = CasePolicy.load()
CODES: Final = {name: POLICY.department_code(name) for name in POLICY.departments}
EVERYBODY: Final = Actor(name="li", roles=PERSONS_ROLES, departments=frozenset(CODES.values()))
"""One who has all roles, in all departments."""


ANOTHER: Final = replace(EVERYBODY, name="wang")
A_THIRD: Final = replace(EVERYBODY, name="zhao")


async def add_account(connection: Connection | Pool, login: str, *roles: Role) -> None:
    """An enabled account, of no department."""
    await connection.execute(
        "INSERT INTO operator (login, display_name, password_hash, roles) VALUES ($1, $1, 'x', $2)",
        login,
        [str(role) for role in roles],
    )


async def take(
    connection: Connection,
    number: str,
    action: str,
    sequence: int | None,
    *,
    at: datetime,
    actor: Actor = EVERYBODY,
    policy: CasePolicy = POLICY,
    key: str | None = None,
    **given: Any,
) -> Acted:
    """Take a case one step further, in the caller's transaction."""
    return await act(
        connection,
        number,
        action=action,
        given=Given(**given),
        actor=actor,
        rights=Rights.shipped(),
        policy=policy,
        expected_sequence=sequence,
        at=at,
        key=key,
    )

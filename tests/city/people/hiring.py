"""Accounts for the staff of a simulated city, in a test's database."""

from __future__ import annotations

from collections.abc import Sequence

from cases import CasePolicy, Role
from city.people.staff import Member
from store.connection import Connection
from store.operators import set_operator
from store.people import take_in_departments


async def hire(
    connection: Connection, members: Sequence[Member], policy: CasePolicy, *, password_hash: str = "none"
) -> None:
    await take_in_departments(connection, policy.departments.values())
    for member in members:
        await set_operator(
            connection,
            login=member.login,
            display_name=member.display_name,
            password_hash=password_hash,
            roles=[Role(member.role)],
            department=member.department,
        )

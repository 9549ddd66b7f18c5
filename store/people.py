"""Departments, posts, persons and duty; who is on duty where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg

from cases.dispatch import Department as PolicyDepartment
from cases.rights import Role
from store.accounts import keeping_an_administrator
from store.connection import Connection
from store.errors import PeopleError
from store.queries import load

_SQL = load("people")
WHOLE_CITY: Final = "CITY"
"""The code of the root department; an account of it acts for every department."""
_PREFIX: Final = "D"
"""Departments without a code in the case policy are numbered: D01, D02 …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """A department, by its code; `parent` is the code of the one above it."""

    code: str
    parent: str | None = None
    name: str
    name_en: str
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post (岗位): it gives its roles to its holder."""

    code: str
    department: str | None = None
    name: str
    name_en: str
    roles: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person.

    Attributes:
        person: the city's key for the person, such as a staff number.
        department: the department's code.
        post: the post's code.
        device: the id of the phone that reports the person's place (entity `person/{device}`).
        left: whether the person has left; then the person's accounts are closed.
    """

    person: str
    name: str
    department: str | None = None
    post: str | None = None
    telephone: str | None = None
    device: str | None = None
    left: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """When a person is on duty, and for which cells of the unit grid."""

    person: str
    starts_at: datetime
    ends_at: datetime
    grid_cells: frozenset[str] = frozenset()
    note: str | None = None


async def set_department(connection: Connection, department: Department) -> None:
    """Add a department, or change it.

    Raises:
        PeopleError: its parent does not exist, or is below it.
    """
    async with connection.transaction():
        await connection.execute(_SQL["lock_departments"])
        if department.parent is not None and await connection.fetchval(
            _SQL["is_below"], department.parent, department.code
        ):
            raise PeopleError(
                f"department {department.parent!r} is {department.code!r} or below it; choose another parent"
            )
        try:
            await connection.execute(
                _SQL["set_department"],
                department.code,
                department.parent,
                department.name,
                department.name_en,
                department.closed,
            )
        except asyncpg.ForeignKeyViolationError:
            raise PeopleError(f"there is no department {department.parent!r} to be the parent") from None
        except asyncpg.CheckViolationError:
            raise PeopleError(
                f"{department.code!r} cannot be a department's code; a code has letters, digits, ., _ and -, "
                "32 at most"
            ) from None


async def take_in_departments(connection: Connection, named: Iterable[PolicyDepartment]) -> int:
    """Add the departments of the case policy that the table lacks, by code and by name.

    Departments in the table stay unchanged, because a city edits them there.

    Returns:
        The number of added departments.
    """
    async with connection.transaction():
        await connection.execute(_SQL["lock_departments"])
        known = await connection.fetch(_SQL["known_departments"])
        codes, names = {row["code"] for row in known}, {row["name"] for row in known}
        missing = [each for each in named if each.code not in codes and each.name not in names]
        for each in missing:
            code = each.code or _next_code(codes)
            codes.add(code)
            await set_department(
                connection, Department(code=code, parent=WHOLE_CITY, name=each.name, name_en=each.name_en)
            )
        for each in missing:
            if each.code is not None and each.parent is not None:
                await set_department(
                    connection,
                    Department(code=each.code, parent=each.parent, name=each.name, name_en=each.name_en),
                )
    return len(missing)


def _next_code(taken: set[str]) -> str:
    number = 1
    while f"{_PREFIX}{number:02d}" in taken:
        number += 1
    return f"{_PREFIX}{number:02d}"


async def find_department(connection: Connection, word: str) -> str:
    """The code of a department, given by code or name.

    Raises:
        PeopleError: there is none, or several have this name.
    """
    known = await connection.fetch(_SQL["known_departments"])
    found = {row["code"] for row in known if word == row["code"]} or {
        row["code"] for row in known if word in (row["name"], row["name_en"])
    }
    if len(found) == 1:
        return str(found.pop())
    if found:
        raise PeopleError(
            f"several departments have the name {word!r}; give a code: {', '.join(sorted(found))}"
        )
    there = ", ".join(f"{row['code']} {row['name']}" for row in known) or "none yet"
    raise PeopleError(f"there is no department {word!r}; there are: {there}")


async def put_in_department(connection: Connection, login: str, department: str) -> None:
    """Assign the person of an account to a department, by its code.

    Raises:
        PeopleError: there is no such account, or it belongs to no person.
    """
    if not await connection.fetchval(_SQL["put_in_department"], login, department):
        raise PeopleError(f"account {login!r} does not exist or belongs to no person")


async def set_post(connection: Connection, post: Post) -> None:
    """Add a post, or change it.

    Raises:
        PeopleError: its department does not exist, or its code is invalid.
        LastAdministratorError: nobody could administer people any more.
    """
    async with keeping_an_administrator(connection):
        try:
            await connection.execute(
                _SQL["set_post"], post.code, post.department, post.name, post.name_en, sorted(post.roles)
            )
        except asyncpg.ForeignKeyViolationError:
            raise PeopleError(f"there is no department {post.department!r}") from None
        except asyncpg.CheckViolationError:
            raise PeopleError(
                f"{post.code!r} cannot be a post's code; a code has letters, digits, ., _ and -, 32 at most"
            ) from None


async def set_person(connection: Connection, person: Person) -> None:
    """Add a person, or change one.

    Raises:
        PeopleError: department or post do not exist, or another person has the device.
        LastAdministratorError: nobody could administer people any more.
    """
    async with keeping_an_administrator(connection):
        try:
            await connection.execute(
                _SQL["set_person"],
                person.person,
                person.name,
                person.department,
                person.post,
                person.telephone,
                person.device,
                person.left,
            )
        except asyncpg.ForeignKeyViolationError as error:
            lacking = "post" if error.constraint_name == "person_post_fkey" else "department"
            word = person.post if lacking == "post" else person.department
            raise PeopleError(f"there is no {lacking} {word!r}") from None
        except asyncpg.UniqueViolationError:
            raise PeopleError(
                f"device {person.device!r} belongs to another person; remove it there first"
            ) from None


async def add_duty(connection: Connection, duty: Duty) -> int:
    """Put a person on duty.

    Returns:
        The duty's number.

    Raises:
        PeopleError: there is no such person, or it ends before it starts.
    """
    with _refusing_a_duty(duty):
        found: int = await connection.fetchval(
            _SQL["add_duty"], duty.person, duty.starts_at, duty.ends_at, sorted(duty.grid_cells), duty.note
        )
    return found


async def change_duty(connection: Connection, number: int, duty: Duty) -> None:
    """Change a duty.

    Raises:
        PeopleError: there is none of that number, there is no such person, or it ends before it starts.
    """
    with _refusing_a_duty(duty):
        found = await connection.fetchval(
            _SQL["change_duty"],
            number,
            duty.person,
            duty.starts_at,
            duty.ends_at,
            sorted(duty.grid_cells),
            duty.note,
        )
    if not found:
        raise PeopleError(f"there is no duty {number}; add one")


@contextmanager
def _refusing_a_duty(duty: Duty) -> Iterator[None]:
    try:
        yield
    except asyncpg.ForeignKeyViolationError:
        raise PeopleError(f"there is no person {duty.person!r}; add the person first") from None
    except asyncpg.CheckViolationError:
        raise PeopleError("a duty must end after it starts") from None


async def remove_duty(connection: Connection, number: int) -> None:
    """Delete a duty.

    Raises:
        PeopleError: there is no duty with that number.
    """
    if not await connection.fetchval(_SQL["remove_duty"], number):
        raise PeopleError(f"there is no duty {number}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDuty:
    """An account whose person is on duty.

    Attributes:
        device: the id of the person's phone, if there is one.
        grid_cells: the cells that the person is responsible for.
    """

    login: str
    display_name: str
    person: str
    department: str | None
    device: str | None
    grid_cells: frozenset[str]


async def on_duty(
    connection: Connection, roles: Iterable[Role], *, at: datetime, grid_cell: str | None = None
) -> list[OnDuty]:
    """Who is on duty with one of some roles; those responsible for the cell first."""
    rows = await connection.fetch(_SQL["on_duty"], at, sorted(roles), grid_cell)
    return [OnDuty(**{**dict(row), "grid_cells": frozenset(row["grid_cells"])}) for row in rows]

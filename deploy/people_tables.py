"""Departments, persons, accounts and duty as CSV tables: which columns each has, and what a row says."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cases.rights import PERSONS_ROLES, Role
from center.people.passwords import hash_password, why_refused
from store.accounts import AccountChange, change_account
from store.connection import Connection
from store.errors import PeopleError
from store.operators import add_operator, find_operator
from store.people import Department, Duty, Person, add_duty, find_department, set_department, set_person

Cells = Mapping[str, str]
EVERYWHERE: Final = "everywhere"
_DISTRICT: Final = re.compile("[0-9]{6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleTable:
    """One table.

    Attributes:
        name: of its file, without the ending.
        columns: in order, the key of a row first.
        keyed: a row changes what has its key; a column that a file lacks then stays as it is.
        write: takes a row in; it says whether anything was written.
        rows: the query of what is there, by the names of the columns.
    """

    name: str
    columns: tuple[str, ...]
    write: Callable[[Connection, Cells], Awaitable[bool]]
    rows: str
    keyed: bool = True


async def _department(connection: Connection, cells: Cells) -> bool:
    await set_department(
        connection,
        Department(
            code=_given(cells, "code"),
            parent=cells["parent"] or None,
            name=_given(cells, "name"),
            name_en=cells["name_en"] or cells["name"],
            closed=_yes(cells, "closed"),
        ),
    )
    return True


async def _person(connection: Connection, cells: Cells) -> bool:
    department = cells["department"]
    await set_person(
        connection,
        Person(
            person=_given(cells, "person"),
            name=_given(cells, "name"),
            department=await find_department(connection, department) if department else None,
            post=cells["post"] or None,
            telephone=cells["telephone"] or None,
            device=cells["device"] or None,
            left=_yes(cells, "left"),
        ),
    )
    return True


async def _account(connection: Connection, cells: Cells) -> bool:
    login, password = _given(cells, "login"), cells["password"]
    roles = frozenset(cells["roles"].split())
    strange = sorted(roles - PERSONS_ROLES)
    if strange:
        raise PeopleError(f"there is no role {strange[0]!r}; there are {', '.join(sorted(PERSONS_ROLES))}")
    refused = why_refused(password, known_words=[login, cells["name"]]) if password else None
    if refused is not None:
        raise PeopleError(f"the password is {refused.replace('_', ' ')}; choose several words")
    hashed = hash_password(password) if password else None
    districts = _districts(cells["districts"])
    if await find_operator(connection, login) is None:
        for column, value in (("password", hashed), ("roles", roles), ("districts", cells["districts"])):
            if not value:
                raise PeopleError(f"column {column} is empty; a new account needs it")
        await add_operator(
            connection,
            login=login,
            display_name=cells["name"] or login,
            password_hash=hashed or "",
            roles=[Role(each) for each in sorted(roles)],
            districts=districts or (),
        )
        hashed = None
    change = AccountChange(
        display_name=cells["name"] or None,
        roles=[Role(each) for each in sorted(roles)] or None,
        districts=districts,
        person=cells["person"] or None,
        password_hash=hashed,
        disabled=_yes(cells, "disabled") if cells["disabled"] else None,
    )
    await change_account(connection, login, change)
    return True


async def _duty(connection: Connection, cells: Cells) -> bool:
    duty = Duty(
        person=_given(cells, "person"),
        starts_at=_moment(cells, "starts_at"),
        ends_at=_moment(cells, "ends_at"),
        grid_cells=frozenset(cells["grid_cells"].split()),
        note=cells["note"] or None,
    )
    known = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM duty WHERE person = $1 AND starts_at = $2 AND ends_at = $3)",
        duty.person, duty.starts_at, duty.ends_at,
    )  # fmt: skip
    if known:
        return False
    await add_duty(connection, duty)
    return True


def _districts(text: str) -> tuple[str, ...] | None:
    """Districts of an account; none for everywhere, None to leave them as they are."""
    if text in {"", EVERYWHERE}:
        return None if not text else ()
    found = tuple(text.split())
    for each in found:
        if not _DISTRICT.fullmatch(each):
            raise PeopleError(
                f"district {each!r} must have 6 digits; put blanks between several, or write {EVERYWHERE}"
            )
    return found


def _given(cells: Cells, column: str) -> str:
    if not cells[column]:
        raise PeopleError(f"column {column} is empty; every row needs it")
    return cells[column]


def _yes(cells: Cells, column: str) -> bool:
    if cells[column].lower() not in {"", "yes", "no"}:
        raise PeopleError(f"column {column} says {cells[column]!r}; it must be yes, no or empty")
    return cells[column].lower() == "yes"


def _moment(cells: Cells, column: str) -> datetime:
    try:
        found = datetime.fromisoformat(_given(cells, column))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise PeopleError(
            f"column {column} says {cells[column]!r}; write a moment with its time zone, such as "
            "2026-12-01T08:00:00+08:00"
        )
    return found


TABLES: Final[tuple[PeopleTable, ...]] = (
    PeopleTable(
        name="departments",
        columns=("code", "parent", "name", "name_en", "closed"),
        write=_department,
        rows="""
        WITH RECURSIVE tree AS (
            SELECT department.*, 0 AS depth FROM department WHERE parent IS NULL
            UNION ALL
            SELECT department.*, depth + 1 FROM department JOIN tree ON department.parent = tree.code
        )
        SELECT code, parent, name, name_en, closed_at IS NOT NULL AS closed FROM tree ORDER BY depth, code""",
    ),
    PeopleTable(
        name="persons",
        columns=("person", "name", "department", "post", "telephone", "device", "left"),
        write=_person,
        rows="SELECT person, name, department, post, telephone, device, left_at IS NOT NULL AS left"
        " FROM person ORDER BY person",
    ),
    PeopleTable(
        name="accounts",
        columns=("login", "name", "person", "roles", "districts", "password", "disabled"),
        write=_account,
        rows="SELECT login, display_name AS name, person, array_to_string(roles, ' ') AS roles,"
        " COALESCE(NULLIF(array_to_string(districts, ' '), ''), 'everywhere') AS districts,"
        " '' AS password, disabled_at IS NOT NULL AS disabled"
        " FROM account ORDER BY login",
    ),
    PeopleTable(
        name="duty",
        columns=("person", "starts_at", "ends_at", "grid_cells", "note"),
        keyed=False,
        write=_duty,
        rows="SELECT person, starts_at, ends_at, array_to_string(grid_cells, ' ') AS grid_cells, note"
        " FROM duty WHERE ends_at > now() ORDER BY starts_at, person",
    ),
)
"""In the order in which they are taken in: persons name departments, accounts and duty name persons."""


def text_of(value: Any) -> str:
    """A value as a cell has it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, datetime) else str(value)

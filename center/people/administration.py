"""Administration of people: each change is checked, written and logged in one transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec

from cases import Rights, RightsError, Role
from cases.rights import COLUMNS, Entry
from center.database import Database
from center.people import administration_models as models
from center.people.caller import Caller
from center.web import cursors
from center.web.answers import Refusal
from store import audit, people
from store.accounts import AccountChange, accounts, change_account
from store.connection import Connection
from store.errors import LastAdministratorError, PeopleError, StaleRightsError
from store.operators import add_operator
from store.queries import load
from store.rights_table import read_rights, write_rights

_SQL = load("people")
_AUDIT_CURSOR: Final = msgspec.json.Decoder(tuple[Annotated[int, msgspec.Meta(ge=1, le=2**62)]])


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """The filter of the audit log; None means any."""

    login: str | None
    action: str | None
    subject: str | None
    begin: datetime
    end: datetime


class Administration:
    """Departments, posts, persons, accounts, duty, rights and the audit log, in the database.

    Args:
        database: holds them.
        ended: called with the token's hash of a session that has been ended.
    """

    def __init__(self, *, database: Database, ended: Callable[[bytes], None]) -> None:
        self._database = database
        self._ended = ended

    async def departments(self) -> models.PeopleDepartmentList:
        """All departments."""
        rows = await self._read("departments")
        return models.PeopleDepartmentList(departments=[models.PeopleDepartment(**row) for row in rows])

    async def posts(self) -> models.PostList:
        """All posts."""
        return models.PostList(posts=[models.Post(**row) for row in await self._read("posts")])

    async def persons(self, *, private: bool) -> models.PersonList:
        """All persons.

        Args:
            private: whether to include telephones and devices.
        """
        hidden = {} if private else {"telephone": None, "device": None}
        rows = await self._read("persons")
        return models.PersonList(persons=[models.Person(**{**row, **hidden}) for row in rows])

    async def accounts(self) -> models.AccountList:
        """All accounts."""
        async with self._database.reading() as connection:
            rows = await accounts(connection)
        return models.AccountList(accounts=[models.Account(**row) for row in rows])

    async def duty(self, begin: datetime, end: datetime) -> models.DutyList:
        """Duties that overlap a period."""
        rows = await self._read("duty", begin, end)
        fields = models.Duty.__struct_fields__
        return models.DutyList(duties=[models.Duty(**{name: row[name] for name in fields}) for row in rows])

    async def rights(self) -> models.RightsTable:
        """The table of rights in force; a damaged one is shown as far as it is readable."""
        async with self._database.reading() as connection:
            try:
                table = await read_rights(connection)
            except RightsError as error:
                raise Refusal(
                    409,
                    "damaged_rights",
                    f"{error}; write the table again, or reset it to the one that comes with Streetwarden",
                ) from None
        return models.RightsTable(
            version=table.version,
            own=table.own,
            changed_at=table.changed_at,
            changed_by=table.changed_by,
            entries=[models.RightsEntry(**row) for row in table.rights.rows()],
        )

    async def audit(self, chosen: AuditFilter, *, limit: int, cursor: str | None) -> models.AuditPage:
        """A page of the audit log, newest first."""
        (before,) = cursors.read(cursor, _AUDIT_CURSOR, (2**62,))
        rows = await self._read(
            "audit",
            chosen.login,
            chosen.action,
            chosen.subject,
            chosen.begin,
            chosen.end,
            before,
            limit + 1,
        )
        page = [models.AuditEntry(**row) for row in rows[:limit]]
        more = len(rows) > limit
        return models.AuditPage(
            entries=page, next_cursor=cursors.write((page[-1].audit_id,)) if more else None
        )

    async def set_department(self, caller: Caller, department: people.Department) -> None:
        """Add a department, or change it."""
        async with self._changing(caller, "people.administer", f"department/{department.code}") as change:
            change.detail.update(
                {
                    "name": department.name,
                    "parent": department.parent,
                    "closed": department.closed,
                }
            )
            await people.set_department(change.connection, department)

    async def set_post(self, caller: Caller, post: people.Post) -> None:
        """Add a post, or change it."""
        async with self._changing(caller, "people.administer", f"post/{post.code}") as change:
            change.detail.update({"name": post.name, "roles": sorted(post.roles)})
            await people.set_post(change.connection, post)

    async def set_person(self, caller: Caller, person: people.Person) -> None:
        """Add a person, or change one."""
        async with self._changing(caller, "people.administer", f"person/{person.person}") as change:
            change.detail.update({"department": person.department, "post": person.post, "left": person.left})
            await people.set_person(change.connection, person)

    async def add_account(
        self,
        caller: Caller,
        *,
        login: str,
        display_name: str,
        password_hash: str,
        roles: Sequence[Role],
        districts: Sequence[str],
        person: str | None,
        department: str | None,
    ) -> None:
        """Add an account; without a person, one with the same key is added too.

        Raises:
            Refusal: 409, there is one of that login; 422, there is no such department or person.
        """
        async with self._changing(caller, "people.administer", f"account/{login}") as change:
            change.detail.update({"added": True, "roles": sorted(roles), "districts": sorted(districts)})
            new = await add_operator(
                change.connection,
                login=login,
                display_name=display_name,
                password_hash=password_hash,
                roles=roles,
                districts=districts,
            )
            if not new:
                raise Refusal(
                    409, "login_taken", f"there is an account {login!r} already; choose another login"
                )
            if person is not None:
                await change_account(change.connection, login, AccountChange(person=person))
            if department is not None:
                code = await people.find_department(change.connection, department)
                await people.put_in_department(change.connection, login, code)

    async def change_account(self, caller: Caller, login: str, wanted: AccountChange) -> None:
        """Change an account; the change applies from the account's next request."""
        async with self._changing(caller, "people.administer", f"account/{login}") as change:
            change.detail.update(
                {
                    name: value if isinstance(value, str | bool) else sorted(value)
                    for name in ("display_name", "person", "roles", "districts", "disabled")
                    if (value := getattr(wanted, name)) is not None
                }
            )
            if wanted.without_person:
                change.detail["person"] = None
            if wanted.password_hash is not None:
                change.detail["password"] = "changed"  # noqa: S105 (no password)
            ended = await change_account(change.connection, login, wanted)
        for token_hash in ended:
            self._ended(token_hash)

    async def add_duty(self, caller: Caller, duty: people.Duty) -> int:
        """Put a person on duty; returns the duty's number."""
        async with self._changing(caller, "duty.administer", f"person/{duty.person}") as change:
            change.detail.update(
                {"starts_at": duty.starts_at.isoformat(), "ends_at": duty.ends_at.isoformat()}
            )
            return await people.add_duty(change.connection, duty)

    async def change_duty(self, caller: Caller, number: int, duty: people.Duty) -> None:
        """Change a duty."""
        async with self._changing(caller, "duty.administer", f"duty/{number}") as change:
            change.detail.update(
                {
                    "person": duty.person,
                    "starts_at": duty.starts_at.isoformat(),
                    "ends_at": duty.ends_at.isoformat(),
                }
            )
            await people.change_duty(change.connection, number, duty)

    async def remove_duty(self, caller: Caller, number: int) -> None:
        """Delete a duty."""
        async with self._changing(caller, "duty.administer", f"duty/{number}") as change:
            change.detail["removed"] = True
            await people.remove_duty(change.connection, number)

    async def set_rights(
        self, caller: Caller, rows: Sequence[dict[str, str]] | None, *, expected_version: int
    ) -> None:
        """Replace the table of rights as a whole; None for the shipped one.

        Raises:
            Refusal: 409, somebody else has changed it since; 422, a row is wrong, or administrators would
                lose their rights.
        """
        try:
            rights = None
            if rows is not None:
                entries = [Entry.read(row, where=f"entries[{number}]") for number, row in enumerate(rows)]
                rights = Rights(frozenset(entries))
        except RightsError as error:
            raise Refusal(422, "bad_rights", str(error)) from None
        async with self._changing(caller, "rights.administer", "rights") as change:
            change.detail.update({"from_version": expected_version, "shipped": rights is None})
            if rights is not None:
                before = set(await self._entries(change.connection))
                change.detail["added"] = [_line(each) for each in sorted(rights.entries - before)]
                change.detail["removed"] = [_line(each) for each in sorted(before - rights.entries)]
            await write_rights(change.connection, rights, by=caller.login, expected_version=expected_version)

    async def _entries(self, connection: Connection) -> frozenset[Entry]:
        try:
            return (await read_rights(connection)).rights.entries
        except RightsError:  # the table is damaged, and this replaces it
            return frozenset()

    async def _read(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        async with self._database.reading() as connection:
            return [dict(row) for row in await connection.fetch(_SQL[query], *parameters)]

    @asynccontextmanager
    async def _changing(self, caller: Caller, action: str, subject: str) -> AsyncIterator[_Change]:
        """A transaction with a change and its entry in the audit log: both, or neither."""
        try:
            async with self._database.changing() as connection:
                change = _Change(connection=connection, detail={})
                yield change
                await audit.note(
                    connection,
                    login=caller.login,
                    action=action,
                    subject=subject,
                    detail=change.detail,
                    client=caller.client or None,
                )
        except LastAdministratorError as error:
            raise Refusal(409, "last_administrator", str(error)) from None
        except StaleRightsError as error:
            raise Refusal(409, "stale_version", str(error)) from None
        except PeopleError as error:
            raise Refusal(422, "not_possible", str(error)) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """A change in progress, and its entry in the audit log."""

    connection: Connection
    detail: dict[str, Any]


def _line(entry: Entry) -> str:
    cells = entry.cells()
    return ",".join(cells[column] for column in COLUMNS)

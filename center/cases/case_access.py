"""The properties of a case that decide who may read it."""

from __future__ import annotations

from dataclasses import dataclass

from center.database import Database
from center.people.caller import Caller
from center.web.answers import Refusal
from store.queries import load

_SQL = load("case_lists")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAccess:
    """The properties of a case that decide who may read it."""

    department: str | None
    district: str
    assignee: str | None
    opener: str | None

    def is_read_by(self, caller: Caller) -> bool:
        """Whether the case is in the caller's scope."""
        return caller.scope("case.read").contains(
            district=self.district, department=self.department, assignee=self.assignee, opener=self.opener
        )


class CaseAccesses:
    """Reads them from the database.

    Args:
        database: holds the cases.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, number: str, caller: Caller) -> CaseAccess:
        """The access properties of a case that the caller may read.

        Raises:
            Refusal: 404, there is no such case, or it is out of the caller's scope; both look the same.
        """
        async with self._database.reading() as connection:
            row = await connection.fetchrow(_SQL["whose"], number)
        found = CaseAccess(**row) if row is not None else None
        if found is None or not found.is_read_by(caller):
            raise Refusal(404, "no_case", f"there is no case {number}")
        return found

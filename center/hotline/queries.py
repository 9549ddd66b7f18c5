"""The desk of the hotline, in the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from casework.city_policy import CurrentPolicy
from center.cases import rows
from center.cases.filters import CALLED_BACK_WITHIN
from center.database import Database
from center.hotline.models import (
    CallerContact,
    CallerContactList,
    HandedOver,
    Handover,
    HandoverPage,
    Shift,
    ShiftCases,
)
from center.people.caller import Caller, not_allowed
from center.web import cursors
from center.web.answers import Refusal
from store import case_lists
from store.audit import note as audit
from store.case_filter import CaseFilter
from store.case_lists import CaseSort
from store.connection import Connection
from store.departments import Departments, read_departments
from store.queries import load

_SQL = load("hotline")
_CALLERS = load("callers")
_CASES = load("case_lists")

_CALL_BACK: Final = "case.call_back"
_SHOWN: Final = 20


class Hotline:
    """Contacts of callers, and hand-overs of shifts.

    Args:
        database: holds everything.
        policy: titles of cases.
        clock: returns now, aware.
    """

    def __init__(self, *, database: Database, policy: CurrentPolicy, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._policy = policy
        self._clock = clock

    async def contacts(self, number: str, caller: Caller) -> CallerContactList:
        """The contacts of the callers of a case; the reading is in the audit log.

        Whoever may call back sees all of them; whoever may read the case sees those that may be named.

        Raises:
            Refusal: 403, neither; 404, there is no such case, or the caller may not read it.
        """
        async with self._database.changing() as connection:
            row = await connection.fetchrow(_CASES["whose"], number)
            if row is None or not caller.scope("case.read").contains(**row):
                raise Refusal(404, "no_case", f"there is no case {number}")
            found = [CallerContact(**each) for each in await connection.fetch(_CALLERS["contacts"], number)]
            shown = (
                found if caller.scope(_CALL_BACK).contains(**row) else [one for one in found if one.public]
            )
            if found and not shown:
                raise not_allowed(_CALL_BACK)
            if shown:
                await audit(
                    connection, login=caller.login, action="caller.read", subject=f"case/{number}",
                    detail={"callers": len(shown)}, client=caller.client or None,
                )  # fmt: skip
        return CallerContactList(callers=shown)

    async def shift(self, caller: Caller) -> Shift:
        """What the shift leaves now."""
        now = self._clock()
        async with self._database.reading() as connection:
            departments = await read_departments(connection)
            found = {
                kind: await self._cases(connection, chosen, sort, departments, now)
                for kind, (chosen, sort) in _kinds(caller, now).items()
            }
        return Shift(at=now, **found)

    async def hand_over(self, caller: Caller, note: str) -> Handover:
        """Keep what the shift leaves, with a note for the next one."""
        now = self._clock()
        async with self._database.changing() as connection:
            figures: dict[str, Any] = {}
            for kind, (chosen, sort) in _kinds(caller, now).items():
                counted = await case_lists.count(connection, chosen, now=now)
                first = await case_lists.page(
                    connection, chosen, sort=sort, after=None, limit=_SHOWN, now=now
                )
                figures[kind] = {"total": counted.total, "numbers": [row["number"] for row in first]}
            key = await connection.fetchval(_SQL["add_handover"], now, caller.login, note, figures)
            (row,) = await connection.fetch(_SQL["handovers"], key + 1, 1)
        return _handover(row)

    async def handovers(self, *, limit: int, cursor: str | None) -> HandoverPage:
        """A page of hand-overs, newest first."""
        (before,) = cursors.read(cursor, cursors.ROW, cursors.FIRST_ROW)
        async with self._database.reading() as connection:
            found = await connection.fetch(_SQL["handovers"], before, limit + 1)
        page = [_handover(row) for row in found[:limit]]
        more = len(found) > limit
        return HandoverPage(
            handovers=page, next_cursor=cursors.write((page[-1].handover_id,)) if more else None
        )

    async def acknowledge(self, handover_id: int, caller: Caller) -> Handover:
        """Acknowledge a hand-over, which only another account can, once.

        Raises:
            Refusal: 404, there is none; 409, it is the caller's own, or was acknowledged by somebody else.
        """
        async with self._database.changing() as connection:
            row = await connection.fetchrow(_SQL["handover"], handover_id)
            if row is None:
                raise Refusal(404, "no_handover", f"there is no hand-over {handover_id}")
            if row["login"] == caller.login:
                raise Refusal(409, "own_handover", "the next shift lead acknowledges it, not who wrote it")
            if row["acknowledged_by"] not in {None, caller.login}:
                raise Refusal(
                    409, "acknowledged", f"{row['acknowledged_by']} has acknowledged this hand-over already"
                )
            if row["acknowledged_by"] is None:
                await connection.execute(_SQL["acknowledge"], handover_id, self._clock(), caller.login)
            (whole,) = await connection.fetch(_SQL["handovers"], handover_id + 1, 1)
        return _handover(whole)

    async def _cases(
        self,
        connection: Connection,
        chosen: CaseFilter,
        sort: CaseSort,
        departments: Departments,
        now: datetime,
    ) -> ShiftCases:
        counted = await case_lists.count(connection, chosen, now=now)
        first = await case_lists.page(connection, chosen, sort=sort, after=None, limit=_SHOWN, now=now)
        names = await rows.assignee_names(connection, *first)
        return ShiftCases(
            total=counted.total, first=[rows.case(row, self._policy(), departments, names) for row in first]
        )


def _kinds(caller: Caller, now: datetime) -> Mapping[str, tuple[CaseFilter, CaseSort]]:
    scope = caller.scope("case.read")
    waiting = caller.scope(_CALL_BACK)
    return {
        "open": (CaseFilter(scope=scope, open=True), CaseSort.DEADLINE),
        "overdue": (CaseFilter(scope=scope, overdue=True), CaseSort.DEADLINE),
        "urged": (CaseFilter(scope=scope, urged=True), CaseSort.DEADLINE),
        "call_backs": (CaseFilter(scope=waiting, to_call_back=now - CALLED_BACK_WITHIN), CaseSort.CHANGED),
    }


def _handover(row: Any) -> Handover:
    fields = {name: value for name, value in row.items() if name != "figures"}
    figures = msgspec.convert(row["figures"], dict[str, HandedOver])
    return Handover(
        **fields,
        open=figures["open"],
        overdue=figures["overdue"],
        urged=figures["urged"],
        call_backs=figures["call_backs"],
    )

"""Queries about cases and incidents, answered with the structs of `center.cases.models`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Final

import msgspec

from cases import Actor, Category
from casework.city_policy import CurrentPolicy
from casework.workflows import find_version, newest
from center.cases import choices, rows
from center.cases.filters import CaseQuery, filter_of
from center.cases.models import (
    Case,
    CasePage,
    CaseQueue,
    Code,
    IncidentPage,
    IncidentType,
    WorkflowDescription,
)
from center.cases.queues import Queue, queues_of
from center.cases.workflows import description
from center.database import Database
from center.people.caller import Caller
from center.web import cursors
from center.web.answers import Refusal
from store import case_lists
from store.case_lists import CaseSort
from store.departments import Departments, read_departments
from store.queries import load

_SQL = load("case_lists")
_EVIDENCE = load("case_evidence")


_KEY: Final = msgspec.json.Decoder(
    tuple[
        CaseSort,
        Annotated[datetime, msgspec.Meta(tz=True)] | None,
        Annotated[str, msgspec.Meta(max_length=40)],
    ]
)
"""The order of a list, and sort key and number of the last case of the page before."""

DUE_SOON: Final = timedelta(hours=4)


class CaseQueries:
    """Reads from the database.

    Args:
        database: holds everything.
        policy: titles of cases, and departments.
        clock: returns now, aware.
    """

    def __init__(self, *, database: Database, policy: CurrentPolicy, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._policy = policy
        self._clock = clock

    async def page(self, query: CaseQuery, caller: Caller) -> CasePage:
        """A page of the cases that the caller may see.

        Raises:
            Refusal: 422, the cursor is from another list, there is no such queue, or a word is too short.
        """
        now = self._clock()
        chosen = filter_of(
            query,
            queue=self._queue(query.queue, caller.actor),
            scope=caller.scope("case.read"),
            now=now,
            policy=self._policy(),
        )
        after = self._after(query)
        async with self._database.reading() as connection:
            departments = await read_departments(connection)
            chosen = replace(chosen, departments=_all_words(chosen.departments, departments))
            found = await case_lists.page(
                connection, chosen, sort=query.sort, after=after, limit=query.limit + 1, now=now
            )
            counted = await case_lists.count(connection, chosen, now=now)
            names = await rows.assignee_names(connection, *found)
        page = [rows.case(row, self._policy(), departments, names) for row in found[: query.limit]]
        return CasePage(
            cases=page,
            next_cursor=_cursor(query.sort, page[-1]) if len(found) > query.limit else None,
            total=counted.total,
            total_is_all=counted.is_all,
        )

    async def queues(self, caller: Caller) -> list[CaseQueue]:
        """The caller's queues, counted."""
        queues = list(queues_of(caller.actor))
        scope = caller.scope("case.read")
        async with self._database.reading() as connection:
            counts = await case_lists.count_open(
                connection,
                [replace(queue.filter, scope=scope) for queue in queues],
                due_within=DUE_SOON,
                now=self._clock(),
            )
        return [
            CaseQueue(
                queue=queue.name,
                name=queue.title,
                name_en=queue.title_en,
                total=total,
                overdue=overdue,
                due_soon=due_soon,
                address=f"queue={queue.name}&sort={CaseSort.DEADLINE}",
            )
            for queue, (total, overdue, due_soon) in zip(queues, counts, strict=True)
        ]

    def _queue(self, name: str | None, actor: Actor) -> Queue | None:
        if name is None:
            return None
        for queue in queues_of(actor):
            if queue.name == name:
                return queue
        known = ", ".join(queue.name for queue in queues_of(actor))
        raise Refusal(422, "invalid", f"queue: you have no queue {name!r}; you have {known}")

    def _after(self, query: CaseQuery) -> tuple[datetime | None, str] | None:
        if query.cursor is None:
            return None
        sort, key, number = cursors.read(query.cursor, _KEY, (query.sort, None, ""))
        if sort is not query.sort or (key is None and sort is not CaseSort.DEADLINE):
            raise Refusal(422, "bad_cursor", "send next_cursor of the page before, or none")
        return key, number

    async def workflow(self, name: str, version: int | None) -> WorkflowDescription | None:
        """A version of a workflow, or the newest; None if there is none."""
        async with self._database.reading() as connection:
            if version is None:
                found = await newest(connection, name, self._policy())
            else:
                found = await find_version(connection, name, version, self._policy())
        return None if found is None else description(found)

    async def incidents(
        self, districts: frozenset[str] | None, *, limit: int, cursor: str | None
    ) -> IncidentPage:
        """A page of incidents of some districts, or of all, by the time of their last report."""
        received_at, incident_id = cursors.read(cursor, cursors.INCIDENT, cursors.FIRST_INCIDENT)
        async with self._database.reading() as connection:
            within = None if districts is None else sorted(districts)
            found = await connection.fetch(_SQL["incidents"], received_at, incident_id, limit + 1, within)
        page = [
            rows.incident(row, self._policy(), case_number=row["case_number"], picture=row["picture"])
            for row in found[:limit]
        ]
        more = len(found) > limit
        return IncidentPage(
            incidents=page,
            next_cursor=cursors.write((page[-1].received_at, page[-1].incident_id)) if more else None,
        )

    def codes(self, code_set: str | None, category: Category | None) -> list[Code]:
        """The codes that a case may be given now."""
        return choices.codes(self._policy(), self._clock(), code_set=code_set, category=category)

    def incident_types(self) -> list[IncidentType]:
        """The incident types with a rule in the city's policy."""
        return [
            IncidentType(type=name, title=rule.title, title_en=rule.title_en)
            for name, rule in self._policy().rules.items()
        ]


def _all_words(asked: Sequence[str], departments: Departments) -> tuple[str, ...]:
    """All that cases may call the departments that somebody asks for by code or name."""
    return tuple(sorted({word for each in asked for word in departments.words_for(each)}))


def _cursor(sort: CaseSort, last: Case) -> str:
    keys = {
        CaseSort.DEADLINE: last.deadline_at,
        CaseSort.OPENED: last.reported_at,
        CaseSort.CHANGED: last.changed_at,
    }
    return cursors.write((sort, keys[sort], last.number))

"""Questions about cases and incidents, answered with the structs of `center.cases.models`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Final

import msgspec

from cases import Actor, CasePolicy, CaseState, Category, timeline
from cases.codes import TypeName
from cases.workflow import Need, possible
from casework.workflows import newest, workflow_of
from center.cases import choices, rows
from center.cases.filters import CaseQuery, filter_of
from center.cases.models import (
    ActionRefusal,
    Case,
    CaseDetail,
    CaseEvent,
    CasePage,
    CaseQueue,
    Choice,
    Code,
    Department,
    EvidenceFile,
    IncidentPage,
    IncidentType,
    PossibleAction,
    WorkflowDescription,
)
from center.cases.queues import Queue, queues_of
from center.cases.workflows import description
from center.database import Database
from center.people.caller import Caller
from center.web import cursors
from center.web.answers import Refusal
from store import case_lists
from store.case_history import history
from store.case_lists import CaseSort
from store.connection import Connection
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
"""The order of a list, and the sort key and the number of the last that was seen."""

DUE_SOON: Final = timedelta(hours=4)


class CaseQueries:
    """Answers from the database.

    Args:
        database: where everything is.
        policy: what cases are called, and who could handle them.
        clock: now, aware.
    """

    def __init__(self, *, database: Database, policy: CasePolicy, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._policy = policy
        self._clock = clock

    async def page(self, query: CaseQuery, caller: Caller) -> CasePage:
        """A page of the cases that the caller may see.

        Raises:
            Refusal: 422, the cursor is of another list, there is no such queue, or a word is too short.
        """
        now = self._clock()
        chosen = filter_of(
            query,
            queue=self._queue(query.queue, caller.actor),
            scope=caller.scope("case.read"),
            policy=self._policy,
        )
        after = self._after(query)
        async with self._database.reading() as connection:
            found = await case_lists.page(
                connection, chosen, sort=query.sort, after=after, limit=query.limit + 1, now=now
            )
            counted = await case_lists.count(connection, chosen, now=now)
        page = [rows.case(row, self._policy) for row in found[: query.limit]]
        return CasePage(
            cases=page,
            next_cursor=_cursor(query.sort, page[-1]) if len(found) > query.limit else None,
            total=counted.total,
            total_is_all=counted.is_all,
        )

    async def queues(self, caller: Caller) -> list[CaseQueue]:
        """What waits for the caller, counted."""
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

    async def detail(self, number: str, caller: Caller) -> CaseDetail | None:
        """A case with all that belongs to it, as of one moment, and what whoever asks can do with it."""
        async with self._database.reading() as connection:
            row = await connection.fetchrow(_SQL["cases_by_number"], [number])
            if row is None:
                return None
            events = await history(connection, row["case_id"])
            states = list(timeline(events))
            actions = await self._actions(connection, states[-1][1], caller)
            evidence = await connection.fetch(_EVIDENCE["of_case"], row["case_id"])
            incidents = await connection.fetch(_SQL["incidents_of_case"], row["case_id"])
        case = rows.case(row, self._policy)
        files = [EvidenceFile(**file) for file in evidence]
        return CaseDetail(
            case=case,
            events=[
                CaseEvent(
                    sequence=event.sequence,
                    at=event.at,
                    observed_at=event.observed_at,
                    actor=event.actor,
                    action=event.action,
                    stage=state.stage,
                    department=event.sets.get("department"),
                    department_en=self._policy.department_en(event.sets.get("department")),
                    note=event.note,
                    incident_id=event.incident_id,
                    revision=event.revision,
                    evidence=list(event.evidence),
                )
                for event, state in states
            ],
            evidence=files,
            incidents=[
                rows.incident(
                    incident,
                    self._policy,
                    case_number=number,
                    picture=_newest_picture(
                        [file for file in files if file.incident_id == incident["incident_id"]]
                    ),
                )
                for incident in incidents
            ],
            actions=actions,
            departments=[
                Department(name=each.name, name_en=each.name_en) for each in self._policy.departments.values()
            ],
            proposal=choices.proposal(states, self._policy),
            conditions=choices.conditions(states[-1][1], self._policy),
        )

    async def workflow(self, name: str) -> WorkflowDescription | None:
        """A workflow in its newest version; None if there is none of that name."""
        async with self._database.reading() as connection:
            found = await newest(connection, name, self._policy)
        return None if found is None else description(found)

    async def _actions(self, connection: Connection, case: CaseState, caller: Caller) -> list[PossibleAction]:
        """What somebody can do with a case, by the workflow that it goes by."""
        workflow = await workflow_of(connection, case, self._policy)
        return [
            PossibleAction(
                action=each.action,
                name=each.title.name,
                name_en=each.title.name_en,
                to=each.to or case.stage,
                needs=list(each.needs),
                needs_department=Need.DEPARTMENT in each.needs,
                needs_note=Need.NOTE in each.needs,
                reasons=_choices(each.reasons),
                answers=_choices(each.answers),
                primary=each.primary,
                refusal=None
                if each.refusal is None
                else ActionRefusal(code=each.refusal.code, text=each.refusal.text),
            )
            for each in possible(workflow, case, actor=caller.actor, rights=caller.rights, now=self._clock())
        ]

    async def incidents(
        self, districts: frozenset[str] | None, *, limit: int, cursor: str | None
    ) -> IncidentPage:
        """A page of incidents of some districts, or of all, by when they were last reported."""
        received_at, incident_id = cursors.read(cursor, cursors.INCIDENT, cursors.FIRST_INCIDENT)
        async with self._database.reading() as connection:
            within = None if districts is None else sorted(districts)
            found = await connection.fetch(_SQL["incidents"], received_at, incident_id, limit + 1, within)
        page = [
            rows.incident(row, self._policy, case_number=row["case_number"], picture=row["picture"])
            for row in found[:limit]
        ]
        more = len(found) > limit
        return IncidentPage(
            incidents=page,
            next_cursor=cursors.write((page[-1].received_at, page[-1].incident_id)) if more else None,
        )

    def codes(self, code_set: str | None, category: Category | None) -> list[Code]:
        """The codes that a case may be given now."""
        return choices.codes(self._policy, self._clock(), code_set=code_set, category=category)

    def incident_types(self) -> list[IncidentType]:
        """Those that the city has decided about."""
        return [
            IncidentType(type=name, title=rule.title, title_en=rule.title_en)
            for name, rule in self._policy.rules.items()
        ]


def _cursor(sort: CaseSort, last: Case) -> str:
    keys = {
        CaseSort.DEADLINE: last.deadline_at,
        CaseSort.OPENED: last.reported_at,
        CaseSort.CHANGED: last.changed_at,
    }
    return cursors.write((sort, keys[sort], last.number))


def _choices(titles: Mapping[str, TypeName]) -> list[Choice]:
    return [Choice(code=code, name=title.name, name_en=title.name_en) for code, title in titles.items()]


def _newest_picture(files: Sequence[EvidenceFile]) -> str | None:
    findings = [file for file in files if file.role == "finding" and file.media_type.startswith("image/")]
    return max(findings, key=lambda file: file.taken_at).digest if findings else None

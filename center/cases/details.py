"""One case with everything that belongs to it, and the actions that the caller may take."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from cases import CaseEvent as Event
from cases import CaseState, timeline
from cases.codes import TypeName
from cases.workflow import Need, possible
from casework.city_policy import CurrentPolicy
from casework.workflows import workflow_of
from center.cases import choices, rows
from center.cases.models import (
    ActionRefusal,
    Assignee,
    CaseDetail,
    CaseEvent,
    Choice,
    Department,
    EvidenceFile,
    PossibleAction,
    ReportCaller,
)
from center.database import Database
from center.people.caller import Caller
from store.case_history import history
from store.cases import find_component
from store.connection import Connection
from store.departments import Departments, read_departments
from store.queries import load

_SQL = load("case_lists")
_EVIDENCE = load("case_evidence")
_CALLERS = load("callers")

_ASSIGNED: Final = ["handler", "patrol"]
"""The roles that cases and tasks are assigned to."""


class CaseDetails:
    """Reads cases from the database.

    Args:
        database: holds everything.
        policy: titles of cases, and departments.
        clock: returns now, aware.
    """

    def __init__(self, *, database: Database, policy: CurrentPolicy, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._policy = policy
        self._clock = clock

    async def of(self, number: str, caller: Caller) -> CaseDetail | None:
        """A case with everything that belongs to it, in one snapshot; None if there is none."""
        async with self._database.reading() as connection:
            row = await connection.fetchrow(_SQL["cases_by_number"], [number])
            if row is None:
                return None
            case_id: UUID = row["case_id"]
            departments = await read_departments(connection)
            states = list(timeline(await history(connection, case_id)))
            state = states[-1][1]
            actions = await self._actions(connection, state, caller)
            evidence = await connection.fetch(_EVIDENCE["of_case"], case_id)
            incidents = await connection.fetch(_SQL["incidents_of_case"], case_id)
            names = {
                each["login"]: each["display_name"]
                for each in await connection.fetch(_SQL["names"], sorted(_named(states)))
            }
            assignees = await self._assignees(connection, state, actions)
            callers = await connection.fetch(_CALLERS["of_case"], case_id)
            siblings = await connection.fetch(_SQL["siblings"], case_id) if state.closed_at is None else []
            names |= await rows.assignee_names(connection, *siblings)
            component = None if state.component is None else await find_component(connection, state.component)
        files = [EvidenceFile(**file) for file in evidence]
        scope = caller.scope("case.read")
        return CaseDetail(
            case=rows.case(row, self._policy(), departments, names),
            events=[_event(event, after, names, departments) for event, after in states],
            evidence=files,
            incidents=[
                rows.incident(
                    incident,
                    self._policy(),
                    case_number=number,
                    picture=_newest_picture(
                        [file for file in files if file.incident_id == incident["incident_id"]]
                    ),
                )
                for incident in incidents
            ],
            actions=actions,
            departments=[
                Department(code=each.code, name=each.name, name_en=each.name_en)
                for each in departments.that_handle()
            ],
            assignees=assignees,
            proposal=choices.proposal(
                states, self._policy(), departments, owner=None if component is None else component.owner
            ),
            conditions=choices.conditions(state, self._policy()),
            callers=[ReportCaller(**each) for each in callers],
            names=names,
            siblings=[
                rows.case(each, self._policy(), departments, names)
                for each in siblings
                if scope.contains(
                    district=each["district"],
                    department=each["department"],
                    assignee=each["assignee"],
                    opener=each["opener"],
                )
            ],
        )

    async def _assignees(
        self, connection: Connection, case: CaseState, actions: Sequence[PossibleAction]
    ) -> list[Assignee]:
        """The people whom the case can be assigned to; none if it cannot be assigned now."""
        if not any(Need.ASSIGNEE in action.needs for action in actions):
            return []
        found = await connection.fetch(_SQL["assignees"], _ASSIGNED, self._clock(), case.grid_cell)
        return [Assignee(**each) for each in found]

    async def _actions(self, connection: Connection, case: CaseState, caller: Caller) -> list[PossibleAction]:
        """The actions that the caller may take on a case, by its workflow."""
        workflow = await workflow_of(connection, case, self._policy())
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


def _named(states: Sequence[tuple[Event, CaseState]]) -> set[str]:
    """Who has acted on a case, and who has had it or a task of it."""
    found = {name for event, after in states for name in (event.actor, after.assignee, after.opener)}
    return {name for name in found if name is not None}


def _event(event: Event, after: CaseState, names: Mapping[str, str], departments: Departments) -> CaseEvent:
    named = event.sets.get("department")
    department = departments.find(named)
    return CaseEvent(
        sequence=event.sequence,
        at=event.at,
        observed_at=event.observed_at,
        actor=event.actor,
        actor_name=names.get(event.actor),
        action=event.action,
        stage=after.stage,
        sets=dict(event.sets),
        department=named if department is None else department.name,
        department_en=None if department is None else department.name_en,
        note=event.note,
        incident_id=event.incident_id,
        revision=event.revision,
        evidence=list(event.evidence),
    )


def _choices(titles: Mapping[str, TypeName]) -> list[Choice]:
    return [Choice(code=code, name=title.name, name_en=title.name_en) for code, title in titles.items()]


def _newest_picture(files: Sequence[EvidenceFile]) -> str | None:
    findings = [file for file in files if file.role == "finding" and file.media_type.startswith("image/")]
    return max(findings, key=lambda file: file.taken_at).digest if findings else None

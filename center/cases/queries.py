"""Questions about cases and incidents, answered with the structs of `center.cases.models`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cases import CasePolicy, CaseState, Rights, timeline
from cases.codes import TypeName
from cases.workflow import Need, possible
from casework.workflows import workflow_of
from center.cases import rows
from center.cases.actions import actor_of
from center.cases.models import (
    ActionRefusal,
    CaseDetail,
    CaseEvent,
    CasePage,
    Choice,
    Department,
    EvidenceFile,
    IncidentPage,
    IncidentType,
    PossibleAction,
)
from center.database import Database
from center.web import cursors
from store.case_history import history
from store.connection import Connection
from store.queries import load

_SQL = load("case_lists")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """Which cases are asked for; None stands for all.

    Attributes:
        stages: those in one of these stages.
        open: those that have not ended, or those that have.
        type: those opened by this incident type.
    """

    stages: tuple[str, ...] | None = None
    open: bool | None = None
    type: str | None = None


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

    async def page(self, chosen: CaseFilter, *, limit: int, cursor: str | None) -> CasePage:
        """A page of cases, by when they were opened."""
        opened_at, number = cursors.read(cursor, cursors.CASE, cursors.FIRST_CASE)
        stages = list(chosen.stages) if chosen.stages else None
        async with self._database.reading() as connection:
            found = await connection.fetch(
                _SQL["cases"], stages, chosen.open, chosen.type, opened_at, number, limit + 1
            )
        page = [rows.case(row, self._policy) for row in found[:limit]]
        more = len(found) > limit
        return CasePage(
            cases=page, next_cursor=cursors.write((page[-1].opened_at, page[-1].number)) if more else None
        )

    async def detail(self, number: str, login: str) -> CaseDetail | None:
        """A case with all that belongs to it, as of one moment, and what whoever asks can do with it."""
        async with self._database.reading() as connection:
            row = await connection.fetchrow(_SQL["cases_by_number"], [number])
            if row is None:
                return None
            events = await history(connection, row["case_id"])
            states = list(timeline(events))
            actions = await self._actions(connection, states[-1][1], login)
            evidence = await connection.fetch(_SQL["evidence_of_case"], row["case_id"])
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
        )

    async def _actions(self, connection: Connection, case: CaseState, login: str) -> list[PossibleAction]:
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
            for each in possible(
                workflow,
                case,
                actor=actor_of(login, self._policy),
                rights=Rights.shipped(),
                now=self._clock(),
            )
        ]

    async def incidents(self, *, limit: int, cursor: str | None) -> IncidentPage:
        """A page of incidents, by when they were last reported."""
        received_at, incident_id = cursors.read(cursor, cursors.INCIDENT, cursors.FIRST_INCIDENT)
        async with self._database.reading() as connection:
            found = await connection.fetch(_SQL["incidents"], received_at, incident_id, limit + 1)
        page = [
            rows.incident(row, self._policy, case_number=row["case_number"], picture=row["picture"])
            for row in found[:limit]
        ]
        more = len(found) > limit
        return IncidentPage(
            incidents=page,
            next_cursor=cursors.write((page[-1].received_at, page[-1].incident_id)) if more else None,
        )

    def incident_types(self) -> list[IncidentType]:
        """Those that the city has decided about."""
        return [
            IncidentType(type=name, title=rule.title, title_en=rule.title_en)
            for name, rule in self._policy.rules.items()
        ]


def _choices(titles: Mapping[str, TypeName]) -> list[Choice]:
    return [Choice(code=code, name=title.name, name_en=title.name_en) for code, title in titles.items()]


def _newest_picture(files: Sequence[EvidenceFile]) -> str | None:
    findings = [file for file in files if file.role == "finding" and file.media_type.startswith("image/")]
    return max(findings, key=lambda file: file.taken_at).digest if findings else None

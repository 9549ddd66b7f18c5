"""Questions about cases and incidents, answered with the structs of `center.cases.models`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cases import STEPS, Action, CasePolicy, Stage, possible, timeline
from center.cases import rows
from center.cases.models import (
    Case,
    CaseDetail,
    CaseEvent,
    CasePage,
    Department,
    EvidenceFile,
    IncidentPage,
    IncidentType,
    PossibleAction,
)
from center.database import Database
from center.web import cursors
from store.case_history import history
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

    stages: tuple[Stage, ...] | None = None
    open: bool | None = None
    type: str | None = None


class CaseQueries:
    """Answers from the database.

    Args:
        database: where everything is.
        policy: what cases are called, and who could handle them.
    """

    def __init__(self, *, database: Database, policy: CasePolicy) -> None:
        self._database = database
        self._policy = policy

    async def page(self, chosen: CaseFilter, *, limit: int, cursor: str | None) -> CasePage:
        """A page of cases, by when they were opened."""
        opened_at, number = cursors.read(cursor, cursors.CASE, cursors.FIRST_CASE)
        stages = [str(stage) for stage in chosen.stages] if chosen.stages else None
        async with self._database.reading() as connection:
            found = await connection.fetch(
                _SQL["cases"], stages, chosen.open, chosen.type, opened_at, number, limit + 1
            )
        page = [rows.case(row, self._policy) for row in found[:limit]]
        more = len(found) > limit
        return CasePage(
            cases=page, next_cursor=cursors.write((page[-1].opened_at, page[-1].number)) if more else None
        )

    async def detail(self, number: str) -> CaseDetail | None:
        """A case with all that belongs to it, as of one moment."""
        async with self._database.reading() as connection:
            row = await connection.fetchrow(_SQL["cases_by_number"], [number])
            if row is None:
                return None
            events = await history(connection, row["case_id"])
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
                    action=Action(event.action),
                    stage=Stage(state.stage),
                    department=event.sets.get("department"),
                    department_en=self._policy.department_en(event.sets.get("department")),
                    note=event.note,
                    incident_id=event.incident_id,
                    revision=event.revision,
                    evidence=list(event.evidence),
                )
                for event, state in timeline(events)
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
            actions=_possible_actions(case),
            departments=[
                Department(name=each.name, name_en=each.name_en) for each in self._policy.departments.values()
            ],
        )

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


def _possible_actions(case: Case) -> list[PossibleAction]:
    return [
        PossibleAction(
            action=action,
            to=STEPS[action].to,
            needs_department=STEPS[action].needs_department,
            needs_note=STEPS[action].needs_note,
        )
        for action in possible(case.stage)
    ]


def _newest_picture(files: Sequence[EvidenceFile]) -> str | None:
    findings = [file for file in files if file.role == "finding" and file.media_type.startswith("image/")]
    return max(findings, key=lambda file: file.taken_at).digest if findings else None

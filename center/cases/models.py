"""What the center answers about cases and incidents."""

from __future__ import annotations

from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

from cases import Category
from center.models import Time


class Case(Struct, frozen=True, kw_only=True):
    """A case as a list shows it.

    Attributes:
        number: its name to people.
        type: the incident type that opened it.
        title: what it is about.
        code: 4 digits, class and subclass, in the list that `code_set` names.
        code_name: the name of that code in the list.
        department: who is responsible, by the name that the city's policy gives; null before there is one.
        department_en: null too for one that the policy no longer has.
        street: the nearest street, if it is within 200 m.
        grid_cell: code of the unit grid cell it lies in.
        component: 16-digit code of the component concerned.
        restored_at: when a detector saw the place put right; null while it is not.
        closed_at: when it was closed or cancelled.
        sequence: of its newest event; to be sent back as `expected_sequence`.
        picture: digest of the picture of the finding.
        reports: how many incidents it holds.
    """

    number: str
    type: str
    title: str
    title_en: str
    category: Category
    code_set: str
    code: str
    code_name: str
    code_name_en: str
    stage: str
    department: str | None
    department_en: str | None
    district: str
    grid_cell: str | None
    street: str | None
    street_en: str | None
    component: str | None
    camera: str | None
    zone: str | None
    lat: float
    lon: float
    opened_at: Time
    deadline_at: Time
    restored_at: Time | None
    closed_at: Time | None
    changed_at: Time
    sequence: int
    picture: str | None
    reports: int


class CasePage(Struct, frozen=True, kw_only=True):
    """Some cases, newest first.

    Attributes:
        next_cursor: send it back as `cursor` for those that follow; null at the end.
    """

    cases: list[Case]
    next_cursor: str | None


class CaseEvent(Struct, frozen=True, kw_only=True):
    """One entry of a case's history, which is only ever added to.

    Attributes:
        at: when the centre wrote it.
        observed_at: when a detector saw what it says; null for what people do.
        actor: a sign-on name, or the program or device that acted.
        stage: the stage after it.
        evidence: digests of the pictures that came with it.
    """

    sequence: int
    at: Time
    observed_at: Time | None
    actor: str
    action: str
    stage: str
    department: str | None
    department_en: str | None
    note: str | None
    incident_id: UUID | None
    revision: int | None
    evidence: list[str]


class EvidenceFile(Struct, frozen=True, kw_only=True):
    """A picture or clip, to be had at `/api/v1/evidence/{digest}`."""

    digest: str
    role: Literal["before", "finding", "restored"]
    media_type: str
    size_bytes: int
    taken_at: Time
    incident_id: UUID


class Incident(Struct, frozen=True, kw_only=True):
    """An incident as it was last reported.

    Attributes:
        source: `{kind}/{id}` of who reported it.
        confidence: 0 to 1.
        case_number: the case it opened or joined.
        picture: digest of the picture of the finding.
    """

    incident_id: UUID
    revision: int
    phase: Literal["begun", "changed", "ended"]
    type: str
    title: str
    title_en: str
    source: str
    district: str
    observed_at: Time
    began_at: Time
    received_at: Time
    lat: float
    lon: float
    camera: str | None
    zone: str | None
    component: str | None
    confidence: float
    case_number: str | None
    picture: str | None


class IncidentPage(Struct, frozen=True, kw_only=True):
    """Some incidents, newest first."""

    incidents: list[Incident]
    next_cursor: str | None


class IncidentType(Struct, frozen=True, kw_only=True):
    """A type of incident that the city has decided about."""

    type: str
    title: str
    title_en: str


class IncidentTypeList(Struct, frozen=True, kw_only=True):
    """All of them."""

    types: list[IncidentType]


class Choice(Struct, frozen=True, kw_only=True):
    """One of several reasons or answers."""

    code: str
    name: str
    name_en: str


class ActionRefusal(Struct, frozen=True, kw_only=True):
    """Why an action is not possible now: a word for programs, and a sentence."""

    code: str
    text: str


class PossibleAction(Struct, frozen=True, kw_only=True):
    """What whoever asks can do with a case.

    Attributes:
        to: the stage it leads to; the case's own if it stays where it is.
        needs: what must be given with it, by the names of the request: note, reason (or a note in its
            place), department, assignee, condition, until, answer, pictures, into, incidents.
        needs_department: a department must be named.
        needs_note: a note must be given.
        reasons: of which one may be given.
        answers: of which one must be given.
        primary: it is the usual next step.
        refusal: why the case does not allow it now; null if it does.
    """

    action: str
    name: str
    name_en: str
    to: str
    needs: list[str]
    needs_department: bool
    needs_note: bool
    reasons: list[Choice]
    answers: list[Choice]
    primary: bool
    refusal: ActionRefusal | None


class Department(Struct, frozen=True, kw_only=True):
    """Who could be responsible.

    Attributes:
        name: to be sent back as an action's `department`.
    """

    name: str
    name_en: str


class CaseDetail(Struct, frozen=True, kw_only=True):
    """A case with everything that belongs to it."""

    case: Case
    events: list[CaseEvent]
    evidence: list[EvidenceFile]
    incidents: list[Incident]
    actions: list[PossibleAction]
    departments: list[Department]


STRUCTS: Final = (
    CasePage,
    CaseDetail,
    IncidentPage,
    IncidentTypeList,
)
"""What OpenAPI describes."""

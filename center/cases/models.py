"""The API's answers about cases and incidents."""

from __future__ import annotations

from typing import Any, Final, Literal
from uuid import UUID

from msgspec import Struct

from cases import Category
from cases.clocks import Clock
from center.models import Time


class CaseTask(Struct, frozen=True, kw_only=True):
    """A task: a person verifies or checks while the case stays in its stage.

    Attributes:
        kind: verify (before opening) or check (before closing).
        assignee: the login of the person.
        note: the instructions.
    """

    kind: str
    assignee: str | None
    asked_by: str
    asked_at: Time
    note: str | None


class Case(Struct, frozen=True, kw_only=True):
    """A case as a list shows it.

    Attributes:
        number: its number for people.
        type: the incident type that opened it; null if a person chose a code.
        title: the title of a person's report, else the name of its type.
        code: 2 to 6 digits, class and subclass, in the list `code_set`.
        code_name: the name of that code in the list.
        condition: of the code (立案条件), where one was named.
        problem_class: what may be the same problem as this.
        source: how the city heard of it: camera, sensor, rule, patrol, hotline, citizen …
        level: everyday, ordinary, serious or grave, where somebody said so.
        description: the words of a person's report.
        workflow: by whose stages it goes, in `workflow_version`; `/workflows/{name}?version=` has its words.
        holder: the pool whose turn it is: acceptors, dispatchers, department, handler or none.
        department: the name of the responsible department; null before there is one.
        department_en: null also for a department that the tree of departments does not have.
        department_code: its code there.
        assignee: the login of the person who has it; `assignee_name`, what people call that person.
        opener: who reported it first: a login, or `{kind}/{id}`.
        street: the nearest street, if it is within 200 m.
        grid_cell: code of the unit grid cell of its place.
        component: 16-digit code of the component concerned.
        reported_at: when it was first reported.
        opened_at: when it was opened (立案); null while it waits for that.
        dispatched_at: when it was last dispatched.
        handled_at: when the department last replied.
        deadline_at: the earliest deadline of its running clocks; null if none runs.
        handling_deadline_at: of the handling; it stays after the handling has ended.
        suspended_until: while it is suspended.
        seen_at: the latest time of which detectors reported.
        restored_at: when a detector saw the place restored; null if it is not.
        closed_at: when it ended.
        ended_as: closed, cancelled, void, refused, not_opened or merged.
        rework_count: how often it was reworked.
        return_count: how often a department returned it.
        deferral_count: how often a deferral was granted.
        reopen_count: how often it was reopened.
        urged_at: when somebody last urged.
        urge_answered_at: when that was answered.
        key_case: whether leaders watch it.
        forced: whether it was closed by force.
        closed_while_seen: whether it was ended while a detector still saw the problem.
        merged_into: the number of the case that it was merged into.
        split_from: the number of the case that it was split from.
        proposed_department: by the rules of dispatch, with the reason in both languages.
        task: the present task (verify, check); null if there is none.
        verified: the newest answer to a verification; `checked`, to a check.
        deferral_asked: with whom more time is asked for: department or dispatcher; null if it is not.
        suspension_asked: until when a suspension is asked for; null if none is.
        appeal: asked, supported, granted or refused; null if nobody has appealed.
        sequence: of its newest event; to be sent back as `expected_sequence`.
        picture: digest of the picture of the finding.
        reports: the number of its incidents.
    """

    number: str
    type: str | None
    title: str
    title_en: str
    category: Category
    code_set: str
    code: str
    code_name: str
    code_name_en: str
    condition: str | None
    problem_class: str | None
    source: str | None
    level: str | None
    description: str | None
    workflow: str | None
    workflow_version: int | None
    stage: str
    holder: str
    department: str | None
    department_en: str | None
    department_code: str | None
    assignee: str | None
    assignee_name: str | None
    opener: str | None
    district: str
    grid_cell: str | None
    street: str | None
    street_en: str | None
    component: str | None
    camera: str | None
    zone: str | None
    lat: float
    lon: float
    reported_at: Time
    opened_at: Time | None
    dispatched_at: Time | None
    handled_at: Time | None
    deadline_at: Time | None
    handling_deadline_at: Time | None
    suspended_until: Time | None
    seen_at: Time | None
    restored_at: Time | None
    closed_at: Time | None
    ended_as: str | None
    rework_count: int
    return_count: int
    deferral_count: int
    reopen_count: int
    urged_at: Time | None
    urge_answered_at: Time | None
    key_case: bool
    forced: bool
    closed_while_seen: bool
    merged_into: str | None
    split_from: str | None
    proposed_department: str | None
    proposal_reason: str | None
    proposal_reason_en: str | None
    task: CaseTask | None
    verified: str | None
    checked: str | None
    deferral_asked: str | None
    suspension_asked: Time | None
    appeal: str | None
    changed_at: Time
    sequence: int
    picture: str | None
    reports: int


class CasePage(Struct, frozen=True, kw_only=True):
    """Some cases, in the requested order.

    Attributes:
        next_cursor: send it as `cursor` for the next page; null at the end.
        total: the number of cases; 10,000 if there are more, and `total_is_all` is false.
    """

    cases: list[Case]
    next_cursor: str | None
    total: int
    total_is_all: bool


class CaseQueue(Struct, frozen=True, kw_only=True):
    """A queue of cases that wait for the caller.

    Attributes:
        queue: its name, for the parameter `queue`.
        total: the number of cases.
        overdue: the number of cases past their deadline.
        due_soon: the number of cases due within four hours.
        address: the query of the list of these cases.
    """

    queue: str
    name: str
    name_en: str
    total: int
    overdue: int
    due_soon: int
    address: str


class CaseQueueList(Struct, frozen=True, kw_only=True):
    """The queues of the caller."""

    queues: list[CaseQueue]


class CaseEvent(Struct, frozen=True, kw_only=True):
    """One event of a case's history, which is append-only.

    Attributes:
        at: when the centre wrote it.
        observed_at: when a detector made the observation; null for actions of people.
        actor: a login, or the program or device that acted.
        actor_name: the display name of that login; null for programs and devices.
        sets: the fields of the case that it changed, with their new values.
        stage: the stage after it.
        evidence: digests of its pictures.
    """

    sequence: int
    at: Time
    observed_at: Time | None
    actor: str
    actor_name: str | None
    action: str
    stage: str
    sets: dict[str, Any]
    department: str | None
    department_en: str | None
    note: str | None
    incident_id: UUID | None
    revision: int | None
    evidence: list[str]


class EvidenceFile(Struct, frozen=True, kw_only=True):
    """A picture, clip or sound, available at `/api/v1/evidence/{digest}`.

    Attributes:
        role: before and after are from people; restored is from a detector.
        taken_at: when it was taken; for a person's file, when it was received.
        incident_id: the incident that a detector sent it with; null for a person's file.
        actor: the person who sent it; null for a detector's file.
        shows: from where a person's picture shows it; null if that was not said.
    """

    digest: str
    role: Literal["before", "finding", "restored", "after"]
    media_type: str
    size_bytes: int
    taken_at: Time
    incident_id: UUID | None
    actor: str | None
    shows: Literal["near", "far", "reference"] | None


class Incident(Struct, frozen=True, kw_only=True):
    """The newest revision of an incident.

    Attributes:
        source: `{kind}/{id}` of the reporter.
        confidence: 0 to 1.
        recognised: the object's class by a model, such as `car` or `bag`; null without one.
        case_number: the case that it opened or joined.
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
    recognised: str | None
    case_number: str | None
    picture: str | None


class IncidentPage(Struct, frozen=True, kw_only=True):
    """Some incidents, newest first."""

    incidents: list[Incident]
    next_cursor: str | None


class IncidentType(Struct, frozen=True, kw_only=True):
    """An incident type with a rule in the city's policy."""

    type: str
    title: str
    title_en: str


class IncidentTypeList(Struct, frozen=True, kw_only=True):
    """All of them."""

    types: list[IncidentType]


class Choice(Struct, frozen=True, kw_only=True):
    """A reason or an answer to choose from."""

    code: str
    name: str
    name_en: str


class ActionRefusal(Struct, frozen=True, kw_only=True):
    """Why an action is not possible now: a word for programs, and a sentence."""

    code: str
    text: str


class PossibleAction(Struct, frozen=True, kw_only=True):
    """An action that the caller may take on a case.

    Attributes:
        to: the stage it leads to; the case's own if it stays there.
        needs: what must be given with it, by the names of the request: note, reason (or a note instead),
            department, assignee, condition, until, answer, pictures, into, incidents.
        needs_department: whether a department must be given.
        needs_note: whether a note must be given.
        reasons: the reasons to choose from.
        answers: the answers to choose from.
        primary: whether it is the usual next step.
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
    """A department that can be responsible.

    Attributes:
        code: send it as an action's `department`; an unambiguous name is accepted too.
    """

    code: str
    name: str
    name_en: str


class Proposal(Struct, frozen=True, kw_only=True):
    """The department that the rules of dispatch propose for a case, and the reason.

    Attributes:
        department: the name of one of the case's `departments`; `department_code`, its code.
    """

    department: str
    department_code: str
    reason: str
    reason_en: str


class Limit(Struct, frozen=True, kw_only=True):
    """An amount of time on a clock, such as 2 urgent hours.

    Attributes:
        clock: urgent_hour and calendar_day run round the clock, working_hour and working_day in office time.
    """

    amount: float
    clock: Clock


class Condition(Struct, frozen=True, kw_only=True):
    """A condition of the case's code (立案条件), of the day on which the case was opened.

    Attributes:
        condition: its key; send it as an action's `condition`.
        limit: the time for handling.
        closing: when the case may be closed.
        supervising: the body that oversees; this and the following are empty if the table has no value.
        responsible: the body that handles.
        report_needs: what a report must show.
    """

    condition: str
    name: str
    name_en: str
    limit: Limit
    closing: str
    closing_en: str
    supervising: str
    responsible: str
    legal_basis: str
    report_needs: str
    report_needs_en: str


class Code(Struct, frozen=True, kw_only=True):
    """A code that a case can have.

    Attributes:
        code_set: the list that it is from.
        code: 3 to 6 digits; the first two are its class.
        class_name: the name of that class.
        conditions: at least one.
    """

    code_set: str
    category: Category
    code: str
    name: str
    name_en: str
    class_name: str
    class_name_en: str
    conditions: list[Condition]


class CodeList(Struct, frozen=True, kw_only=True):
    """Codes, in the order of the lists."""

    codes: list[Code]


class Assignee(Struct, frozen=True, kw_only=True):
    """A person whom a case, or a task of it, can be assigned to.

    Attributes:
        login: send it as an action's `assignee`.
        roles: handler for cases, patrol for tasks.
        department: the name of the person's department.
        on_duty: whether the person is on duty now.
        responsible: whether the person is on duty for the unit grid cell of the case.
    """

    login: str
    name: str
    roles: list[str]
    department: str | None
    on_duty: bool
    responsible: bool


class ReportCaller(Struct, frozen=True, kw_only=True):
    """The person who told a report to the one that entered it; the contact is sealed.

    Attributes:
        has_name: whether a name was noted; `GET /hotline/cases/{number}/callers` shows it, and is logged.
        has_telephone: likewise; `has_email` too.
        call_back: whether the caller wants to hear the result.
        public: whether the caller may be named to whoever handles the case.
    """

    has_name: bool
    has_telephone: bool
    has_email: bool
    call_back: bool
    public: bool
    called_at: Time


class CaseDetail(Struct, frozen=True, kw_only=True):
    """A case with everything that belongs to it.

    Attributes:
        proposal: the department to dispatch to by rule; null if none says so, or if that one returned it.
        conditions: that the case can have, at least one.
        assignees: who could be given it, those first who are on duty for its place.
        callers: who told it, without their contact.
        names: what people call those who have acted on it, have had it, or reported it, by login.
        siblings: open cases of the same class of problem at the same component or within 100 m.
    """

    case: Case
    events: list[CaseEvent]
    evidence: list[EvidenceFile]
    incidents: list[Incident]
    actions: list[PossibleAction]
    departments: list[Department]
    proposal: Proposal | None
    conditions: list[Condition]
    assignees: list[Assignee]
    callers: list[ReportCaller]
    names: dict[str, str]
    siblings: list[Case]


class WorkflowStage(Struct, frozen=True, kw_only=True):
    """A stage of a workflow.

    Attributes:
        outside: one of the six stages of every workflow: report, open, dispatch, handle, feedback, close.
        holder: whose turn it is: acceptors, dispatchers, department, handler or none.
        ended_as: how a case in it ended; null if the case goes on.
    """

    stage: str
    name: str
    name_en: str
    outside: str
    holder: str
    ended_as: str | None


class WorkflowAction(Struct, frozen=True, kw_only=True):
    """An action of a workflow, with its titles."""

    action: str
    name: str
    name_en: str


class WorkflowClock(Struct, frozen=True, kw_only=True):
    """What a workflow calls a clock."""

    clock: str
    name: str
    name_en: str


class WorkflowStep(Struct, frozen=True, kw_only=True):
    """An action in some stages.

    Attributes:
        sources: the stages in which it is possible.
        to: the stage after it; null if the case stays in its stage.
        needs: what must be given with it.
        primary: whether it is the usual next step of these stages.
    """

    action: str
    sources: list[str]
    to: str | None
    needs: list[str]
    primary: bool


class WorkflowDescription(Struct, frozen=True, kw_only=True):
    """A workflow, for its diagram.

    Attributes:
        workflow: its name in cases.
        version: the number in its file.
        reasons: that steps of it list; `answers`, likewise.
    """

    workflow: str
    version: int
    name: str
    name_en: str
    stages: list[WorkflowStage]
    actions: list[WorkflowAction]
    clocks: list[WorkflowClock]
    reasons: list[Choice]
    answers: list[Choice]
    steps: list[WorkflowStep]


class GeotaggedFile(Struct, frozen=True, kw_only=True):
    """What became of a geotagged still or clip.

    Attributes:
        file: its place among the files of the request, from 1.
        number: its case; null if it was refused.
        joined: whether it became evidence of an open case, or was sent before; false: it is a
            report that waits.
        lat: where it was taken, degrees, WGS 84; `lon` likewise.
        taken_at: when.
        refused: one sentence: why it was refused.
    """

    file: int
    number: str | None = None
    joined: bool = False
    lat: float | None = None
    lon: float | None = None
    taken_at: Time | None = None
    refused: str | None = None


class GeotaggedFileList(Struct, frozen=True, kw_only=True):
    """What became of each file of a request, in order."""

    files: list[GeotaggedFile]


STRUCTS: Final = (
    GeotaggedFileList,
    CaseQueueList,
    CasePage,
    CaseDetail,
    WorkflowDescription,
    IncidentPage,
    IncidentTypeList,
    CodeList,
)
"""What OpenAPI describes."""

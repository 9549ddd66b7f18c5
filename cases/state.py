"""The state of a case: every field that its events have set, after the newest of them.

The names are those of the events' `sets`, of the columns of `case_file` and of the API.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseState:
    """The state of a case.

    Attributes:
        number: its number for people.
        category: `component`, `event` or `service`.
        code_set: the list that `code` is from.
        code: what it is about.
        condition: of the code (立案条件), if one was chosen.
        handling_limit: of the condition when the case was opened: `condition`, `amount` and `clock`.
        type: the incident type that opened it; None if a person chose the code.
        problem_class: reports of this class may be about the same problem; see `cases.problems`.
        source: how the city learned of it: `camera`, `sensor`, `rule`, `patrol`, `hotline`, `citizen` …
        level: `everyday`, `ordinary`, `serious` or `grave`, if somebody set it.
        component: 16 digits.
        camera: the camera that saw it first.
        zone: of that camera, or the area of a rule.
        district: 6 digits.
        grid_cell: of its place.
        street_name: the nearest street when it was opened, within 200 m, with `street_name_en`; empty if
            there was none, None for older cases.
        lon: degrees, WGS 84; `lat` likewise.
        title: of a person's report; `description` likewise.
        flood_of: `{kind}/{id}` whose further reports this case gathers.
        workflow: the name of its workflow, in the version `workflow_version`.
        stage: of that workflow.
        holder: the pool whose turn it is: `acceptors`, `dispatchers`, `department`, `handler` or `none`.
        department: the code of the responsible department; in older cases its name.
        assignee: the login of the person who has it.
        opener: who reported it first: a login, or `{kind}/{id}`.
        reported_at: when it was first reported.
        opened_at: when it was opened (立案); None while it waits for that.
        dispatched_at: when it was last dispatched; `handled_at`, when the department last replied.
        closed_at: when it ended; `ended_as` says how: `closed`, `cancelled`, `void`, `refused`,
            `not_opened` or `merged`.
        clocks: by name; see `cases.clocks`.
        deadline_at: the earliest deadline of its running clocks; None if none runs.
        handling_deadline_at: of the handling; it stays after the handling has ended.
        suspended_until: while it is suspended.
        seen_at: the latest time of which detectors reported.
        restored_at: when the place was seen restored, if no later report contradicts.
        rework_count: how often it was reworked; likewise `return_count`, `deferral_count`.
        reopen_count: how often it was opened again after its end.
        suspension_count: how often it was suspended.
        reason: the listed reason of the newest step with one.
        task: the present task: its `kind` (verify, check), `assignee`, `asked_by`, `asked_at`, `note`, and
            the `handler` who has the case again after it; None if there is no task.
        verified: the newest answer to a verification; `checked`, to a check.
        deferral_asked: the pending request for a deferral: `by`, `at`, and `with` whom, department or
            dispatcher.
        suspension_asked: the pending request for a suspension: `by`, `at`, and `until`.
        appeal: asked, supported (by the first review), granted or refused; None without an appeal.
        appeal_by: the logins that `asked` for and `supported` it.
        satisfaction: the caller's answer when called back.
        urged_at: when somebody last urged; `urge_answered_at`, when that was answered.
        key_case: whether leaders watch it.
        forced: whether it was closed by force.
        closed_while_seen: whether it was ended while a detector still saw the problem.
        merged_into: the number of the case that it was merged into.
        split_from: the number of the case that it was split from.
        join_reason: why the newest report joined it; see `cases.problems.Same`.
        proposed_department: by the rules of dispatch, with `proposal_reason` and `proposal_reason_en`.
        other: fields that this release does not know.
        sequence: of its newest event.
        changed_at: when that was written.
    """

    number: str
    category: str
    code_set: str
    code: str
    condition: str | None = None
    handling_limit: Mapping[str, Any] | None = None
    type: str | None = None
    problem_class: str | None = None
    source: str | None = None
    level: str | None = None
    component: str | None = None
    camera: str | None = None
    zone: str | None = None
    district: str
    grid_cell: str | None = None
    street_name: str | None = None
    street_name_en: str | None = None
    lon: float
    lat: float
    title: str | None = None
    description: str | None = None
    flood_of: str | None = None
    workflow: str | None = None
    workflow_version: int | None = None
    stage: str
    holder: str = "none"
    department: str | None = None
    assignee: str | None = None
    opener: str | None = None
    reported_at: datetime
    opened_at: datetime | None = None
    dispatched_at: datetime | None = None
    handled_at: datetime | None = None
    closed_at: datetime | None = None
    ended_as: str | None = None
    clocks: Mapping[str, Any] = field(default_factory=dict)
    deadline_at: datetime | None = None
    handling_deadline_at: datetime | None = None
    suspended_until: datetime | None = None
    seen_at: datetime | None = None
    restored_at: datetime | None = None
    rework_count: int = 0
    return_count: int = 0
    deferral_count: int = 0
    reopen_count: int = 0
    suspension_count: int = 0
    reason: str | None = None
    task: Mapping[str, Any] | None = None
    verified: str | None = None
    checked: str | None = None
    deferral_asked: Mapping[str, Any] | None = None
    suspension_asked: Mapping[str, Any] | None = None
    appeal: str | None = None
    appeal_by: Mapping[str, Any] | None = None
    satisfaction: str | None = None
    urged_at: datetime | None = None
    urge_answered_at: datetime | None = None
    key_case: bool = False
    forced: bool = False
    closed_while_seen: bool = False
    merged_into: str | None = None
    split_from: str | None = None
    join_reason: Mapping[str, Any] | None = None
    proposed_department: str | None = None
    proposal_reason: str | None = None
    proposal_reason_en: str | None = None
    other: Mapping[str, Any] = field(default_factory=dict)
    sequence: int
    changed_at: datetime

    @property
    def still_seen(self) -> bool:
        """Whether a detector's latest report is that the problem is there."""
        return self.seen_at is not None and self.restored_at is None


BY_EVENTS: Final = tuple(
    each.name for each in fields(CaseState) if each.name not in {"other", "sequence", "changed_at"}
)
"""The fields that events set."""

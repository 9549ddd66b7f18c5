"""How a step of the workflow changes the clocks of a case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from cases import clocks as running
from cases.clocks import CaseClock, Clocks, Limit
from cases.office import OfficeCalendar
from cases.state import CaseState
from cases.workflow.model import Outside, Step, Task, Workflow

HANDLE: Final = "handle"
"""The clock of the handling; its deadline is the one that people speak of."""

_TASK: Final = "task"
_SUSPENDED: Final = "suspended"


def clocks_after(
    workflow: Workflow,
    before: CaseState | None,
    after: CaseState,
    step: Step | None,
    now: datetime,
    *,
    handling: Limit,
) -> Clocks:
    """The clocks of a case after a step.

    Args:
        workflow: says which clock runs in which stage.
        before: the case before the step; None for a new one.
        after: the case after it, except its clocks.
        step: the step; None for a new case.
        now: when.
        handling: the limit of the case's condition.
    """
    clocks = clocks_of(before, handling) if before is not None else {}
    if step is None or step.to is not None:
        again = step is not None and before is not None and before.stage == after.stage
        clocks = _moved(workflow, after, clocks, again=again, now=now, handling=handling)
    had = before.task if before is not None else None
    if had != after.task:
        clocks = _with_task(workflow, had, after.task, clocks, now)
    was_suspended = before is not None and before.suspended_until is not None
    if after.suspended_until is not None:
        clocks = running.pause_all(clocks, now, cause=_SUSPENDED)
    elif was_suspended:
        clocks = running.resume_all(clocks, now, cause=_SUSPENDED)
    if step is not None and step.action == "defer_grant":
        clocks = running.extend(clocks, HANDLE)
    return clocks


def deadlines(clocks: Clocks, calendar: OfficeCalendar) -> dict[str, Any]:
    """The fields of a case that follow from its clocks."""
    handle = clocks.get(HANDLE)
    return {
        "clocks": running.to_json(clocks),
        "deadline_at": running.first_deadline(clocks, calendar),
        "handling_deadline_at": running.deadline(handle, calendar) if handle is not None else None,
    }


def clocks_of(case: CaseState, handling: Limit) -> Clocks:
    """The clocks of a case; an old case without any gets that of its handling, from its opening on."""
    if not case.clocks and case.handling_deadline_at is not None:
        return {HANDLE: CaseClock(limit=handling, started_at=case.opened_at or case.reported_at)}
    return running.from_json(case.clocks)


def _moved(
    workflow: Workflow, after: CaseState, clocks: Clocks, *, again: bool, now: datetime, handling: Limit
) -> Clocks:
    """The clocks of a case that has entered a stage; `again`, from the same stage."""
    runs = workflow.stages[after.stage].clocks
    is_handled_in = workflow.stages[after.stage].outside is Outside.HANDLE
    for name in clocks.keys() - set(runs) - set(Task):
        clocks = running.end(clocks, name, now)
    for name in runs:
        clock = workflow.clocks[name]
        if clock.limit is None and name not in clocks and not is_handled_in:
            continue  # the handling counts from the dispatch, but a case can get here without one
        limit = clock.limit or handling
        is_running = name in clocks and clocks[name].ended_at is None
        clocks = running.start(clocks, name, limit, now, anew=clock.anew and (again or not is_running))
    return clocks


def _with_task(
    workflow: Workflow,
    had: Mapping[str, Any] | None,
    has: Mapping[str, Any] | None,
    clocks: Clocks,
    now: datetime,
) -> Clocks:
    if had is not None:
        clocks = running.end(clocks, had["kind"], now)
        clocks = running.resume_all(clocks, now, cause=_TASK)
    if has is None:
        return clocks
    for name in clocks.keys() & workflow.clocks.keys():
        if workflow.clocks[name].paused_by_task:
            clocks = running.pause(clocks, name, now, cause=_TASK)
    limit = workflow.clocks[has["kind"]].limit
    assert limit is not None, "the workflow was checked: a task has a limit"
    return running.start(clocks, has["kind"], limit, now, anew=True)

"""Guards: preconditions of a step, each by the name that a workflow's file uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cases.state import CaseState
from cases.workflow.model import Task, Workflow


@dataclass(frozen=True, slots=True)
class Guard:
    """One precondition.

    Attributes:
        holds: whether a case meets it at a time.
        refusal: the sentence if it does not.
        asks: whether it requires a pending request; without one the action is not shown.
    """

    holds: Callable[[CaseState, Workflow, datetime], bool]
    refusal: str
    asks: bool = False


def _is_out(case: CaseState, task: Task) -> bool:
    return case.task is not None and case.task.get("kind") == task


def _deferral_is_with(case: CaseState) -> str | None:
    return case.deferral_asked.get("with") if case.deferral_asked is not None else None


GUARDS: Final[Mapping[str, Guard]] = {
    "restored": Guard(
        lambda case, _, __: case.restored_at is not None,
        "nobody has seen the place put right; have it handled",
    ),
    "has_department": Guard(
        lambda case, _, __: case.department is not None, "no department is responsible yet; dispatch the case"
    ),
    "has_assignee": Guard(
        lambda case, _, __: case.assignee is not None, "no handler has the case; assign one"
    ),
    "no_task_out": Guard(
        lambda case, _, __: case.task is None, "somebody is out to verify or check it; wait for the answer"
    ),
    "verification_out": Guard(
        lambda case, _, __: _is_out(case, Task.VERIFY),
        "nobody was asked to verify it; ask somebody first",
        asks=True,
    ),
    "check_out": Guard(
        lambda case, _, __: _is_out(case, Task.CHECK),
        "nobody was asked to check it; ask somebody first",
        asks=True,
    ),
    "not_found_undone": Guard(
        lambda case, _, __: case.checked != "not_done", "the check found it not done; send it to rework"
    ),
    "no_deferral_asked": Guard(
        lambda case, _, __: case.deferral_asked is None,
        "a deferral is asked for already; wait for the decision",
    ),
    "deferral_asked": Guard(
        lambda case, _, __: case.deferral_asked is not None, "nobody has asked for a deferral", asks=True
    ),
    "deferral_with_dispatcher": Guard(
        lambda case, _, __: _deferral_is_with(case) == "dispatcher",
        "no deferral is before the dispatcher; the department must ask for one",
        asks=True,
    ),
    "deferral_not_with_dispatcher": Guard(
        lambda case, _, __: _deferral_is_with(case) != "dispatcher",
        "the deferral is before the dispatcher already; wait for the decision",
    ),
    "deferrals_left": Guard(
        lambda case, workflow, _: case.deferral_count < workflow.deferrals,
        "the case has been deferred as often as it can be",
    ),
    "in_time": Guard(
        lambda case, _, now: case.handling_deadline_at is not None and now <= case.handling_deadline_at,
        "the handling is overdue, and a deferral would hide that; reply, or appeal after the closing",
    ),
    "never_suspended": Guard(
        lambda case, _, __: case.suspension_count == 0, "the case was suspended before, and can be only once"
    ),
    "no_suspension_asked": Guard(
        lambda case, _, __: case.suspension_asked is None,
        "a suspension is asked for already; wait for the decision",
    ),
    "suspension_asked": Guard(
        lambda case, _, __: case.suspension_asked is not None, "nobody has asked for a suspension", asks=True
    ),
    "suspension_ahead": Guard(
        lambda case, _, now: (
            case.suspension_asked is not None and datetime.fromisoformat(case.suspension_asked["until"]) > now
        ),
        "the moment until which a suspension was asked for has passed; refuse it",
    ),
    "suspended": Guard(
        lambda case, _, __: case.suspended_until is not None, "the case is not suspended", asks=True
    ),
    "urged": Guard(
        lambda case, _, __: case.urged_at is not None and case.urge_answered_at is None,
        "nobody has urged it since the last answer",
        asks=True,
    ),
    "not_key": Guard(lambda case, _, __: not case.key_case, "it is a key case already", asks=True),
    "never_appealed": Guard(
        lambda case, _, __: case.appeal is None, "the department has appealed before, and can only once"
    ),
    "appeal_asked": Guard(
        lambda case, _, __: case.appeal == "asked", "no appeal waits for its first review", asks=True
    ),
    "appeal_supported": Guard(
        lambda case, _, __: case.appeal == "supported", "no appeal waits for its second review", asks=True
    ),
}
"""By name; the name is also the code of the refusal."""

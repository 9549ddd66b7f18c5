"""A case's way from opening to close: the stages, and which action leads from which to which, as one table.

The names are neutral, because cities swap some of the Chinese ones: open 立案, dispatch 派遣, handle 处置,
check 核查, close 结案; rework 返工, return 退回, cancel 作废.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cases.errors import ActionRefusedError


class Stage(StrEnum):
    """Where a case stands. Closed and cancelled are its ends."""

    OPENED = "opened"
    DISPATCHED = "dispatched"
    HANDLED = "handled"
    CHECKED = "checked"
    CLOSED = "closed"
    CANCELLED = "cancelled"


ENDS: Final = frozenset({Stage.CLOSED, Stage.CANCELLED})
"""From here no action leads on."""


class Action(StrEnum):
    """What happens to a case: by a detector's report (the first four), or by people."""

    OPEN = "open"
    JOIN = "join"
    UPDATE = "update"
    RESTORE = "restore"
    DISPATCH = "dispatch"
    RETURN = "return"
    HANDLE = "handle"
    CHECK = "check"
    REWORK = "rework"
    CLOSE = "close"
    CANCEL = "cancel"


REPORTS: Final = frozenset({Action.OPEN, Action.JOIN, Action.UPDATE, Action.RESTORE})
"""What detectors say: it opens a case, and after that it leaves the stage alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One action of people.

    Attributes:
        sources: the stages in which it is possible.
        to: the stage after it.
        needs_department: it must name the department that is responsible from now on.
        needs_note: it must give a reason, because it undoes or ends something.
    """

    sources: frozenset[Stage]
    to: Stage
    needs_department: bool = False
    needs_note: bool = False


STEPS: Final[Mapping[Action, Step]] = MappingProxyType(
    {
        Action.DISPATCH: Step(sources=frozenset({Stage.OPENED}), to=Stage.DISPATCHED, needs_department=True),
        Action.RETURN: Step(sources=frozenset({Stage.DISPATCHED}), to=Stage.OPENED, needs_note=True),
        Action.HANDLE: Step(sources=frozenset({Stage.DISPATCHED}), to=Stage.HANDLED),
        Action.CHECK: Step(sources=frozenset({Stage.HANDLED}), to=Stage.CHECKED),
        Action.REWORK: Step(sources=frozenset({Stage.HANDLED}), to=Stage.DISPATCHED, needs_note=True),
        Action.CLOSE: Step(sources=frozenset({Stage.CHECKED}), to=Stage.CLOSED),
        Action.CANCEL: Step(
            sources=frozenset({Stage.OPENED, Stage.DISPATCHED}), to=Stage.CANCELLED, needs_note=True
        ),
    }
)


def possible(stage: Stage) -> tuple[Action, ...]:
    """What people can do with a case in this stage, in the order of the table."""
    return tuple(action for action, step in STEPS.items() if stage in step.sources)


def step(stage: Stage, action: Action, *, department: str | None, note: str | None) -> Stage:
    """The stage to which people's action leads.

    Raises:
        ActionRefusedError: the action isn't possible there, or lacks its department or its reason.
    """
    found = STEPS.get(action)
    if found is None:
        raise ActionRefusedError(f"{action} is what detectors report, not what people do")
    if stage not in found.sources:
        can = ", ".join(possible(stage)) or "nothing: it has ended"
        raise ActionRefusedError(f"a case that is {stage} cannot take {action}; possible now: {can}")
    if found.needs_department and not department:
        raise ActionRefusedError(f"{action} needs the department that becomes responsible")
    if found.needs_note and not note:
        raise ActionRefusedError(f"{action} needs a note that says why")
    return found.to

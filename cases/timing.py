"""What becomes due on a case by time alone: warnings, deadlines, the end of a suspension, detectors' reports.

The case itself records what was done, so repeating a check does nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final, Protocol

import msgspec

from cases.clocks import CaseClock, Clock, Limit, deadline, mark, warning
from cases.office import OfficeCalendar
from cases.state import CaseState
from cases.workflow.clocks import clocks_of, deadlines
from cases.workflow.decisions import WATCHING
from cases.workflow.model import Workflow


class TimingRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A city's decisions about time, and about detectors' reports.

    Attributes:
        warning_share: share of a limit after which a warning is given, 0 to 1; 0: no warning.
        check_by_camera: whether a handled case passes its check when its place is seen restored.
        rework_by_camera: whether a handled case whose problem is still seen `rework_after` later goes back
            for rework, urged.
        reopen_after: time after which an ended case whose problem is still seen is opened again.
        reopen_most: maximum number of reopenings, including those by people; 0: never.
    """

    warning_share: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.8
    check_by_camera: bool = True
    rework_by_camera: bool = True
    rework_after: Limit = Limit(amount=1, clock=Clock.URGENT_HOUR)
    reopen_after: Limit = Limit(amount=4, clock=Clock.URGENT_HOUR)
    reopen_most: Annotated[int, msgspec.Meta(ge=0, le=100)] = 3


class Timed(StrEnum):
    """What time alone does to a case."""

    WARN = "clock_warned"
    RUN_OUT = "clock_ran_out"
    RESUME = "resume"
    CHECK = "check"
    REWORK = "rework"
    REOPEN = "reopen"


OF_CLOCKS: Final = frozenset({Timed.WARN, Timed.RUN_OUT})
"""Records about a clock; the others are actions of the case's workflow."""

_CAN_STILL_SEE: Final = timedelta(days=30)
"""How long a case is watched after its end."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Due:
    """Something that becomes due.

    Attributes:
        at: when.
        what: what becomes due.
        clock: the name of the clock; empty if it is not about a clock.
    """

    at: datetime
    what: Timed
    clock: str = ""


class Policy(Protocol):
    """The parts of the city's policy that are needed."""

    @property
    def calendar(self) -> OfficeCalendar:
        """When the offices work."""

    @property
    def timing(self) -> TimingRules:
        """The city's decisions about time."""

    def handling_limit(self, case: CaseState) -> Limit:
        """The limit of the handling of a case."""


def due(case: CaseState, policy: Policy, workflow: Workflow) -> list[Due]:
    """Everything that becomes due on a case in its present state, in order of time.

    After a deadline has passed, its warning is not due any more.

    Args:
        case: the present state.
        policy: the city's decisions.
        workflow: the case's workflow. If it is another version, only stages that both have are known, and in
            other stages everything may be due.

    Raises:
        CaseError: its clocks cannot be read.
        PolicyError: the offices never work as much as a limit requires.
    """
    found = [*_of_clocks(case, policy), *_of_sight(case, policy, workflow)]
    if case.closed_at is None and case.suspended_until is not None:
        found.append(Due(at=case.suspended_until, what=Timed.RESUME))
    return sorted(found)


def passed(case: CaseState, what: Due, policy: Policy, *, at: datetime) -> dict[str, Any]:
    """The fields of a case that change because something about a clock became due.

    Args:
        case: before it.
        what: of `due`.
        policy: the city's decisions.
        at: when it is recorded.
    """
    clocks = clocks_of(case, policy.handling_limit(case))
    marked = (
        mark(clocks, what.clock, warned_at=at)
        if what.what is Timed.WARN
        else mark(clocks, what.clock, ran_out_at=at)
    )
    return deadlines(marked, policy.calendar)


def _of_clocks(case: CaseState, policy: Policy) -> Iterator[Due]:
    if case.closed_at is not None:
        return
    share = policy.timing.warning_share
    for name, clock in clocks_of(case, policy.handling_limit(case)).items():
        ends = deadline(clock, policy.calendar)
        if clock.ended_at is not None or clock.ran_out_at is not None or ends is None:
            continue
        yield Due(at=ends, what=Timed.RUN_OUT, clock=name)
        if share and clock.warned_at is None:
            near = warning(clock, policy.calendar, share=share)
            if near is not None:
                yield Due(at=near, what=Timed.WARN, clock=name)


def _of_sight(case: CaseState, policy: Policy, workflow: Workflow) -> Iterator[Due]:
    """What is due because of a detector's reports; a flood's case is excluded."""
    if case.source not in WATCHING or case.flood_of is not None or case.suspended_until is not None:
        return
    rules = policy.timing

    def can(action: str) -> bool:
        return case.stage not in workflow.stages or any(
            step.action == action for step in workflow.steps_from(case.stage)
        )

    if case.closed_at is not None:
        if case.still_seen and case.reopen_count < rules.reopen_most and can("reopen"):
            at = _later(case.closed_at, rules.reopen_after, policy.calendar)
            if at < case.closed_at + _CAN_STILL_SEE:
                yield Due(at=at, what=Timed.REOPEN)
    elif case.handled_at is not None and case.restored_at is not None:
        asked = "check" if "check" in workflow.actions else "check_answer"
        answered = {"not_done"} if asked == "check" else {"not_done", "done"}
        if rules.check_by_camera and can(asked) and case.checked not in answered:
            yield Due(at=max(case.handled_at, case.restored_at), what=Timed.CHECK)
    elif case.handled_at is not None and case.still_seen and rules.rework_by_camera and can("rework"):
        yield Due(at=_later(case.handled_at, rules.rework_after, policy.calendar), what=Timed.REWORK)


def _later(begin: datetime, limit: Limit, calendar: OfficeCalendar) -> datetime:
    found = deadline(CaseClock(limit=limit, started_at=begin), calendar)
    assert found is not None, "a clock that was never paused has a deadline"
    return found

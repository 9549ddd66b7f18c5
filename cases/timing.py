"""What becomes due on a case by time alone: warnings, deadlines that pass, the end of a suspension.

Whether it was recorded already stands in the case's clocks, so that whoever asks again is told nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Protocol

import msgspec

from cases.clocks import Limit, deadline, mark, warning
from cases.office import OfficeCalendar
from cases.state import CaseState
from cases.workflow.clocks import clocks_of, deadlines


class TimingRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a city decides about time.

    Attributes:
        warning_share: of a limit; when so much of it has passed, there is a warning. 0: none.
    """

    warning_share: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.8


class Timed(StrEnum):
    """What time does to a case; the first two are also the actions of its events."""

    WARN = "clock_warned"
    RUN_OUT = "clock_ran_out"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Due:
    """Something that becomes due.

    Attributes:
        at: when.
        what: it is.
        clock: whose, by name; empty for what no clock is about.
    """

    at: datetime
    what: Timed
    clock: str = ""


class Policy(Protocol):
    """What is asked of the city's policy."""

    @property
    def calendar(self) -> OfficeCalendar:
        """When the offices work."""

    @property
    def timing(self) -> TimingRules:
        """What the city decides about time."""

    def handling_limit(self, case: CaseState) -> Limit:
        """How long the handling of a case may take."""


def due(case: CaseState, policy: Policy) -> list[Due]:
    """All that becomes due on a case as it stands, in order of time.

    A deadline that has passed needs no warning any more.

    Raises:
        CaseError: its clocks cannot be read.
        PolicyError: the offices never work as much as a limit says.
    """
    return sorted(_of_clocks(case, policy))


def passed(case: CaseState, what: Due, policy: Policy, *, at: datetime) -> dict[str, Any]:
    """The fields of a case that change because something of a clock became due.

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

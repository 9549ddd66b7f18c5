"""A case is what its events add up to: they are only ever appended, and `fold` says where it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from cases.errors import CaseError
from cases.stages import ENDS, REPORTS, STEPS, Action, Stage

_OUT_OF_ORDER: Final = timedelta(minutes=5)
"""Events of reports that came at once may be written in another order than they came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvent:
    """One entry of a case's history.

    Attributes:
        sequence: 1, 2, 3 …
        at: when it was written.
        actor: a sign-on name, or the program or device that acted.
        stage: the stage after it.
        department: who becomes responsible, where the action says so.
        note: what the actor wrote.
        observed_at: when a detector saw what it reports; None for what people do.
        incident_id: the incident reported, with its revision.
        evidence: digests of the pictures that came with it.
    """

    sequence: int
    at: datetime
    actor: str
    action: Action
    stage: Stage
    department: str | None = None
    note: str | None = None
    observed_at: datetime | None = None
    incident_id: UUID | None = None
    revision: int | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseState:
    """Where a case stands.

    Attributes:
        department: who is responsible now.
        seen_at: the moment of which detectors last spoke.
        restored_at: when the place was seen put right, if that was the last word of it.
        closed_at: when the case was closed or cancelled.
        sequence: of its newest event.
        changed_at: when that was written.
    """

    stage: Stage
    department: str | None
    seen_at: datetime | None
    restored_at: datetime | None
    closed_at: datetime | None
    sequence: int
    changed_at: datetime


def fold(events: Iterable[CaseEvent]) -> CaseState:
    """What a case's events add up to.

    Args:
        events: all of them, in order.

    Raises:
        CaseError: they aren't a case's history: none at all, a gap, or an impossible step.
    """
    state: CaseState | None = None
    for event in events:
        state = advance(state, event)
    if state is None:
        raise CaseError("a case has at least the event that opened it")
    return state


def advance(state: CaseState | None, event: CaseEvent) -> CaseState:
    """A case after one more event.

    Detectors' reports may come late and in any order: the one that speaks of the latest moment counts. A
    moment well after the event now written was noted while our own clock was ahead, and gives way.

    Raises:
        CaseError: the event cannot follow.
    """
    if state is None:
        if event.action is not Action.OPEN or event.sequence != 1 or event.stage is not Stage.OPENED:
            raise CaseError(f"a case begins with its opening, not with {event.action} as {event.sequence}")
        state = CaseState(
            stage=Stage.OPENED,
            department=None,
            seen_at=None,
            restored_at=None,
            closed_at=None,
            sequence=0,
            changed_at=event.at,
        )
    elif event.action is Action.OPEN or event.sequence != state.sequence + 1:
        raise CaseError(f"event {event.sequence} ({event.action}) cannot follow event {state.sequence}")
    elif event.action in REPORTS:
        if event.stage is not state.stage:
            raise CaseError(f"a report leaves the stage alone; {event.stage} cannot follow {state.stage}")
    else:
        step = STEPS[event.action]
        if state.stage not in step.sources or event.stage is not step.to:
            raise CaseError(f"{event.action} does not lead from {state.stage} to {event.stage}")
        state = replace(
            state,
            stage=event.stage,
            department=_responsible(state, event),
            closed_at=event.at if event.stage in ENDS else None,
        )
    if event.observed_at is not None and (
        state.seen_at is None
        or event.observed_at >= state.seen_at
        or state.seen_at > event.at + _OUT_OF_ORDER
    ):
        restored = event.action is Action.RESTORE
        state = replace(state, seen_at=event.observed_at, restored_at=event.observed_at if restored else None)
    return replace(state, sequence=event.sequence, changed_at=event.at)


def _responsible(state: CaseState, event: CaseEvent) -> str | None:
    if event.action is Action.RETURN:
        return None  # the department says that it isn't theirs
    return event.department or state.department

"""A case is the sum of its events: events are only ever appended, and `fold` computes the state from them.

Each event has the fields that it changes, with their new values (`sets`). The decision that makes an event
uses the rules of that day. `fold` only applies the values and uses no rule, so an old case always reads as it
was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, get_type_hints
from uuid import UUID

import msgspec

from cases.errors import CaseError
from cases.state import BY_EVENTS, CaseState

_ATTACHES: Final = frozenset({"open", "report", "join"})
_DETACHES: Final = frozenset({"split", "merge"})
_KNOWN: Final = frozenset(BY_EVENTS)
_TYPES: Final = {name: kind for name, kind in get_type_hints(CaseState).items() if name in _KNOWN}


class Action(StrEnum):
    """What reports do to a case. Actions of people are in the case's workflow."""

    OPEN = "open"
    JOIN = "join"
    UPDATE = "update"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvent:
    """One event of a case's history.

    Attributes:
        sequence: 1, 2, 3 …
        at: when it was written.
        actor: a login, or the program or device that acted.
        action: the name of the action at that time; it stays if a later release renames the action.
        sets: the fields of the case that it changes, with their new values as JSON; times and enums are
            converted.
        note: the actor's note.
        observed_at: when a detector made the observation; None for actions of people.
        incident_id: the incident reported, with its revision.
        evidence: digests of its pictures.
    """

    sequence: int
    at: datetime
    actor: str
    action: str
    sets: Mapping[str, Any] = field(default_factory=dict)
    note: str | None = None
    observed_at: datetime | None = None
    incident_id: UUID | None = None
    revision: int | None = None
    evidence: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "sets", msgspec.to_builtins(dict(self.sets), str_keys=True))


def fold(events: Iterable[CaseEvent]) -> CaseState:
    """The state of a case after all its events.

    Args:
        events: all of them, in order.

    Raises:
        CaseError: the history is incomplete: no events, a gap, or an opening without a case's facts.
    """
    state: CaseState | None = None
    for event in events:
        state = advance(state, event)
    if state is None:
        raise CaseError("a case has at least the event that opened it")
    return state


def timeline(events: Iterable[CaseEvent]) -> Iterator[tuple[CaseEvent, CaseState]]:
    """Each event with the state after it.

    Raises:
        CaseError: see `fold`.
    """
    state: CaseState | None = None
    for event in events:
        state = advance(state, event)
        yield event, state


def advance(state: CaseState | None, event: CaseEvent) -> CaseState:
    """The state of a case after one more event.

    Args:
        state: before it; None before the first.
        event: the next one.

    Raises:
        CaseError: the event is not the next one, or a field's value cannot be read.
    """
    expected = 1 if state is None else state.sequence + 1
    if event.sequence != expected:
        raise CaseError(
            f"event {expected} is missing; event {event.sequence} ({event.action}) is in its place"
        )
    changed = {name: _read(event, name) for name in event.sets if name in _KNOWN}
    other = {name: value for name, value in event.sets.items() if name not in _KNOWN}
    if state is not None:
        if other:
            changed["other"] = {**state.other, **other}
        return replace(state, sequence=event.sequence, changed_at=event.at, **changed)
    try:
        return CaseState(sequence=event.sequence, changed_at=event.at, other=other, **changed)
    except TypeError as error:
        raise CaseError(f"the first event ({event.action}) lacks facts of a case: {error}") from None


def incidents(events: Iterable[CaseEvent]) -> frozenset[UUID]:
    """The incidents of a case: those that opened or joined it and were not taken out again."""
    found: set[UUID] = set()
    for event in events:
        if event.incident_id is None:
            continue
        if event.action in _ATTACHES:
            found.add(event.incident_id)
        elif event.action in _DETACHES:
            found.discard(event.incident_id)
    return frozenset(found)


def _read(event: CaseEvent, name: str) -> Any:
    try:
        return msgspec.convert(event.sets[name], _TYPES[name])
    except msgspec.ValidationError as error:
        raise CaseError(f"event {event.sequence} ({event.action}) sets {name} wrongly: {error}") from None

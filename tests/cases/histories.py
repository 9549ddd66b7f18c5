"""Histories of cases: what detectors and people may do one after the other, in any order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from cases import Action, Actor, CaseEvent, CasePolicy, CaseState, Rights, advance, sighting
from cases.workflow import Given, decide, possible

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
REPORTS_THAT_FOLLOW = (Action.JOIN, Action.UPDATE, Action.RESTORE)

OPENING: dict[str, Any] = {
    "number": "SW202611240001",
    "category": "event",
    "code_set": "A",
    "code": "0501",
    "district": "350582",
    "lon": 118.6,
    "lat": 24.9,
    "stage": "opened",
    "reported_at": NOON,
}
"""What an opening sets at least."""

POLICY = CasePolicy.load()
SYSTEM = Actor.system("system/test")
GIVEN = Given(note="why", assignee="wang", evidence=("ab",), into="SW202611240002", incidents=(UUID(int=1),))


@st.composite
def histories(draw: st.DrawFn, *, longest: int = 15) -> list[CaseEvent]:
    """A history that the rules allow, of one event or more."""
    events = [_report(draw, None, Action.OPEN, OPENING)]
    state = advance(None, events[0])
    for _ in range(draw(st.integers(0, longest - 1))):
        at = NOON + timedelta(minutes=state.sequence + 1)
        allowed = possible(POLICY.workflow, state, actor=SYSTEM, rights=Rights.shipped(), now=at)
        people = {each.action: each for each in allowed if each.refusal is None}
        action = draw(st.sampled_from((*REPORTS_THAT_FOLLOW, *people)))
        if isinstance(action, Action):
            events.append(_report(draw, state, action, {}))
        else:
            given = replace(
                GIVEN,
                department=draw(st.sampled_from(sorted(set(POLICY.departments) - {state.department}))),
                until=at + timedelta(days=1),
                answer=next(iter(people[action].answers), None),
            )
            sets = decide(
                POLICY.workflow,
                state,
                action,
                given,
                actor=SYSTEM,
                rights=Rights.shipped(),
                now=at,
                policy=POLICY,
            )
            events.append(
                CaseEvent(
                    sequence=state.sequence + 1, at=at, actor="li", action=action, sets=sets, note="why"
                )
            )
        state = advance(state, events[-1])
    return events


def _report(draw: st.DrawFn, state: CaseState | None, action: Action, sets: dict[str, Any]) -> CaseEvent:
    sequence = 1 if state is None else state.sequence + 1
    at = NOON + timedelta(minutes=sequence)
    observed = at - timedelta(seconds=draw(st.integers(0, 1200)))
    seen = sighting(
        None if state is None else state.seen_at,
        observed_at=observed,
        at=at,
        restored=action is Action.RESTORE,
    )
    return CaseEvent(
        sequence=sequence,
        at=at,
        actor="box/box-1",
        action=action,
        sets={**sets, **seen},
        observed_at=observed,
        incident_id=draw(st.uuids()),
        revision=1,
    )

"""Histories of cases: what detectors and people may do one after the other, in any order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from cases import STEPS, Action, CaseEvent, CaseState, Stage, advance, possible, sighting
from casework.actions import decide

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
    "stage": Stage.OPENED,
    "reported_at": NOON,
}
"""What an opening sets at least."""


@st.composite
def histories(draw: st.DrawFn, *, longest: int = 15) -> list[CaseEvent]:
    """A history that the rules allow, of one event or more."""
    events = [_report(draw, None, Action.OPEN, OPENING)]
    state = advance(None, events[0])
    for _ in range(draw(st.integers(0, longest - 1))):
        action = draw(st.sampled_from((*REPORTS_THAT_FOLLOW, *possible(Stage(state.stage)))))
        if action in REPORTS_THAT_FOLLOW:
            events.append(_report(draw, state, action, {}))
        else:
            department = (
                draw(st.sampled_from(["城管执法中队", "环卫所"])) if STEPS[action].needs_department else None
            )
            at = NOON + timedelta(minutes=state.sequence + 1)
            events.append(
                CaseEvent(
                    sequence=state.sequence + 1,
                    at=at,
                    actor="li",
                    action=action,
                    sets=decide(state, action, department=department, note="why", at=at),
                    note="why",
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

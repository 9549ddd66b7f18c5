"""Histories of cases: what detectors and people may do one after the other, in any order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from cases import STEPS, Action, CaseEvent, Stage, possible, step

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
REPORTS_THAT_FOLLOW = (Action.JOIN, Action.UPDATE, Action.RESTORE)


@st.composite
def histories(draw: st.DrawFn, *, longest: int = 15) -> list[CaseEvent]:
    """A history that the rules allow, of one event or more."""
    events = [_report(draw, Action.OPEN, 1, Stage.OPENED)]
    for sequence in range(2, draw(st.integers(1, longest)) + 1):
        stage = events[-1].stage
        action = draw(st.sampled_from((*REPORTS_THAT_FOLLOW, *possible(stage))))
        if action in REPORTS_THAT_FOLLOW:
            events.append(_report(draw, action, sequence, stage))
            continue
        department = (
            draw(st.sampled_from(["城管执法中队", "环卫所"])) if STEPS[action].needs_department else None
        )
        events.append(
            CaseEvent(
                sequence=sequence,
                at=NOON + timedelta(minutes=sequence),
                actor="li",
                action=action,
                stage=step(stage, action, department=department, note="why"),
                department=department,
                note="why",
            )
        )
    return events


def _report(draw: st.DrawFn, action: Action, sequence: int, stage: Stage) -> CaseEvent:
    at = NOON + timedelta(minutes=sequence)
    observed = at - timedelta(seconds=draw(st.integers(0, 1200)))
    return CaseEvent(
        sequence=sequence,
        at=at,
        actor="box/box-1",
        action=action,
        stage=stage,
        observed_at=observed,
        incident_id=draw(st.uuids()),
        revision=1,
    )

"""A case is what its events add up to, whatever detectors and people did; anything else is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cases import Action, CaseError, CaseEvent, Stage, fold
from cases.stages import ENDS, REPORTS
from tests.cases.histories import NOON, histories

OPENED = CaseEvent(sequence=1, at=NOON, actor="box/b1", action=Action.OPEN, stage=Stage.OPENED)


def report(action: Action, sequence: int, *, seconds: int) -> CaseEvent:
    """A detector's report of a moment so many seconds after noon."""
    moment = NOON + timedelta(seconds=seconds)
    return replace(OPENED, at=moment, action=action, sequence=sequence, observed_at=moment)


@given(histories())
def test_any_history_of_allowed_steps_adds_up(events: list[CaseEvent]) -> None:
    state = fold(events)
    people = [event for event in events if event.action not in REPORTS]
    assert state.stage is (people[-1].stage if people else Stage.OPENED)
    assert (state.sequence, state.changed_at) == (len(events), events[-1].at)
    assert state.closed_at == (people[-1].at if state.stage in ENDS else None)
    responsible = None
    for event in people:
        responsible = None if event.action is Action.RETURN else event.department or responsible
    assert state.department == responsible
    seen = [event for event in events if event.observed_at is not None]
    last_word = max(seen, key=lambda event: (event.observed_at, event.sequence))
    assert state.seen_at == last_word.observed_at
    restored = last_word.action is Action.RESTORE
    assert state.restored_at == (last_word.observed_at if restored else None)


@given(histories(), st.data())
def test_a_history_with_an_event_missing_or_out_of_place_is_refused(
    events: list[CaseEvent], data: st.DataObject
) -> None:
    assume(len(events) > 1)
    place = data.draw(st.integers(0, len(events) - 2))
    with pytest.raises(CaseError):
        fold(events[:place] + events[place + 1 :])
    with pytest.raises(CaseError):
        fold([*events[:place], events[place + 1], events[place], *events[place + 2 :]])
    with pytest.raises(CaseError):
        fold([*events, events[place]])


@given(histories(), st.data())
def test_a_history_whose_stage_was_tampered_with_is_refused(
    events: list[CaseEvent], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(events) - 1))
    other = data.draw(st.sampled_from(sorted(set(Stage) - {events[place].stage})))
    with pytest.raises(CaseError):
        fold([*events[:place], replace(events[place], stage=other), *events[place + 1 :]])


def test_no_events_are_no_case() -> None:
    with pytest.raises(CaseError, match="at least the event that opened it"):
        fold([])


def test_a_restoration_is_undone_by_a_later_sight_and_not_by_an_earlier_one() -> None:
    restored = [OPENED, report(Action.RESTORE, 2, seconds=60)]
    assert fold(restored).restored_at == NOON + timedelta(seconds=60)
    earlier = replace(report(Action.UPDATE, 3, seconds=30), at=NOON + timedelta(seconds=90))
    assert fold([*restored, earlier]).restored_at is not None
    assert fold([*restored, report(Action.UPDATE, 3, seconds=90)]).restored_at is None


def test_a_sight_noted_while_our_clock_was_ahead_gives_way_to_what_is_seen_now() -> None:
    tomorrow = report(Action.RESTORE, 2, seconds=86_400)
    assert fold([OPENED, tomorrow, report(Action.UPDATE, 3, seconds=60)]).restored_at is None


def test_what_people_do_says_nothing_about_the_place() -> None:
    handled = [
        OPENED,
        report(Action.RESTORE, 2, seconds=60),
        replace(OPENED, sequence=3, action=Action.DISPATCH, stage=Stage.DISPATCHED, department="环卫所"),
        replace(OPENED, sequence=4, action=Action.HANDLE, stage=Stage.HANDLED),
    ]
    state = fold(handled)
    assert (state.restored_at, state.department) == (NOON + timedelta(seconds=60), "环卫所")


def test_a_department_that_returns_a_case_is_responsible_no_more() -> None:
    returned = [
        OPENED,
        replace(OPENED, sequence=2, action=Action.DISPATCH, stage=Stage.DISPATCHED, department="环卫所"),
        replace(OPENED, sequence=3, action=Action.RETURN, stage=Stage.OPENED, note="not ours"),
    ]
    assert fold(returned).department is None


def test_detectors_still_report_about_a_case_that_has_ended() -> None:
    ended = [
        OPENED,
        replace(OPENED, sequence=2, action=Action.CANCEL, stage=Stage.CANCELLED, note="a delivery"),
        replace(report(Action.RESTORE, 3, seconds=60), stage=Stage.CANCELLED),
    ]
    state = fold(ended)
    assert (state.stage, state.closed_at) == (Stage.CANCELLED, NOON)
    assert state.restored_at == NOON + timedelta(seconds=60)

"""A case is what its events add up to: they say what they change, and adding up asks no rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cases import Action, CaseError, CaseEvent, fold, incidents, sighting, timeline
from cases.state import BY_EVENTS
from tests.cases.histories import NOON, OPENING, POLICY, histories

OPENED = CaseEvent(sequence=1, at=NOON, actor="box/b1", action="open", sets=OPENING)


def event(sequence: int, action: str = "anything", **sets: Any) -> CaseEvent:
    at = NOON + timedelta(minutes=sequence)
    return CaseEvent(sequence=sequence, at=at, actor="li", action=action, sets=sets)


@given(histories())
def test_the_last_value_of_each_field_counts(events: list[CaseEvent]) -> None:
    state = fold(events)
    last: dict[str, Any] = {}
    for each in events:
        last |= each.sets
    again = fold([replace(events[0], sets=last)])
    assert replace(state, sequence=1, changed_at=again.changed_at) == again
    assert (state.sequence, state.changed_at) == (len(events), events[-1].at)
    endings = [each for each in events if each.sets.get("ended_as") is not None]
    assert state.closed_at == (endings[-1].at if state.stage in POLICY.workflow.ends else None)


@given(histories())
def test_the_latest_sight_is_the_word_about_the_place(events: list[CaseEvent]) -> None:
    seen = [each for each in events if each.observed_at is not None]
    last_word = max(seen, key=lambda each: (each.observed_at, each.sequence))
    state = fold(events)
    assert state.seen_at == last_word.observed_at
    assert state.restored_at == (last_word.observed_at if last_word.action == Action.RESTORE else None)


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


def test_no_events_are_no_case() -> None:
    with pytest.raises(CaseError, match="at least the event that opened it"):
        fold([])


def test_an_opening_without_a_cases_facts_is_refused_by_name() -> None:
    with pytest.raises(CaseError, match=r"lacks facts of a case: .*'number'"):
        fold([replace(OPENED, sets={name: value for name, value in OPENING.items() if name != "number"})])


def test_steps_that_no_rule_of_today_has_add_up_all_the_same() -> None:
    state = fold([OPENED, event(2, "weigh", stage="weighed", holder="weighers"), event(3, "close")])
    assert (state.stage, state.holder) == ("weighed", "weighers")


def test_fields_of_a_later_release_are_kept() -> None:
    state = fold([OPENED, event(2, smell="strong", stage="opened"), event(3, smell="faint", noise=3)])
    assert state.other == {"smell": "faint", "noise": 3}


def test_a_field_with_a_value_of_another_kind_is_named() -> None:
    with pytest.raises(CaseError, match=r"event 2 \(anything\) sets rework_count wrongly"):
        fold([OPENED, event(2, rework_count="many")])


def test_values_are_kept_as_json_and_read_as_what_they_are() -> None:
    sent = event(2, closed_at=NOON, stage="closed", clocks={"handle": {"started_at": NOON}})
    assert sent.sets["closed_at"] == "2026-11-24T04:00:00Z"
    state = fold([OPENED, sent])
    assert (state.closed_at, state.clocks["handle"]["started_at"]) == (NOON, "2026-11-24T04:00:00Z")


def test_the_state_after_each_event_is_told() -> None:
    stages = [state.stage for _, state in timeline([OPENED, event(2, stage="closed"), event(3)])]
    assert stages == ["opened", "closed", "closed"]


def test_an_incident_belongs_to_a_case_until_it_is_taken_out() -> None:
    first, second = uuid4(), uuid4()
    events = [
        replace(OPENED, incident_id=first),
        replace(event(2, "join"), incident_id=second),
        replace(event(3, "update"), incident_id=uuid4()),
        replace(event(4, "split"), incident_id=first),
    ]
    assert incidents(events) == {second}


def test_every_field_of_a_case_can_be_set_by_an_event() -> None:
    assert {"number", "stage", "deadline_at", "assignee", "clocks", "problem_class"} <= set(BY_EVENTS)
    assert not {"sequence", "changed_at", "other"} & set(BY_EVENTS)


def test_a_sight_noted_while_our_clock_was_ahead_gives_way_to_what_is_seen_now() -> None:
    tomorrow = NOON + timedelta(days=1)
    now = {"seen_at": NOON, "restored_at": None}
    assert sighting(tomorrow, observed_at=NOON, at=NOON, restored=False) == now


def test_an_earlier_sight_changes_nothing() -> None:
    assert sighting(NOON, observed_at=NOON - timedelta(seconds=1), at=NOON, restored=True) == {}

"""Whoever takes the snapshot and then deltas, at whatever pace, ends with the same state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import Category
from center.cases.models import Case
from center.history.models import RuleEvent
from center.live import state
from center.live.follower import nothing_known
from center.live.models import Delta, Entity, Snapshot, Still
from center.live.state import MAX_RULE_EVENTS, LiveState
from center.models import EntityKind

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
REMEMBER_S = 60.0


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def entity(name: str, seconds: float) -> Entity:
    return Entity(
        key=f"vehicle/{name}", kind=EntityKind.VEHICLE, id=name, name=None, entity_type=None,
        district="350582", time=at(seconds), received_at=at(seconds), lat=24.9, lon=118.6, speed_mps=None,
        heading_deg=None, accuracy_m=None, ignition=None,
    )  # fmt: skip


def case(number: str, sequence: int, *, closed: bool = False) -> Case:
    return Case(
        number=number, type="stall", title="", title_en="", category=Category.EVENT, code_set="A",
        code="0501", code_name="", code_name_en="", stage="closed" if closed else "opened",
        department=None, department_en=None, department_code=None, district="350582", grid_cell=None,
        street=None, street_en=None,
        component=None, camera=None, zone=None,
        lat=24.9, lon=118.6, opened_at=NOON, deadline_at=NOON, restored_at=None,
        closed_at=NOON if closed else None, changed_at=NOON, sequence=sequence, picture=None, reports=1,
        condition=None, problem_class=None, source="camera", level=None, description=None,
        workflow="small", workflow_version=1,
        holder="none", assignee=None, assignee_name=None, opener=None, reported_at=NOON, dispatched_at=None,
        handled_at=None,
        handling_deadline_at=None, suspended_until=None, suspension_asked=None, seen_at=None, ended_as=None,
        rework_count=0, return_count=0, deferral_count=0, reopen_count=0, urged_at=None,
        urge_answered_at=None, key_case=False, forced=False,
        closed_while_seen=False, merged_into=None, split_from=None,
        proposed_department=None, proposal_reason=None, proposal_reason_en=None, task=None, verified=None,
        checked=None, deferral_asked=None, appeal=None,
    )  # fmt: skip


def rule_event(name: str, seconds: float, *, case_number: str | None = None) -> RuleEvent:
    return RuleEvent(
        kind=EntityKind.VEHICLE, id=name, district="350582", name=None,
        time=at(seconds), decided_at=at(seconds),
        received_at=at(seconds), rule="too_fast", watches="speed", area="", phase="begun",
        lat=24.9, lon=118.6, value=30.0, incident_id=None, case_number=case_number,
    )  # fmt: skip


def new_state() -> LiveState:
    return LiveState(status=nothing_known(NOON), remember_s=REMEMBER_S)


class Follower:
    """A browser: what it was sent, added up."""

    def __init__(self, state: LiveState) -> None:
        self.version = state.version
        snapshot: Snapshot = state.snapshot(NOON)
        self.entities = {entity.key: entity for entity in snapshot.entities}
        self.cases = {case.number: case for case in snapshot.cases}
        self.stills = {still.camera: still for still in snapshot.stills}
        self.rule_events = {(event.id, event.time): event for event in snapshot.rule_events}
        self.status = snapshot.status

    def follow(self, state: LiveState) -> Delta:
        delta = state.delta(self.version, NOON)
        self.version = state.version
        self.entities.update((entity.key, entity) for entity in delta.entities)
        for key in delta.gone:
            self.entities.pop(key, None)
        for case in delta.cases:
            self.cases[case.number] = case
            if case.closed_at is not None:
                del self.cases[case.number]
        self.stills.update((still.camera, still) for still in delta.stills)
        self.rule_events.update(((event.id, event.time), event) for event in delta.rule_events)
        self.status = delta.status or self.status
        return delta

    def sees(self, state: LiveState) -> bool:
        now = Follower(state)
        return (self.entities, self.cases, self.stills, self.rule_events, self.status) == (
            now.entities, now.cases, now.stills, now.rule_events, now.status
        )  # fmt: skip


names = st.sampled_from("abc")
steps = st.one_of(
    st.tuples(st.just("move"), names, st.integers(0, 30)),
    st.tuples(st.just("remove"), names, st.integers(0, 30)),
    st.tuples(st.just("tell"), names, st.integers(1, 5)),
    st.tuples(st.just("close"), names, st.integers(1, 5)),
    st.tuples(st.just("see"), names, st.integers(0, 30)),
    st.tuples(st.just("find"), names, st.integers(0, 30)),
    st.tuples(st.just("status"), names, st.integers(0, 3)),
    st.tuples(st.just("follow"), names, st.just(0)),
)


@given(st.lists(steps, max_size=40))
def test_deltas_at_any_pace_add_up_to_the_state(done: list[tuple[str, str, int]]) -> None:
    shown = new_state()
    quick, slow = Follower(shown), Follower(shown)
    for now_s, (what, name, number) in enumerate(done):
        match what:
            case "move":
                shown.update_entities([entity(name, number)], now=NOON)
            case "remove":
                shown.expire(before=at(number), now_s=now_s)
            case "tell" | "close":
                shown.update_cases([case(name, number, closed=what == "close")], now_s=now_s)
            case "see":
                shown.update_stills([Still(camera=name, district="350582", time=at(number))], now=NOON)
            case "find":
                shown.update_rule_events([rule_event(name, number)])
            case "status":
                shown.set_status(msgspec.structs.replace(shown.status, cases_open=number))
            case _:
                slow.follow(shown)
        quick.follow(shown)
        assert quick.sees(shown)
    slow.follow(shown)
    assert slow.sees(shown)
    assert slow.follow(shown) == Delta(
        at=NOON, entities=[], gone=[], cases=[], cases_gone=[], stills=[], rule_events=[], status=None
    )


def test_what_moved_many_times_is_in_a_slow_browsers_delta_once() -> None:
    shown = new_state()
    slow = Follower(shown)
    for second in range(100):
        shown.update_entities([entity("a", second), entity("b", second)], now=NOON)
    delta = slow.follow(shown)
    assert [(entity.id, entity.time) for entity in delta.entities] == [("b", at(99)), ("a", at(99))]


def test_a_name_that_comes_after_the_fix_is_told() -> None:
    shown = new_state()
    shown.update_entities([entity("a", 10)], now=NOON)
    browser = Follower(shown)
    named = msgspec.structs.replace(entity("a", 10), name="公交车01")
    shown.update_entities([named], now=NOON)
    assert browser.follow(shown).entities == [named]
    shown.update_entities([named], now=NOON)
    assert browser.follow(shown).entities == []


def test_of_many_findings_the_newest_are_kept_and_one_that_got_its_case_is_told_again() -> None:
    shown = new_state()
    browser = Follower(shown)
    shown.update_rule_events([rule_event("a", second) for second in range(MAX_RULE_EVENTS + 5)])
    assert [event.time for event in browser.follow(shown).rule_events] == [
        at(second) for second in range(5, MAX_RULE_EVENTS + 5)
    ]
    with_case = rule_event("a", 100, case_number="SW202611240001")
    shown.update_rule_events(
        [rule_event("a", second) if second != 100 else with_case for second in range(5, 205)]
    )
    assert browser.follow(shown).rule_events == [with_case]
    assert len(shown.snapshot(NOON).rule_events) == MAX_RULE_EVENTS


def test_older_news_changes_nothing() -> None:
    shown = new_state()
    shown.update_entities([entity("a", 10)], now=NOON)
    shown.update_cases([case("c", 3)], now_s=0)
    version = shown.version
    shown.update_entities([entity("a", 10), entity("a", 9)], now=NOON)
    shown.update_cases([case("c", 3), case("c", 2)], now_s=0)
    shown.set_status(msgspec.structs.replace(shown.status, at=at(5)))
    assert shown.version == version


def test_what_has_left_is_told_and_forgotten_in_time() -> None:
    shown = new_state()
    shown.update_entities([entity("a", 0), entity("b", 100)], now=NOON)
    shown.update_cases([case("c", 1)], now_s=0)
    follower = Follower(shown)
    shown.expire(before=at(50), now_s=0)
    shown.update_cases([case("c", 2, closed=True)], now_s=0)
    delta = follower.follow(shown)
    assert (delta.gone, [told.number for told in delta.cases]) == (["vehicle/a"], ["c"])
    shown.expire(before=at(50), now_s=REMEMBER_S + 1)
    again = shown.delta(0, NOON)
    assert (again.gone, again.cases, [moved.id for moved in again.entities]) == ([], [], ["b"])


def test_what_comes_back_is_there_again() -> None:
    shown = new_state()
    shown.update_entities([entity("a", 0)], now=NOON)
    follower = Follower(shown)
    shown.expire(before=at(50), now_s=0)
    shown.update_entities([entity("a", 60)], now=NOON)
    delta = follower.follow(shown)
    assert (delta.gone, [moved.id for moved in delta.entities]) == ([], ["a"])
    shown.expire(before=at(50), now_s=REMEMBER_S + 1)
    assert [moved.id for moved in shown.delta(0, NOON).entities] == ["a"]


def test_a_snapshot_has_the_cases_that_are_due_first_and_counts_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(state, "MAX_CASES", 2)
    shown = LiveState(status=nothing_known(NOON), remember_s=REMEMBER_S)
    later = NOON + timedelta(hours=1)
    for number, deadline in (("a", None), ("b", later), ("c", NOON), ("d", later)):
        shown.update_cases([msgspec.structs.replace(case(number, 1), deadline_at=deadline)], now_s=0)
    found = shown.snapshot(NOON)
    assert ([each.number for each in found.cases], found.cases_left_out) == (["c", "b"], 2)
    shown.update_cases([case("c", 2, closed=True), case("b", 2, closed=True)], now_s=0)
    found = shown.snapshot(NOON)
    assert ({each.number for each in found.cases}, found.cases_left_out) == ({"a", "d"}, 0)

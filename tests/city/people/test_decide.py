"""The staff choose only steps that a case offers, with all required fields."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from city.people.case import Offer, OfferedCase
from city.people.decide import Colleagues, decide, takes
from city.people.staff import Habits, Member, staff
from city.people.words import note_of

NOW = datetime(2026, 11, 30, 4, tzinfo=UTC)
RELIABLE = Member(login="a", role="acceptor", name="王芳", title="受理员", title_en="acceptor")
CARELESS = Member(
    **{f: getattr(RELIABLE, f) for f in ("login", "role", "name", "title", "title_en")},
    habits=Habits(pace=2.0, late=0.3, wrong=1.0, lazy=1.0),
)
CASE = OfferedCase(
    number="SW202611300001", sequence=3, holder="dispatchers", source="camera", proposed="市政养护所",
    departments=("市政养护所", "环卫所"), hours_left=2.0,
)  # fmt: skip
COLLEAGUES = Colleagues(handlers=("handler-d01-1",), patrols=("patrol-1", "patrol-2"))


def move(case: OfferedCase, member: Member = RELIABLE, seed: int = 0) -> Any:
    return decide(case, member, colleagues=COLLEAGUES, now=NOW, chance=random.Random(seed))


def offering(case: OfferedCase = CASE, **offers: Offer) -> OfferedCase:
    return replace(case, offers=offers)


def test_nothing_is_done_where_nothing_is_offered() -> None:
    assert all(move(CASE, seed=seed) is None for seed in range(50))


def test_a_dispatcher_takes_the_proposed_department_and_a_careless_one_another() -> None:
    case = offering(dispatch=Offer(needs=frozenset({"department"}), primary=True))
    assert {move(case, seed=seed).department for seed in range(50)} == {"市政养护所"}
    assert {move(case, CARELESS, seed).department for seed in range(50)} == {"环卫所"}


def test_a_department_returns_a_case_that_is_not_its_own() -> None:
    case = replace(CASE, holder="department", department="环卫所")
    case = offering(case, handle=Offer(primary=True), **{"return": Offer(needs=frozenset({"note"}))})
    assert {move(case, seed=seed).action for seed in range(50)} == {"return"}
    own = replace(case, department="市政养护所")
    assert {move(own, seed=seed).action for seed in range(50)} == {"handle"}


def test_what_a_camera_still_sees_is_reworked_by_who_looks_and_passed_by_who_does_not() -> None:
    case = replace(CASE, holder="acceptors", still_seen=True)
    case = offering(case, check=Offer(primary=True), rework=Offer(needs=frozenset({"note"})))
    assert {move(case, seed=seed).action for seed in range(50)} == {"rework"}
    assert {move(case, CARELESS, seed).action for seed in range(50)} == {"check"}
    again = replace(case, reworks=2)  # not for ever
    assert "check" in {move(again, seed=seed).action for seed in range(50)}


def test_a_lazy_handler_says_done_without_doing_it() -> None:
    case = offering(replace(CASE, holder="department", department="市政养护所"), handle=Offer(primary=True))
    assert move(case, CARELESS).pretended
    assert not move(case).pretended


def test_a_shift_lead_urges_what_is_overdue_once() -> None:
    lead = Member(login="l", role="shift_lead", name="李", title="值班长", title_en="shift lead")
    case = offering(urge=Offer(needs=frozenset({"note"})))
    assert move(case, lead) is None
    overdue = replace(case, hours_left=-1.0)
    assert move(overdue, lead).action == "urge"
    assert move(overdue, lead).note
    assert move(replace(overdue, told=frozenset({"urge"})), lead) is None


def test_an_ended_case_is_left_alone_but_for_a_call_back() -> None:
    ended = offering(replace(CASE, holder="none"), reopen=Offer(needs=frozenset({"note"}), primary=True))
    assert all(move(ended, seed=seed) is None for seed in range(50))
    answers = Offer(needs=frozenset({"answer"}), answers=("content", "not_content"))
    heard = offering(replace(ended, source="hotline"), call_back=answers)
    assert {each.answer for seed in range(50) if (each := move(heard, seed=seed)) is not None} <= {
        "very_content", "content", "not_content", "not_reached",
    }  # fmt: skip


ACTIONS = ("accept", "open", "refuse", "dispatch", "take", "assign", "handle", "check", "close", "rework",
           "return", "verify", "check_request", "defer", "suspend_request", "merge", "split")  # fmt: skip
NEEDS = ("note", "reason", "department", "assignee", "condition", "until", "pictures", "into", "incidents")
OFFERS = st.builds(
    Offer,
    needs=st.frozensets(st.sampled_from(NEEDS)),
    reasons=st.sampled_from([(), ("not_done", "wrong_place")]),
    primary=st.booleans(),
)


@given(
    offers=st.dictionaries(st.sampled_from(ACTIONS), OFFERS),
    holder=st.sampled_from(("acceptors", "dispatchers", "department", "handler")),
    still_seen=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_a_move_is_always_one_that_is_offered_and_complete(
    *, offers: dict[str, Offer], holder: str, still_seen: bool, seed: int
) -> None:
    case = replace(CASE, holder=holder, still_seen=still_seen, offers=offers)
    for member in (RELIABLE, CARELESS):
        made = move(case, member, seed)
        if made is None:
            continue
        needs = offers[made.action].needs
        assert not needs & {"into", "incidents"}
        for need in needs & {"note", "department", "assignee", "condition", "until", "pictures"}:
            assert getattr(made, need)
        if "reason" in needs:
            assert made.reason in offers[made.action].reasons or made.note


def test_a_near_deadline_hurries_and_who_is_late_takes_longest() -> None:
    def hours(hours_left: float, member: Member) -> float:
        chance = random.Random(1)
        case = replace(CASE, hours_left=hours_left)
        return sum(takes("handle", case, member, chance) / timedelta(hours=1) for _ in range(500)) / 500

    assert hours(2.0, RELIABLE) < hours(100.0, RELIABLE) < hours(100.0, CARELESS)


def test_the_same_seed_makes_the_same_staff_with_logins_of_their_own() -> None:
    departments = [("D01", "市政养护所"), ("D02", "城管执法中队")]
    members = staff(7, departments)
    assert members == staff(7, departments)
    assert members != staff(8, departments)
    assert len({member.login for member in members}) == len(members)
    assert len({member.name for member in members}) == len(members)
    assert {member.role for member in members} == {
        "acceptor", "dispatcher", "shift_lead", "inspector", "leader", "patrol", "department_desk", "handler",
    }  # fmt: skip


def test_every_note_has_words() -> None:
    chance = random.Random(1)
    assert all(note_of(action, chance).strip() for action in (*ACTIONS, "something_new"))

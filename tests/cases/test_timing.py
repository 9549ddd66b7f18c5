"""What becomes due on a case by time alone, and when nothing is due any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cases import CasePolicy, CaseState, clocks
from cases.clocks import CaseClock, Clock, Clocks, Limit
from cases.timing import Due, Timed, TimingRules, due, passed
from cases.workflow import Workflow, load_workflow

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
POLICY = CasePolicy.load()
SMALL = load_workflow(None, "small")
FULL = load_workflow(None, "full")
TWO_HOURS = Limit(amount=2, clock=Clock.URGENT_HOUR)


def case(known: Clocks | None = None, **changes: Any) -> CaseState:
    fields: dict[str, Any] = {
        "number": "SW202611240001",
        "category": "event",
        "code_set": "A",
        "code": "0501",
        "district": "350582",
        "lon": 118.6,
        "lat": 24.9,
        "stage": "dispatched",
        "reported_at": NOON,
        "opened_at": NOON,
        "clocks": clocks.to_json(known or {}),
        "sequence": 2,
        "changed_at": NOON,
    }
    return CaseState(**(fields | changes))


def handling(**changes: Any) -> Clocks:
    return {"handle": CaseClock(limit=TWO_HOURS, started_at=NOON, **changes)}


def test_a_running_clock_has_a_warning_and_a_deadline() -> None:
    assert due(case(handling()), POLICY, SMALL) == [
        Due(at=NOON + 1.6 * HOUR, what=Timed.WARN, clock="handle"),
        Due(at=NOON + 2 * HOUR, what=Timed.RUN_OUT, clock="handle"),
    ]


def test_a_recorded_deadline_is_not_due_again() -> None:
    known = case(handling())
    for what in (Timed.WARN, Timed.RUN_OUT):
        (next_due, *_) = due(known, POLICY, SMALL)
        assert next_due.what is what
        known = replace(known, **passed(known, next_due, POLICY, at=NOON + 3 * HOUR))
    assert due(known, POLICY, SMALL) == []
    assert known.deadline_at == NOON + 2 * HOUR, "late is late: the deadline stays"


def test_more_time_is_warned_of_again() -> None:
    known = case(clocks.extend(handling(warned_at=NOON, ran_out_at=NOON), "handle"))
    assert [each.at - NOON for each in due(known, POLICY, SMALL)] == [3.6 * HOUR, 4 * HOUR]


def test_nothing_is_due_on_a_clock_that_is_paused_or_has_ended_nor_on_a_case_that_has_ended() -> None:
    paused = clocks.pause(handling(), "handle", NOON + HOUR, cause="suspended")
    assert due(case(paused), POLICY, SMALL) == []
    assert due(case(clocks.end(handling(), "handle", NOON + HOUR)), POLICY, SMALL) == []
    assert due(case(handling(), closed_at=NOON + HOUR), POLICY, SMALL) == []


def test_a_case_of_before_there_were_clocks_has_its_handling_deadline() -> None:
    old = case(
        handling_deadline_at=NOON + 2 * HOUR,
        handling_limit={"condition": None, "amount": 2, "clock": "urgent_hour"},
    )
    (_, ends) = due(old, POLICY, SMALL)
    assert ends == Due(at=NOON + 2 * HOUR, what=Timed.RUN_OUT, clock="handle")
    assert due(replace(old, **passed(old, ends, POLICY, at=NOON + 3 * HOUR)), POLICY, SMALL) == []


def test_a_city_may_want_no_warnings() -> None:
    policy = replace(POLICY, timing=TimingRules(warning_share=0))
    assert [each.what for each in due(case(handling()), policy, SMALL)] == [Timed.RUN_OUT]


def seen(**changes: Any) -> CaseState:
    """A camera's case without clocks."""
    return case(None, **({"source": "camera", "camera": "cam-01", "seen_at": NOON} | changes))


def sights(
    known: CaseState, workflow: Workflow = SMALL, policy: CasePolicy = POLICY
) -> list[tuple[str, timedelta]]:
    return [(each.what, each.at - NOON) for each in due(known, policy, workflow)]


def test_a_suspension_ends_by_itself() -> None:
    assert sights(case(suspended_until=NOON + HOUR)) == [("resume", HOUR)]
    assert sights(case(suspended_until=NOON + HOUR, closed_at=NOON)) == []


def test_what_was_handled_and_is_seen_put_right_has_passed_its_check() -> None:
    restored = {"handled_at": NOON + HOUR, "restored_at": NOON + 2 * HOUR}
    assert sights(seen(stage="handled", **restored)) == [("check", 2 * HOUR)]
    assert sights(seen(stage="checked", **restored)) == []
    assert sights(seen(stage="confirmed", **restored), FULL) == [("check", 2 * HOUR)]
    assert sights(seen(stage="confirmed", checked="done", **restored), FULL) == []
    assert sights(seen(stage="handled", checked="not_done", **restored)) == [], "somebody was there"
    assert sights(seen(stage="dispatched", restored_at=NOON)) == [], "nobody has handled it"
    assert sights(seen(stage="handled", source="hotline", **restored)) == []


def test_what_was_handled_and_is_still_seen_goes_back_after_the_citys_time() -> None:
    assert sights(seen(stage="handled", handled_at=NOON)) == [("rework", HOUR)]
    assert sights(seen(stage="handled", handled_at=NOON, flood_of="box/1")) == []
    policy = replace(POLICY, timing=TimingRules(rework_by_camera=False))
    assert sights(seen(stage="handled", handled_at=NOON), policy=policy) == []


def test_what_was_ended_and_is_still_seen_is_opened_again_so_often_and_no_oftener() -> None:
    ended = {"closed_at": NOON, "ended_as": "closed", "stage": "closed"}
    assert sights(seen(**ended)) == [("reopen", 4 * HOUR)]
    assert sights(seen(**ended, reopen_count=3)) == []
    assert sights(seen(**ended, restored_at=NOON)) == []
    assert sights(seen(**ended | {"stage": "merged", "ended_as": "merged"})) == [], "it goes on elsewhere"


def test_of_a_stage_that_the_workflow_does_not_know_everything_may_be_due() -> None:
    assert sights(seen(stage="of_long_ago", handled_at=NOON)) == [("rework", HOUR)]

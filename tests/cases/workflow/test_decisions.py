"""What an action needs, what refuses it, and what it does to a case beyond its stage."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from cases import ActionRefusedError, Actor, Rights, Role
from cases.clocks import from_json
from cases.errors import RefusedBecause
from cases.state import CaseState
from cases.workflow import Given, Need, Workflow, beginning, decide, load_workflow, possible
from tests.cases.cases_in_stages import DEPARTMENT, LATER, NOON, OTHER, POLICY, case_in, person

SUSPENDED_ONCE: Final = {"suspension_count": 1}
FULL: Final = load_workflow(None, "full")
SMALL: Final = load_workflow(None, "small")
SYSTEM: Final = Actor.system("system/test")
RIGHTS: Final = Rights.shipped()


def take(
    case: CaseState,
    action: str,
    workflow: Workflow = FULL,
    *,
    actor: Actor = SYSTEM,
    now: datetime = LATER,
    **given: Any,
) -> CaseState:
    sets = decide(workflow, case, action, Given(**given), actor=actor, rights=RIGHTS, now=now, policy=POLICY)
    return replace(case, **sets)


def refusal(case: CaseState, action: str, workflow: Workflow = FULL, **given: Any) -> ActionRefusedError:
    with pytest.raises(ActionRefusedError) as refused:
        take(case, action, workflow, **given)
    return refused.value


@pytest.mark.parametrize(
    ("stage", "action", "given", "code"),
    [
        ("opened", "dispatch", {}, "needs_department"),
        ("dispatched", "dispatch", {"department": DEPARTMENT, "note": "n"}, "same_department"),
        ("taken", "assign", {}, "needs_assignee"),
        ("taken", "return", {}, "needs_reason"),
        ("taken", "return", {"reason": "not_done"}, "no_reason"),
        ("taken", "handle", {}, "needs_pictures"),
        ("dispatched", "suspend_request", {"note": "n"}, "needs_until"),
        ("dispatched", "suspend_request", {"note": "n", "until": NOON}, "wrong_until"),
        ("dispatched", "suspend_request", {"note": "n", "until": NOON + timedelta(days=400)}, "wrong_until"),
        ("opened", "urge", {}, "needs_note"),
        ("opened", "merge", {}, "needs_into"),
        ("opened", "merge", {"into": "SW202611240001"}, "same_case"),
        ("opened", "split", {}, "needs_incidents"),
        ("closed", "call_back", {}, "needs_answer"),
        ("closed", "call_back", {"answer": "done"}, "no_answer"),
    ],
)
def test_what_an_action_lacks_has_a_code(stage: str, action: str, given: dict[str, Any], code: str) -> None:
    refused = refusal(case_in(FULL, stage), action, **given)
    assert refused.code == code
    assert refused.because is RefusedBecause.INCOMPLETE


@pytest.mark.parametrize(
    ("stage", "action", "fields", "given", "code"),
    [
        ("opened", "close", {}, {}, "restored"),
        ("found_wanting", "rework", {}, {"note": "n"}, "has_department"),
        ("confirmed", "close", {"task": {"kind": "check"}}, {}, "no_task_out"),
        ("confirmed", "close", {"checked": "not_done"}, {}, "not_found_undone"),
        ("confirmed", "check_answer", {}, {"answer": "done"}, "check_out"),
        ("reported", "verify_answer", {"task": {"kind": "check"}}, {"answer": "exists"}, "verification_out"),
        ("taken", "defer", {"deferral_asked": {"with": "dispatcher"}}, {"note": "n"},
         "deferral_not_with_dispatcher"),
        ("taken", "defer_grant", {}, {}, "deferral_with_dispatcher"),
        ("taken", "defer_grant", {"deferral_asked": {"with": "department"}}, {}, "deferral_with_dispatcher"),
        ("taken", "defer_refuse", {}, {"note": "n"}, "deferral_asked"),
        ("taken", "defer", {"deferral_count": 2}, {"note": "n"}, "deferrals_left"),
        ("taken", "defer", {"handling_deadline_at": NOON}, {"note": "n"}, "in_time"),
        ("taken", "suspend_request", SUSPENDED_ONCE, {"note": "n", "until": LATER}, "never_suspended"),
        ("taken", "resume", {}, {}, "suspended"),
        ("taken", "answer_urge", {}, {"note": "n"}, "urged"),
        ("taken", "answer_urge", {"urged_at": NOON, "urge_answered_at": NOON}, {"note": "n"}, "urged"),
        ("taken", "key", {"key_case": True}, {"note": "n"}, "not_key"),
        ("taken", "assign", {"suspended_until": LATER}, {"assignee": "wang"}, "is_suspended"),
        ("closed", "appeal", {}, {"note": "n"}, "has_department"),
        ("closed", "appeal", {"department": DEPARTMENT, "appeal": "refused"}, {"note": "n"},
         "never_appealed"),
        ("closed", "appeal_grant", {}, {"note": "n"}, "appeal_asked"),
        ("assigned", "return", {}, {"note": "n"}, "wrong_stage"),
        ("returned", "close", {}, {}, "wrong_stage"),
        ("opened", "cancel", {}, {"note": "n"}, "not_in_workflow"),
    ],
)  # fmt: skip
def test_what_the_case_does_not_allow_now_has_a_code(
    stage: str, action: str, fields: dict[str, Any], given: dict[str, Any], code: str
) -> None:
    refused = refusal(case_in(FULL, stage, **fields), action, **given)
    assert refused.code == code
    assert refused.because is RefusedBecause.NOT_NOW


@pytest.mark.parametrize("action", ["update", "restore", "join", "clock_ran_out", "nonsense"])
def test_what_people_do_not_do_is_refused(action: str) -> None:
    assert refusal(case_in(FULL, "opened"), action).code == "not_for_people"


def test_a_right_is_needed_and_its_lack_is_named() -> None:
    refused = refusal(case_in(FULL, "opened"), "dispatch", actor=person(Role.ACCEPTOR), department=DEPARTMENT)
    assert (refused.code, refused.because) == ("not_allowed", RefusedBecause.NOT_ALLOWED)


def test_an_action_without_a_right_is_not_shown_and_a_guarded_one_says_why() -> None:
    shown = {
        each.action: each
        for each in possible(
            FULL, case_in(FULL, "opened"), actor=person(Role.DISPATCHER), rights=RIGHTS, now=LATER
        )
    }
    assert "self_handle" not in shown
    assert shown["dispatch"].primary
    assert shown["dispatch"].needs == (Need.DEPARTMENT,)
    assert next(iter(shown["return"].reasons)) == "not_our_bureau"
    assert "close" not in shown  # for acceptors and shift leads
    closing = {
        each.action: each
        for each in possible(
            FULL, case_in(FULL, "opened"), actor=person(Role.SHIFT_LEAD), rights=RIGHTS, now=LATER
        )
    }["close"]
    assert closing.refusal is not None
    assert closing.refusal.code == "restored"


def test_a_condition_is_asked_for_only_while_the_case_has_none() -> None:
    without = case_in(FULL, "accepted", condition=None)
    assert refusal(without, "open").code == "needs_condition"
    assert take(without, "open", condition="2").condition == "2"
    assert refusal(without, "open", condition="9").code == "no_condition"
    assert take(case_in(FULL, "accepted"), "open").condition == "1"


def test_ending_a_case_that_a_camera_still_sees_needs_a_reason_and_is_marked() -> None:
    seen = case_in(SMALL, "checked", source="camera", seen_at=NOON)
    assert refusal(seen, "close", SMALL).code == "needs_note"
    [closing] = [
        each
        for each in possible(SMALL, seen, actor=SYSTEM, rights=RIGHTS, now=LATER)
        if each.action == "close"
    ]
    assert Need.NOTE in closing.needs
    assert take(seen, "close", SMALL, note="the camera looks at a painted lid").closed_while_seen
    assert not take(replace(seen, restored_at=NOON), "close", SMALL).closed_while_seen
    assert not take(replace(seen, source="hotline"), "close", SMALL).closed_while_seen
    assert not take(seen, "merge", SMALL, into="SW202611240009").closed_while_seen


def test_the_handling_starts_at_the_dispatch_and_keeps_its_deadline_through_return_and_rework() -> None:
    case = case_in(FULL, "opened")
    assert "handle" not in case.clocks
    case = take(case, "dispatch", department=DEPARTMENT, now=NOON)
    deadline = case.handling_deadline_at
    assert deadline == NOON + timedelta(hours=2)
    case = take(case, "return", reason="not_our_department")
    assert (case.department, case.return_count, case.handling_deadline_at) == (None, 1, deadline)
    case = take(case, "dispatch", department=OTHER)
    assert case.handling_deadline_at == deadline
    case = take(take(take(case, "take"), "handle", evidence=("ab",)), "confirm")
    assert case.handled_at == LATER
    assert from_json(case.clocks)["handle"].ended_at == LATER
    case = take(take(case, "rework", reason="not_done"), "rework", reason="not_done")
    assert (case.stage, case.department, case.rework_count) == ("taken", OTHER, 1)
    assert (case.handled_at, case.handling_deadline_at) == (None, deadline)
    assert case.deadline_at == deadline


def test_another_department_gets_the_case_without_a_return() -> None:
    case = take(case_in(SMALL, "dispatched"), "dispatch", SMALL, department=OTHER, note="theirs")
    assert (case.stage, case.department, case.return_count) == ("dispatched", OTHER, 0)


def test_a_checked_case_can_be_reworked() -> None:
    checked = case_in(SMALL, "checked", department=DEPARTMENT, checked="not_done")
    case = take(checked, "rework", SMALL, note="not done")
    assert (case.stage, case.department, case.rework_count, case.checked) == (
        "dispatched", DEPARTMENT, 1, None,
    )  # fmt: skip


def test_a_place_seen_put_right_closes_without_a_pretended_handling() -> None:
    case = take(case_in(SMALL, "opened", restored_at=NOON, seen_at=NOON, source="camera"), "close", SMALL)
    assert (case.stage, case.ended_as, case.handled_at) == ("closed", "closed", NOON)


def test_a_deferral_goes_through_the_department_and_moves_the_deadline_by_the_limit() -> None:
    handler = person(Role.HANDLER, name="chen")
    desk = person(Role.DEPARTMENT_DESK, department=DEPARTMENT)
    dispatcher = person(Role.DISPATCHER, name="sun")
    case = take(case_in(FULL, "assigned"), "defer", note="rain", actor=handler)
    assert case.deferral_asked is not None
    assert case.deferral_asked["with"] == "department"
    assert refusal(case, "defer_grant", actor=dispatcher).code == "deferral_with_dispatcher"
    case = take(case, "defer", note="rain", actor=desk)
    refused = take(case, "defer_refuse", note="no", actor=dispatcher)
    assert (refused.deferral_asked, refused.deferral_count) == (None, 0)
    granted = take(case, "defer_grant", actor=dispatcher)
    assert (granted.deferral_asked, granted.deferral_count) == (None, 1)
    assert granted.handling_deadline_at == NOON + timedelta(hours=4)
    again = take(take(granted, "defer", note="rain"), "defer_grant", actor=dispatcher)
    assert again.handling_deadline_at == NOON + timedelta(hours=6)
    assert refusal(again, "defer", note="rain").code == "deferrals_left"


def test_a_request_that_was_not_decided_in_time_is_not_granted() -> None:
    case = take(case_in(FULL, "taken"), "defer", note="rain")
    assert refusal(case, "defer_grant", now=NOON + timedelta(hours=3)).code == "in_time"


def test_a_suspension_stops_the_clocks_and_its_end_gives_the_rest() -> None:
    until = LATER + timedelta(days=30)
    asked = take(case_in(FULL, "taken"), "suspend_request", note="no material", until=until)
    assert (asked.suspended_until, asked.suspension_asked and asked.suspension_asked["by"]) == (
        None,
        SYSTEM.name,
    )
    refused = take(asked, "suspend_refuse", note="no")
    assert (refused.suspension_asked, refused.suspension_count) == (None, 0)
    case = take(asked, "suspend_grant", actor=person(Role.DISPATCHER, name="sun"))
    assert (case.suspended_until, case.deadline_at) == (until, None)
    case = take(case, "resume", now=until)
    assert case.suspended_until is None
    assert case.handling_deadline_at == until + timedelta(hours=2) - (LATER - NOON)


def test_a_task_pauses_the_clock_of_who_asked_and_belongs_to_who_was_sent() -> None:
    case = take(case_in(FULL, "confirmed", assignee="chen"), "check_request", assignee="wang")
    assert case.task is not None
    assert (case.assignee, case.task["kind"], case.task["handler"]) == ("wang", "check", "chen")
    assert from_json(case.clocks)["close"].paused
    assert case.deadline_at == LATER + timedelta(minutes=30)
    again = take(case, "check_request", assignee="zhou")
    assert (again.assignee, again.task and again.task["handler"]) == ("zhou", "chen")
    patrol = person(Role.PATROL, name="zhou")
    assert refusal(case, "check_answer", answer="done", actor=patrol).code == "not_allowed"
    answered = take(again, "check_answer", answer="done", actor=patrol, now=NOON + timedelta(minutes=20))
    assert (answered.task, answered.assignee, answered.checked) == (None, "chen", "done")
    assert answered.deadline_at == NOON + timedelta(minutes=25)


def test_an_end_withdraws_a_task_and_ends_all_clocks() -> None:
    case = take(case_in(FULL, "reported"), "verify", assignee="wang")
    case = take(case, "refuse", reason="duplicate")
    assert (case.task, case.assignee, case.deadline_at) == (None, None, None)
    assert all(clock.ended_at is not None for clock in from_json(case.clocks).values())


def test_an_appeal_has_two_reviews() -> None:
    case = take(case_in(FULL, "closed", department=DEPARTMENT), "appeal", note="rain")
    lead = person(Role.SHIFT_LEAD)
    assert refusal(case, "appeal_grant", note="n", actor=lead).code == "appeal_supported"
    case = take(case, "appeal_grant", note="true", actor=person(Role.DISPATCHER, name="sun"))
    assert case.appeal == "supported"
    assert take(case, "appeal_refuse", note="no", actor=lead).appeal == "refused"
    case = take(case, "appeal_grant", note="true", actor=lead)
    assert (case.appeal, case.stage) == ("granted", "closed")


def test_a_case_reopened_goes_on() -> None:
    closed = take(case_in(FULL, "opened", department=DEPARTMENT), "force_close", note="by order")
    assert (closed.forced, closed.ended_as, closed.handled_at) == (True, "closed", None)
    case = take(closed, "reopen", reason="happened_again")
    assert (case.stage, case.forced, case.ended_as, case.closed_at) == ("found_wanting", False, None, None)
    assert case.rework_count == 1
    assert case.deadline_at is not None


def test_a_trusted_source_opens_its_case_and_others_wait_for_an_acceptor() -> None:
    case = case_in(FULL, "reported")
    trusted = beginning(FULL, case, trusted=True, now=NOON, policy=POLICY)
    assert (trusted["stage"], trusted["opened_at"], list(trusted["clocks"])) == ("opened", NOON, ["dispatch"])
    waits = beginning(FULL, case, trusted=False, now=NOON, policy=POLICY)
    assert (waits["stage"], waits["opened_at"], waits["holder"]) == ("reported", None, "acceptors")
    assert waits["deadline_at"] == NOON + timedelta(minutes=15)


def test_a_case_of_before_there_were_clocks_keeps_its_deadline() -> None:
    deadline = NOON + timedelta(hours=2)
    old = case_in(
        SMALL, "dispatched", clocks={}, opened_at=NOON, deadline_at=deadline, handling_deadline_at=deadline
    )
    case = take(old, "urge", SMALL, note="please")
    assert (case.deadline_at, case.handling_deadline_at) == (deadline, deadline)
    assert take(old, "defer", SMALL, note="rain").deadline_at == deadline


def test_only_what_changes_is_set() -> None:
    sets = decide(
        FULL, case_in(FULL, "opened"), "key", Given(note="mayor"), actor=SYSTEM, rights=RIGHTS, now=LATER,
        policy=POLICY,
    )  # fmt: skip
    assert sets == {"key_case": True}

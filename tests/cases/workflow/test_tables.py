"""The shipped workflows, written out a second time: every action from every stage."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import pytest

from cases import PERSONS_ROLES, ActionRefusedError, Actor, Rights
from cases.clocks import from_json
from cases.state import CaseState
from cases.workflow import ACTIONS, Given, Workflow, decide, load_workflow, possible
from tests.cases.cases_in_stages import DEPARTMENT, LATER, NOON, OTHER, POLICY, case_in

SYSTEM: Final = Actor.system("system/test")
STAYS: Final = ""

MARKS_OF_OPEN: Final = {
    "urge": STAYS, "answer_urge": STAYS, "key": STAYS, "merge": "merged", "split": STAYS,
    "force_close": "closed", "resume": STAYS,
}  # fmt: skip
VERIFY: Final = {"verify": STAYS, "verify_answer": STAYS}
CHECK: Final = {"check_request": STAYS, "check_answer": STAYS}
SUSPEND: Final = {"suspend_request": STAYS, "suspend_grant": STAYS, "suspend_refuse": STAYS}
DEFER: Final = {"defer": STAYS, "defer_grant": STAYS, "defer_refuse": STAYS}

SMALL: Final[Mapping[str, Mapping[str, str]]] = {
    "reported": {
        **MARKS_OF_OPEN, **VERIFY,
        "open": "opened", "refuse": "refused", "self_handle": "handled", "cancel": "cancelled",
    },
    "opened": {
        **MARKS_OF_OPEN, **VERIFY,
        "dispatch": "dispatched", "self_handle": "handled", "close": "closed", "cancel": "cancelled",
    },
    "dispatched": {
        **MARKS_OF_OPEN, **DEFER, **SUSPEND,
        "dispatch": "dispatched", "return": "opened", "handle": "handled", "close": "closed",
        "cancel": "cancelled",
    },
    "handled": {
        **MARKS_OF_OPEN, **CHECK, "check": "checked", "rework": "dispatched", "close": "closed",
    },
    "checked": {**MARKS_OF_OPEN, **CHECK, "rework": "dispatched", "close": "closed"},
    "closed": {"reopen": "opened", "call_back": STAYS},
    "cancelled": {"reopen": "opened"},
    "refused": {},
    "merged": {},
}  # fmt: skip

FULL: Final[Mapping[str, Mapping[str, str]]] = {
    "reported": {
        **MARKS_OF_OPEN, **VERIFY,
        "accept": "accepted", "refuse": "refused", "void": "void", "self_handle": "confirmed",
    },
    "accepted": {
        **MARKS_OF_OPEN, **VERIFY,
        "open": "opened", "not_open": "not_opened", "void": "void", "self_handle": "confirmed",
    },
    "opened": {
        **MARKS_OF_OPEN, **SUSPEND,
        "dispatch": "dispatched", "return": "sent_back", "self_handle": "confirmed", "close": "closed",
    },
    "returned": {**MARKS_OF_OPEN, "dispatch": "dispatched", "return": "sent_back"},
    "sent_back": {**MARKS_OF_OPEN, **VERIFY, "open": "opened", "void": "void"},
    "dispatched": {
        **MARKS_OF_OPEN, **DEFER, **SUSPEND,
        "take": "taken", "dispatch": "dispatched", "return": "returned", "close": "closed",
    },
    "taken": {
        **MARKS_OF_OPEN, **DEFER, **SUSPEND,
        "assign": "assigned", "handle": "handled", "dispatch": "dispatched", "return": "returned",
        "close": "closed",
    },
    "assigned": {
        **MARKS_OF_OPEN, **DEFER, **SUSPEND,
        "withdraw": "taken", "hand_back": "taken", "handle": "replied",
    },
    "replied": {
        **MARKS_OF_OPEN, "defer_grant": STAYS, "defer_refuse": STAYS,
        "confirm": "handled", "rework": "assigned",
    },
    "handled": {**MARKS_OF_OPEN, "confirm": "confirmed", "rework": "taken", "close": "closed"},
    "confirmed": {**MARKS_OF_OPEN, **CHECK, "close": "closed", "rework": "found_wanting"},
    "found_wanting": {**MARKS_OF_OPEN, "rework": "taken", "dispatch": "dispatched"},
    "closed": {
        "reopen": "found_wanting", "call_back": STAYS, "appeal": STAYS, "appeal_grant": STAYS,
        "appeal_refuse": STAYS,
    },
    "refused": {"call_back": STAYS},
    "not_opened": {"call_back": STAYS, "reopen": "found_wanting"},
    "void": {"reopen": "found_wanting"},
    "merged": {},
}  # fmt: skip

TABLES: Final = {"small": SMALL, "full": FULL}
WORKFLOWS: Final = {name: load_workflow(None, name) for name in TABLES}
TASKS: Final = {"verify", "check"}
EVERY: Final = [(name, stage) for name, table in TABLES.items() for stage in table]

READY: Final[Mapping[str, dict[str, Any]]] = {
    "verify_answer": {"task": {"kind": "verify", "assignee": "patrol", "handler": None}},
    "check_answer": {"task": {"kind": "check", "assignee": "patrol", "handler": None}},
    "resume": {"suspended_until": NOON + timedelta(days=9)},
    "answer_urge": {"urged_at": NOON},
    "defer_grant": {"deferral_asked": {"with": "dispatcher"}},
    "defer_refuse": {"deferral_asked": {"with": "dispatcher"}},
    "suspend_grant": {"suspension_asked": {"until": (NOON + timedelta(days=9)).isoformat()}},
    "suspend_refuse": {"suspension_asked": {"until": (NOON + timedelta(days=9)).isoformat()}},
    "appeal_grant": {"appeal": "asked"},
    "appeal_refuse": {"appeal": "asked"},
}
"""What must hold of a case so that the action's guards let it pass."""

ANSWER: Final = {"verify_answer": "exists", "check_answer": "done", "call_back": "content"}


def given(action: str) -> Given:
    """All that any action asks for."""
    return Given(
        note="because",
        department=OTHER,
        assignee="wang",
        condition="1",
        until=NOON + timedelta(days=30),
        answer=ANSWER.get(action),
        evidence=("ab",),
        into="SW202611240002",
        incidents=(uuid4(),),
    )


def decided(workflow: Workflow, case: CaseState, action: str) -> dict[str, Any]:
    return decide(
        workflow, case, action, given(action), actor=SYSTEM, rights=Rights.shipped(), now=LATER, policy=POLICY
    )


@pytest.mark.parametrize("name", TABLES)
def test_the_second_table_has_the_stages_of_the_workflow(name: str) -> None:
    assert set(WORKFLOWS[name].stages) == set(TABLES[name])


@pytest.mark.parametrize(("name", "stage"), EVERY)
def test_an_action_leads_where_the_table_says_or_is_refused(name: str, stage: str) -> None:
    workflow = WORKFLOWS[name]
    for action in sorted(ACTIONS):
        case = case_in(workflow, stage, restored_at=NOON, **READY.get(action, {}))
        case = replace(case, department=case.department or DEPARTMENT, assignee=case.assignee or "chen")
        expected = TABLES[name][stage].get(action)
        if expected is None:
            with pytest.raises(ActionRefusedError) as refused:
                decided(workflow, case, action)
            assert refused.value.code == ("wrong_stage" if action in workflow.actions else "not_in_workflow")
            continue
        after = replace(case, **decided(workflow, case, action))
        assert after.stage == (expected or stage), action
        assert after.holder == workflow.stages[after.stage].holder
        assert after.ended_as == workflow.stages[after.stage].ended_as
        assert (after.closed_at is None) is (after.ended_as is None)
        running = {name for name, clock in from_json(after.clocks).items() if clock.ended_at is None}
        started = {"handle"} & set(from_json(after.clocks))  # by a dispatch
        assert running - TASKS - started == set(workflow.stages[after.stage].clocks) - {"handle"}
        assert running & TASKS == ({after.task["kind"]} if after.task is not None else set())


@pytest.mark.parametrize(("name", "stage"), EVERY)
def test_what_is_possible_is_what_the_table_has(name: str, stage: str) -> None:
    workflow = WORKFLOWS[name]
    case = case_in(workflow, stage)
    found = possible(workflow, case, actor=SYSTEM, rights=Rights.shipped(), now=LATER)
    assert {each.action for each in found} == set(TABLES[name][stage]) - set(READY)  # nothing waits for these
    assert sum(each.primary for each in found) == (0 if workflow.stages[stage].ended_as else 1)


@pytest.mark.parametrize("name", TABLES)
def test_some_role_has_the_right_to_each_step(name: str) -> None:
    """A step that the shipped rights give to nobody would be one that no city can take."""
    workflow = WORKFLOWS[name]
    for stage, table in TABLES[name].items():
        for action in table:
            case = case_in(workflow, stage, **READY.get(action, {}))
            case = replace(case, department=DEPARTMENT, assignee="wang", opener="wang")
            takes = {
                role
                for role in PERSONS_ROLES
                for each in possible(
                    workflow,
                    case,
                    actor=Actor(name="wang", roles=frozenset({role}), department=DEPARTMENT),
                    rights=Rights.shipped(),
                    now=LATER,
                )
                if each.action == action
            }
            assert takes, f"nobody may {action} in {stage}"

"""Any sequence of actions, by anybody, against a second model that shares only the table of rights.

The model keeps a case as a few plain values and its deadline as a sum; it reads no workflow file. It says of
each action whether it is refused, with which code, and where the case stands after it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

import pytest
from hypothesis import given as given_by
from hypothesis import settings
from hypothesis import strategies as st

from cases import ActionRefusedError, Actor, Rights, Role
from cases.clocks import from_json
from cases.state import CaseState
from cases.workflow import ACTIONS, Given, beginning, decide
from tests.cases.cases_in_stages import DEPARTMENT, NOON, OTHER, POLICY, case_in
from tests.cases.workflow.test_tables import TABLES, WORKFLOWS

RIGHTS: Final = Rights.shipped()
HANDLING: Final = timedelta(hours=2)
ACTORS: Final = (
    Actor.system("system/test"),
    Actor(name="zhou", roles=frozenset({Role.PATROL})),
    Actor(name="qian", roles=frozenset({Role.ACCEPTOR})),
    Actor(name="sun", roles=frozenset({Role.SHIFT_LEAD})),
    Actor(name="li", roles=frozenset({Role.DISPATCHER})),
    Actor(name="wang", roles=frozenset({Role.DEPARTMENT_DESK}), department=DEPARTMENT),
    Actor(name="wu", roles=frozenset({Role.DEPARTMENT_DESK}), department=OTHER),
    Actor(name="chen", roles=frozenset({Role.HANDLER}), department=DEPARTMENT),
    Actor(name="zheng", roles=frozenset({Role.LEADER})),
)
HOLDERS: Final = {
    "small": {
        "reported": "acceptors", "opened": "dispatchers", "dispatched": "department", "handled": "acceptors",
        "checked": "acceptors",
    },
    "full": {
        "reported": "acceptors", "accepted": "acceptors", "sent_back": "acceptors", "confirmed": "acceptors",
        "opened": "dispatchers", "returned": "dispatchers", "handled": "dispatchers",
        "found_wanting": "dispatchers", "dispatched": "department", "taken": "department",
        "replied": "department", "assigned": "handler",
    },
}  # fmt: skip
HANDLED: Final = {"handled", "checked", "confirmed"}
ENDED: Final = {"closed", "cancelled", "refused", "not_opened", "void", "merged"}
WHILE_SUSPENDED: Final = {"urge", "answer_urge", "key", "merge", "force_close", "resume"}
NEEDS: Final[dict[str, str]] = {
    "dispatch": "department", "assign": "assignee", "verify": "assignee", "check_request": "assignee",
    "verify_answer": "answer", "check_answer": "answer", "call_back": "answer", "suspend_request": "until",
    "merge": "into", "split": "incidents", "self_handle": "evidence",
}  # fmt: skip
NOTES: Final = {
    "urge", "answer_urge", "key", "force_close", "withdraw", "defer", "defer_refuse", "suspend_request",
    "suspend_refuse", "appeal", "appeal_grant", "appeal_refuse", "cancel",
}  # fmt: skip
REASONS: Final = {"refuse", "not_open", "void", "return", "hand_back", "rework", "reopen"}
"""Needed as a reason in the full workflow, as a note in the small one."""


@dataclass
class Model:
    name: str
    seen: bool
    stage: str = "reported"
    department: str | None = None
    assignee: str | None = None
    handler: str | None = None
    task: str | None = None
    suspended_at: datetime | None = None
    suspensions: int = 0
    deferrals: int = 0
    asked: str | None = None
    asked_by: str | None = None
    wanted_until: datetime | None = None
    wanted_by: str | None = None
    reviewers: set[str] = field(default_factory=set)
    urged: bool = False
    key: bool = False
    appeal: str | None = None
    checked: str | None = None
    reworks: int = 0
    returns: int = 0
    started: datetime | None = None
    paused: timedelta = field(default_factory=timedelta)

    @property
    def holder(self) -> str:
        return HOLDERS[self.name].get(self.stage, "none")

    @property
    def due(self) -> datetime | None:
        """The deadline if nobody suspends the case any more."""
        return None if self.started is None else self.started + HANDLING * (1 + self.deferrals) + self.paused

    @property
    def deadline(self) -> datetime | None:
        """None while a suspension lasts that began before it."""
        return None if self.due is None or self.stands_still(self.due) else self.due

    def stands_still(self, due: datetime) -> bool:
        return self.suspended_at is not None and self.suspended_at < due

    def resume(self, now: datetime) -> None:
        if self.due is not None and self.stands_still(self.due):
            assert self.suspended_at is not None
            self.paused += now - self.suspended_at
        self.suspended_at = None

    def refused(self, action: str, actor: Actor, given: Given, now: datetime) -> str | None:
        """The code of the refusal; None if the action is possible."""
        table = TABLES[self.name]
        if action not in {each for actions in table.values() for each in actions}:
            return "not_in_workflow"
        if action not in table[self.stage]:
            return "wrong_stage"
        if not self.may(action, actor):
            return "not_allowed"
        if self.suspended_at is not None and action not in WHILE_SUSPENDED:
            return "is_suspended"
        return self.guarded(action, actor, now) or self.own(action, actor) or self.lacking(action, given)

    def own(self, action: str, actor: Actor) -> str | None:
        askers: dict[str, set[str | None]] = {
            "defer_grant": {self.asked_by}, "suspend_grant": {self.wanted_by},
            "appeal_grant": {*self.reviewers}, "appeal_refuse": {*self.reviewers},
        }  # fmt: skip
        own = not actor.is_system and actor.name in askers.get(action, set())
        return "own_request" if own else None

    def may(self, action: str, actor: Actor) -> bool:
        if actor.is_system:
            return True
        wanted: set[str] | None = None
        if action in {"appeal_grant", "appeal_refuse"}:
            wanted = {"dispatcher", "acceptor", "shift_lead"}
        elif action == "defer" and self.name == "full":
            wanted = {"department_desk", "handler"} if self.stage == "assigned" else {"department_desk"}
        if wanted is not None and not wanted & actor.roles:
            return False
        return RIGHTS.allows(
            actor, f"case.{action}", stage=self.stage, holder=self.holder, department=self.department,
            district="320582", assignee=self.assignee, opener="zhao",
        )  # fmt: skip

    def guarded(self, action: str, actor: Actor, now: datetime) -> str | None:
        late = "in_time" if self.deadline is None or now > self.deadline else None
        spent = "deferrals_left" if self.deferrals >= 2 else None
        waits = "no_task_out" if self.task is not None else None
        undone = "not_found_undone" if self.checked == "not_done" else None
        first = actor.is_system or "dispatcher" in actor.roles
        second = actor.is_system or bool({"acceptor", "shift_lead"} & actor.roles)
        match action:
            case "accept" | "open" | "self_handle" if (self.name, action) != ("small", "self_handle"):
                return waits
            case "dispatch" if self.name == "small" and self.stage == "opened":
                return waits
            case "check":
                return waits or undone
            case "close" if self.stage in {"checked", "confirmed"}:
                return waits or undone
            case "close":
                return "restored" if self.seen else waits
            case "rework" if self.stage not in {"replied", "confirmed"}:
                return None if self.department is not None else "has_department"
            case "rework" if self.stage == "replied":
                return None if self.assignee is not None else "has_assignee"
            case "verify_answer":
                return None if self.task == "verify" else "verification_out"
            case "check_answer":
                return None if self.task == "check" else "check_out"
            case "defer" if self.name == "small" or not (actor.is_system or "department_desk" in actor.roles):
                return ("no_deferral_asked" if self.asked is not None else None) or spent or late
            case "defer":
                with_dispatcher = "deferral_not_with_dispatcher" if self.asked == "dispatcher" else None
                return with_dispatcher or spent or late
            case "defer_grant":
                return (None if self.asked == "dispatcher" else "deferral_with_dispatcher") or spent or late
            case "defer_refuse":
                return None if self.asked is not None else "deferral_asked"
            case "suspend_request":
                if self.wanted_until is not None:
                    return "no_suspension_asked"
                return None if self.suspensions == 0 else "never_suspended"
            case "suspend_grant":
                if self.wanted_until is None:
                    return "suspension_asked"
                if self.wanted_until <= now:
                    return "suspension_ahead"
                return None if self.suspensions == 0 else "never_suspended"
            case "suspend_refuse":
                return None if self.wanted_until is not None else "suspension_asked"
            case "resume":
                return None if self.suspended_at is not None else "suspended"
            case "answer_urge":
                return None if self.urged else "urged"
            case "key":
                return "not_key" if self.key else None
            case "appeal":
                if self.department is None:
                    return "has_department"
                return None if self.appeal is None else "never_appealed"
            case "appeal_grant" | "appeal_refuse":
                if (first and self.appeal == "asked") or (second and self.appeal == "supported"):
                    return None
                return "appeal_asked" if first else "appeal_supported"
            case _:
                return None

    def lacking(self, action: str, given: Given) -> str | None:
        needs = NEEDS.get(action)
        if action == "handle" and self.name == "full":
            needs = "evidence"
        if needs is not None and not getattr(given, needs):
            return {"evidence": "needs_pictures"}.get(needs, f"needs_{needs}")
        moves = TABLES[self.name][self.stage][action] != ""
        end = moves and self.target(action) in ENDED and action != "merge" and self.seen
        again = action == "dispatch" and self.stage in {"dispatched", "taken"}
        mended = action == "open" and self.stage == "sent_back"
        if action in REASONS and (self.name == "full" or self.stage != "closed"):
            if self.name == "small" and given.note is None:
                return "needs_note"
            if given.reason is None and given.note is None:
                return "needs_reason"
        elif (action in REASONS and given.note is None) or (
            (action in NOTES or end or again or mended) and given.note is None
        ):
            return "needs_note"
        if (
            action == "dispatch"
            and self.holder in {"department", "handler"}
            and given.department == self.department
        ):
            return "same_department"
        return None

    def target(self, action: str) -> str:
        return TABLES[self.name][self.stage][action] or self.stage

    def take(self, action: str, given: Given, actor: Actor, now: datetime) -> None:
        before, after = self.stage, self.target(action)
        moves = TABLES[self.name][before][action] != ""
        if moves and self.task is not None:
            self.task, self.assignee = None, self.handler
        if moves and after in ENDED and self.suspended_at is not None:
            self.resume(now)
        if moves and after not in {"dispatched", "taken", "assigned", "replied"}:
            self.asked = self.asked_by = self.wanted_until = self.wanted_by = None
        if action == "return":
            self.returns += 1
            if before in {"dispatched", "taken"}:
                self.department = None
        if action == "reopen" or (action == "rework" and before in {"handled", "confirmed", "checked"}):
            self.reworks += 1
        if action in {"dispatch", "withdraw", "hand_back"} or (
            action == "return" and before in {"dispatched", "taken"}
        ):
            self.assignee = None if self.name == "full" else self.assignee
        if self.name == "full" and (action == "reopen" or (action == "rework" and after == "taken")):
            self.assignee = None
        self.stage = after
        match action:
            case "dispatch":
                self.department, self.started = given.department, self.started or now
            case "assign":
                self.assignee = given.assignee
            case "verify" | "check_request":
                self.handler = self.handler if self.task is not None else self.assignee
                self.task, self.assignee = action.partition("_")[0], given.assignee
            case "verify_answer" | "check_answer":
                self.task, self.assignee = None, self.handler
                self.checked = given.answer if action == "check_answer" else self.checked
            case "rework" | "reopen":
                self.checked = None
            case "defer":
                self.asked, self.asked_by = "dispatcher", actor.name
                if self.name == "full" and "handler" in actor.roles:
                    self.asked = "department"
            case "defer_grant":
                self.asked, self.asked_by, self.deferrals = None, None, self.deferrals + 1
            case "defer_refuse":
                self.asked = self.asked_by = None
            case "suspend_request":
                self.wanted_until, self.wanted_by = given.until, actor.name
            case "suspend_grant":
                self.suspended_at, self.suspensions = now, self.suspensions + 1
                self.wanted_until = self.wanted_by = None
            case "suspend_refuse":
                self.wanted_until = self.wanted_by = None
            case "resume":
                self.resume(now)
            case "urge":
                self.urged = True
            case "answer_urge":
                self.urged = False
            case "key":
                self.key = True
            case "appeal":
                self.appeal, self.reviewers = "asked", {actor.name}
            case "appeal_grant":
                self.reviewers |= {actor.name} if self.appeal == "asked" else set()
                self.appeal = "supported" if self.appeal == "asked" else "granted"
            case "appeal_refuse":
                self.appeal = "refused"
            case _:
                pass


def agree(model: Model, case: CaseState) -> None:
    """The case is where the model has it, and in no impossible state."""
    workflow = WORKFLOWS[model.name]
    expected = {
        "stage": model.stage, "holder": model.holder, "department": model.department,
        "assignee": model.assignee, "rework_count": model.reworks, "return_count": model.returns,
        "deferral_count": model.deferrals, "suspension_count": model.suspensions, "appeal": model.appeal,
        "key_case": model.key, "checked": model.checked, "handling_deadline_at": model.deadline,
    }  # fmt: skip
    assert {name: getattr(case, name) for name in expected} == expected
    assert (case.task or {}).get("kind") == model.task
    assert (case.deferral_asked or {}).get("with") == model.asked
    assert (case.suspension_asked or {}).get("by") == model.wanted_by
    assert (case.suspended_until is None) is (model.suspended_at is None)
    assert (case.ended_as is None) is (case.closed_at is None) is (model.stage not in ENDED)
    assert case.holder not in {"department", "handler"} or case.department is not None
    assert case.holder != "handler" or case.assignee is not None
    running = {name for name, clock in from_json(case.clocks).items() if clock.ended_at is None}
    tasks = {model.task} - {None}
    started = {"handle"} if model.started is not None else set()
    assert running == set(workflow.stages[case.stage].clocks) - ({"handle"} - started) | tasks
    if model.stage not in ENDED:
        assert (case.handled_at is not None) is (model.stage in HANDLED)


def gives(chance: Random, action: str, now: datetime) -> Given:
    """Now and then something is missing."""

    def often() -> bool:
        return chance.randrange(6) > 0

    answers = {
        "verify_answer": "exists", "check_answer": chance.choice(["done", "not_done"]),
        "call_back": "content",
    }  # fmt: skip
    return Given(
        note="because" if often() else None,
        department=chance.choice([DEPARTMENT, OTHER]) if often() else None,
        assignee=chance.choice(["chen", "zhou"]) if often() else None,
        until=now + timedelta(days=90, minutes=-chance.choice([0, 129_580])) if often() else None,
        answer=answers.get(action) if often() else None,
        evidence=("ab",) if often() else (),
        into="SW202611240002" if often() else None,
        incidents=(UUID(int=1),) if often() else (),
    )


@pytest.mark.parametrize("name", TABLES)
@settings(max_examples=150, deadline=None)
@given_by(seed=st.integers(0, 2**32))
def test_no_sequence_of_actions_leads_to_an_impossible_state(name: str, seed: int) -> None:
    chance, workflow, now = Random(seed), WORKFLOWS[name], NOON
    trusted, seen = chance.random() < 0.5, chance.random() < 0.5
    begun = case_in(workflow, "reported", source="camera", seen_at=NOON, restored_at=None if seen else NOON)
    case = replace(begun, **beginning(workflow, begun, trusted=trusted, now=NOON, policy=POLICY))
    model = Model(name=name, seen=seen, stage="opened" if trusted else "reported")
    for _ in range(chance.randrange(60)):
        now += timedelta(minutes=chance.randrange(41))
        actor = chance.choice(ACTORS) if chance.random() < 0.5 else ACTORS[0]
        here = sorted(TABLES[name][model.stage])
        action = chance.choice(here if here and chance.random() < 0.9 else sorted(ACTIONS))
        given = gives(chance, action, now)
        expected = model.refused(action, actor, given, now)
        if expected is not None:
            with pytest.raises(ActionRefusedError) as refused:
                decide(workflow, case, action, given, actor=actor, rights=RIGHTS, now=now, policy=POLICY)
            assert (refused.value.code, bool(str(refused.value))) == (expected, True), action
            continue
        sets = decide(workflow, case, action, given, actor=actor, rights=RIGHTS, now=now, policy=POLICY)
        model.take(action, given, actor, now)
        case = replace(case, **sets)
        agree(model, case)

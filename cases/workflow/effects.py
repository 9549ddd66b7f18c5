"""What each action changes in a case, besides the stage that its step leads to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from cases.rights import Actor
from cases.state import CaseState
from cases.workflow.model import Step, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a person gives with an action.

    Attributes:
        note: in their words.
        reason: one of the step's.
        department: its code.
        assignee: the login of a handler or a patrol member.
        condition: of the case's code.
        until: the end of a suspension.
        answer: one of the step's.
        evidence: digests of pictures.
        into: the number of the case to merge into.
        incidents: the incidents to split off.
    """

    note: str | None = None
    reason: str | None = None
    department: str | None = None
    assignee: str | None = None
    condition: str | None = None
    until: datetime | None = None
    answer: str | None = None
    evidence: tuple[str, ...] = ()
    into: str | None = None
    incidents: tuple[UUID, ...] = ()


NOTHING: Final = Given()

_Effect = Callable[[CaseState, Step, Given, Actor, datetime], dict[str, Any]]


def effect(case: CaseState, step: Step, given: Given, actor: Actor, now: datetime) -> dict[str, Any]:
    """The fields that an action sets because of its meaning."""
    found = _EFFECTS.get(step.action)
    return found(case, step, given, actor, now) if found is not None else {}


def without_task(case: CaseState) -> dict[str, Any]:
    """The fields of a case whose task is over: the assignee from before has it again."""
    return {} if case.task is None else {"task": None, "assignee": case.task.get("handler")}


def _sent_out(task: Task, case: CaseState, given: Given, actor: Actor, now: datetime) -> dict[str, Any]:
    """The fields of a case with a task; the task's assignee becomes the case's, to be allowed to see it."""
    handler = case.task.get("handler") if case.task is not None else case.assignee
    return {
        "task": {
            "kind": task,
            "assignee": given.assignee,
            "asked_by": actor.name,
            "asked_at": now,
            "note": given.note,
            "handler": handler,
        },
        "assignee": given.assignee,
    }


def _opened(case: CaseState, _: Step, given: Given, __: Actor, now: datetime) -> dict[str, Any]:
    return {"condition": given.condition or case.condition, "opened_at": case.opened_at or now}


def _dispatched(_: CaseState, __: Step, given: Given, ___: Actor, now: datetime) -> dict[str, Any]:
    return {"department": given.department, "dispatched_at": now}


def _assigned(_: CaseState, __: Step, given: Given, ___: Actor, ____: datetime) -> dict[str, Any]:
    return {"assignee": given.assignee}


def _reworked(_: CaseState, __: Step, ___: Given, ____: Actor, _____: datetime) -> dict[str, Any]:
    return {"checked": None}


def _closed(case: CaseState, _: Step, given: Given, __: Actor, ___: datetime) -> dict[str, Any]:
    return {"condition": given.condition or case.condition}


def _forced(_: CaseState, __: Step, ___: Given, ____: Actor, _____: datetime) -> dict[str, Any]:
    return {"forced": True}


def _reopened(case: CaseState, _: Step, __: Given, ___: Actor, ____: datetime) -> dict[str, Any]:
    return {
        "forced": False,
        "closed_at": None,
        "ended_as": None,
        "checked": None,
        "closed_while_seen": False,
        "reopen_count": case.reopen_count + 1,
    }


def _verify(case: CaseState, _: Step, given: Given, actor: Actor, now: datetime) -> dict[str, Any]:
    return _sent_out(Task.VERIFY, case, given, actor, now)


def _check_request(case: CaseState, _: Step, given: Given, actor: Actor, now: datetime) -> dict[str, Any]:
    return _sent_out(Task.CHECK, case, given, actor, now)


def _verified(case: CaseState, _: Step, given: Given, __: Actor, ___: datetime) -> dict[str, Any]:
    return {**without_task(case), "verified": given.answer}


def _checked(case: CaseState, _: Step, given: Given, __: Actor, ___: datetime) -> dict[str, Any]:
    return {**without_task(case), "checked": given.answer}


def _deferral_asked(_: CaseState, step: Step, __: Given, actor: Actor, now: datetime) -> dict[str, Any]:
    return {"deferral_asked": {"by": actor.name, "at": now, "with": step.asks}}


def _deferred(case: CaseState, _: Step, __: Given, ___: Actor, ____: datetime) -> dict[str, Any]:
    return {"deferral_asked": None, "deferral_count": case.deferral_count + 1}


def _not_deferred(_: CaseState, __: Step, ___: Given, ____: Actor, _____: datetime) -> dict[str, Any]:
    return {"deferral_asked": None}


def _suspended(case: CaseState, _: Step, given: Given, __: Actor, ___: datetime) -> dict[str, Any]:
    return {"suspended_until": given.until, "suspension_count": case.suspension_count + 1}


def _suspension_asked(_: CaseState, __: Step, given: Given, actor: Actor, now: datetime) -> dict[str, Any]:
    assert given.until is not None, "every such step needs it"
    return {"suspension_asked": {"by": actor.name, "at": now, "until": given.until.isoformat()}}


def _suspension_granted(case: CaseState, _: Step, __: Given, ___: Actor, ____: datetime) -> dict[str, Any]:
    assert case.suspension_asked is not None, "a guard of every such step"
    return {
        "suspended_until": datetime.fromisoformat(case.suspension_asked["until"]),
        "suspension_count": case.suspension_count + 1,
        "suspension_asked": None,
    }


def _suspension_refused(_: CaseState, __: Step, ___: Given, ____: Actor, _____: datetime) -> dict[str, Any]:
    return {"suspension_asked": None}


def _resumed(_: CaseState, __: Step, ___: Given, ____: Actor, _____: datetime) -> dict[str, Any]:
    return {"suspended_until": None}


def _urged(_: CaseState, __: Step, ___: Given, ____: Actor, now: datetime) -> dict[str, Any]:
    return {"urged_at": now, "urge_answered_at": None}


def _urge_answered(_: CaseState, __: Step, ___: Given, ____: Actor, now: datetime) -> dict[str, Any]:
    return {"urge_answered_at": now}


def _key(_: CaseState, __: Step, ___: Given, ____: Actor, _____: datetime) -> dict[str, Any]:
    return {"key_case": True}


def _merged(_: CaseState, __: Step, given: Given, ___: Actor, ____: datetime) -> dict[str, Any]:
    return {"merged_into": given.into}


def _called_back(_: CaseState, __: Step, given: Given, ___: Actor, ____: datetime) -> dict[str, Any]:
    return {"satisfaction": given.answer}


def _appealed(_: CaseState, __: Step, ___: Given, actor: Actor, ____: datetime) -> dict[str, Any]:
    return {"appeal": "asked", "appeal_by": {"asked": actor.name}}


def _appeal_granted(case: CaseState, _: Step, __: Given, actor: Actor, ___: datetime) -> dict[str, Any]:
    if case.appeal != "asked":
        return {"appeal": "granted"}
    return {"appeal": "supported", "appeal_by": {**(case.appeal_by or {}), "supported": actor.name}}


def _appeal_refused(_: CaseState, __: Step, ___: Given, ____: Actor, _____: datetime) -> dict[str, Any]:
    return {"appeal": "refused"}


_EFFECTS: Final[Mapping[str, _Effect]] = {
    "open": _opened,
    "dispatch": _dispatched,
    "assign": _assigned,
    "rework": _reworked,
    "close": _closed,
    "force_close": _forced,
    "reopen": _reopened,
    "verify": _verify,
    "verify_answer": _verified,
    "check_request": _check_request,
    "check_answer": _checked,
    "defer": _deferral_asked,
    "defer_grant": _deferred,
    "defer_refuse": _not_deferred,
    "suspend": _suspended,
    "suspend_request": _suspension_asked,
    "suspend_grant": _suspension_granted,
    "suspend_refuse": _suspension_refused,
    "resume": _resumed,
    "urge": _urged,
    "answer_urge": _urge_answered,
    "key": _key,
    "merge": _merged,
    "call_back": _called_back,
    "appeal": _appealed,
    "appeal_grant": _appeal_granted,
    "appeal_refuse": _appeal_refused,
}

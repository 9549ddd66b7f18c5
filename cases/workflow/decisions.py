"""What an actor may do with a case now, and which fields of it that changes; pure."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from cases.clocks import Limit
from cases.codes import TypeName
from cases.conditions import Condition
from cases.errors import ActionRefusedError, RefusedBecause
from cases.office import OfficeCalendar
from cases.rights import Actor, Rights
from cases.state import CaseState
from cases.workflow.clocks import clocks_after, deadlines
from cases.workflow.effects import Given, effect, without_task
from cases.workflow.guards import GUARDS
from cases.workflow.model import ACTIONS, Holder, Need, Outside, Stage, Step, Workflow

WATCHING: Final = frozenset({"camera", "sensor"})
"""Sources that see a problem until it is restored; ending a case while they see it needs a reason."""

_DONE: Final = frozenset({Outside.FEEDBACK, Outside.CLOSE})

OWN_REQUEST: Final = "own_request"
"""The code of the refusal to decide on one's own request or review."""


class Policy(Protocol):
    """The parts of the city's policy that decisions need."""

    @property
    def calendar(self) -> OfficeCalendar:
        """When the offices work."""

    def handling_limit(self, case: CaseState) -> Limit:
        """The limit of the handling of a case."""

    def conditions_for(self, case: CaseState) -> tuple[Condition, ...]:
        """The conditions that a case can have, at least one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why an action is not possible now: a word for programs, and a sentence."""

    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PossibleAction:
    """An action that an actor may do with a case.

    Attributes:
        title: its name for people.
        to: the stage that it leads to; None if the case stays in its stage.
        needs: what must be given with it.
        reasons: the reasons to choose from, by name.
        answers: the answers to choose from, by name.
        primary: whether it is the usual next step.
        refusal: why it is not possible now, although its stage has it; None if it is possible.
    """

    action: str
    title: TypeName
    to: str | None
    needs: tuple[Need, ...]
    reasons: Mapping[str, TypeName]
    answers: Mapping[str, TypeName]
    primary: bool
    refusal: Refusal | None


def possible(
    workflow: Workflow, case: CaseState, *, actor: Actor, rights: Rights, now: datetime
) -> tuple[PossibleAction, ...]:
    """The actions that an actor may do with a case, in the order of the workflow.

    Actions without a right are left out, and so are answers to questions that nobody asked. An action that
    the case does not allow now has its refusal.
    """
    found: list[PossibleAction] = []
    for action in workflow.actions:
        steps = _steps(workflow, case, action)
        if not steps or not rights.allows_on(case, actor, f"case.{action}"):
            continue
        own = [step for step in steps if _is_for(step, actor)]
        if not own:
            continue
        step, refusal = _first_possible(workflow, case, own, actor, now)
        if refusal is not None and refusal.code in GUARDS and GUARDS[refusal.code].asks:
            continue
        found.append(
            PossibleAction(
                action=action,
                title=workflow.actions[action],
                to=step.to,
                needs=_needs(workflow, case, step),
                reasons={reason: workflow.reasons[reason] for reason in step.reasons},
                answers={answer: workflow.answers[answer] for answer in step.answers},
                primary=step.primary and refusal is None,
                refusal=refusal,
            )
        )
    return tuple(found)


def decide(
    workflow: Workflow,
    case: CaseState,
    action: str,
    given: Given,
    *,
    actor: Actor,
    rights: Rights,
    now: datetime,
    policy: Policy,
) -> dict[str, Any]:
    """The fields of a case that an action changes, with their new values.

    Raises:
        ActionRefusedError: it is not an action of people, not possible in this stage, not allowed to this
            actor, not possible now, or lacks something; its code says which.
    """
    step = _step(workflow, case, action, actor=actor, rights=rights, now=now)
    _refuse_incomplete(workflow, case, step, given, now=now, policy=policy)
    target = workflow.stages[step.to or case.stage]
    sets: dict[str, Any] = {count: getattr(case, count) + 1 for count in step.counts}
    if given.reason is not None:
        sets["reason"] = given.reason
    if step.to is not None:
        sets |= _moved(workflow, case, step, target, now)
    sets |= effect(case, step, given, actor, now)
    sets |= dict.fromkeys(step.clears)
    after = replace(case, **sets)
    clocks = clocks_after(workflow, case, after, step, now, handling=policy.handling_limit(after))
    sets |= deadlines(clocks, policy.calendar)
    said = {"reason", "department", "assignee", "verified", "checked", "satisfaction"}
    return {name: value for name, value in sets.items() if name in said or getattr(case, name) != value}


def beginning(
    workflow: Workflow, case: CaseState, *, trusted: bool, now: datetime, policy: Policy
) -> dict[str, Any]:
    """The fields of a new case that its workflow decides.

    Args:
        workflow: the workflow of the case.
        case: with all other facts; its stage is ignored.
        trusted: whether its source opens cases by itself; otherwise it waits for an acceptor.
        now: when it begins.
        policy: the city's decisions.
    """
    stage = workflow.stages[workflow.open_stage if trusted else workflow.report_stage]
    sets: dict[str, Any] = {
        "workflow": workflow.name,
        "workflow_version": workflow.version,
        "stage": stage.name,
        "holder": stage.holder,
        "opened_at": now if trusted else None,
    }
    after = replace(case, **sets, clocks={})
    clocks = clocks_after(workflow, None, after, None, now, handling=policy.handling_limit(after))
    return sets | deadlines(clocks, policy.calendar)


def ends_unseen(case: CaseState) -> bool:
    """Whether ending a case now needs no reason, because no detector still sees its problem."""
    return not (case.still_seen and case.source in WATCHING)


def _step(
    workflow: Workflow, case: CaseState, action: str, *, actor: Actor, rights: Rights, now: datetime
) -> Step:
    if action not in ACTIONS:
        raise ActionRefusedError(
            f"{action} is an action of detectors or programs, not of people",
            code="not_for_people",
            because=RefusedBecause.INCOMPLETE,
        )
    if action not in workflow.actions:
        raise ActionRefusedError(
            f"the workflow {workflow.name} has no action {action}; it has {', '.join(workflow.actions)}",
            code="not_in_workflow",
        )
    steps = _steps(workflow, case, action)
    if not steps:
        here = dict.fromkeys(step.action for step in workflow.steps_from(case.stage))
        can = ", ".join(here) or "nothing: it has ended"
        raise ActionRefusedError(f"a case that is {case.stage} cannot take {action}; possible now: {can}")
    own = [step for step in steps if _is_for(step, actor)]
    if not own or not rights.allows_on(case, actor, f"case.{action}"):
        raise ActionRefusedError(
            f"{actor.name} has no right to {action} this case; ask an administrator which role has it",
            code="not_allowed",
            because=RefusedBecause.NOT_ALLOWED,
        )
    step, refusal = _first_possible(workflow, case, own, actor, now)
    if refusal is not None:
        own_request = refusal.code == OWN_REQUEST
        because = RefusedBecause.NOT_ALLOWED if own_request else RefusedBecause.NOT_NOW
        raise ActionRefusedError(refusal.text, code=refusal.code, because=because)
    return step


def _steps(workflow: Workflow, case: CaseState, action: str) -> list[Step]:
    return [step for step in workflow.steps if step.action == action and case.stage in step.sources]


def _is_for(step: Step, actor: Actor) -> bool:
    return not step.who or actor.is_system or bool(step.who & actor.roles)


def _first_possible(
    workflow: Workflow, case: CaseState, steps: list[Step], actor: Actor, now: datetime
) -> tuple[Step, Refusal | None]:
    """The first step that the case allows, else the first for another account, else the first."""
    refusals = [_refusal(workflow, case, step, actor, now) for step in steps]
    for step, refusal in zip(steps, refusals, strict=True):
        if refusal is None:
            return step, None
    for step, refusal in zip(steps, refusals, strict=True):
        if refusal is not None and refusal.code == OWN_REQUEST:
            return step, refusal
    return steps[0], refusals[0]


def _refusal(workflow: Workflow, case: CaseState, step: Step, actor: Actor, now: datetime) -> Refusal | None:
    if case.suspended_until is not None and not step.while_suspended:
        until = f"{case.suspended_until:%Y-%m-%d}"
        return Refusal(code="is_suspended", text=f"the case is suspended until {until}; resume it first")
    for name in step.guards:
        guard = GUARDS[name]
        if not guard.holds(case, workflow, now):
            return Refusal(code=name, text=guard.refusal)
    if not actor.is_system and actor.name in _asked_by(case, step.action):
        return Refusal(
            code=OWN_REQUEST, text="you have asked for it, or reviewed it, yourself; another account decides"
        )
    return None


def _asked_by(case: CaseState, action: str) -> Container[str | None]:
    """The logins that may not decide, in any workflow, because they made the request."""
    match action:
        case "defer_grant":
            return ((case.deferral_asked or {}).get("by"),)
        case "suspend_grant":
            return ((case.suspension_asked or {}).get("by"),)
        case "appeal_grant" | "appeal_refuse":
            return frozenset((case.appeal_by or {}).values())
        case _:
            return ()


def _needs(workflow: Workflow, case: CaseState, step: Step) -> tuple[Need, ...]:
    """What must be given with a step, in the case's present state."""
    needs = [need for need in step.needs if need is not Need.CONDITION or case.condition is None]
    if _ends_while_seen(workflow, case, step) and not {Need.NOTE, Need.REASON} & set(needs):
        needs.append(Need.NOTE)
    return tuple(needs)


def _ends_while_seen(workflow: Workflow, case: CaseState, step: Step) -> bool:
    """Whether a step ends a case whose problem is still seen; a merge does not, as the other case goes on."""
    return step.to in workflow.ends and step.action != "merge" and not ends_unseen(case)


def _refuse_incomplete(
    workflow: Workflow, case: CaseState, step: Step, given: Given, *, now: datetime, policy: Policy
) -> None:
    seen = _ends_while_seen(workflow, case, step)
    for need in _needs(workflow, case, step):
        if not _is_given(need, given):
            because = "because its place is still seen as reported" if seen and need is Need.NOTE else ""
            raise _incomplete(f"needs_{need}", f"{step.action} needs {_WANTED[need]} {because}".rstrip())
    _refuse_unknown(case, step, given, policy)
    if step.action == "dispatch" and _has(case, given.department):
        raise _incomplete("same_department", f"{given.department} has the case already; choose another one")
    if given.until is not None:
        last = now + timedelta(days=workflow.suspension_days)
        if not now < given.until <= last:
            raise _incomplete("wrong_until", f"until must lie ahead, and not after {last:%Y-%m-%d}")
    if given.into is not None and given.into == case.number:
        raise _incomplete("same_case", "a case cannot be merged into itself; give another number")


def _refuse_unknown(case: CaseState, step: Step, given: Given, policy: Policy) -> None:
    """Refuse a reason, an answer or a condition that does not exist."""
    if given.reason is not None and given.reason not in step.reasons:
        can = ", ".join(step.reasons) or "none; write a note"
        raise _incomplete("no_reason", f"{given.reason!r} is not a reason for {step.action}; there are {can}")
    if given.answer is not None and given.answer not in step.answers:
        can = ", ".join(step.answers) or "none"
        raise _incomplete(
            "no_answer", f"{given.answer!r} is not an answer for {step.action}; there are {can}"
        )
    if given.condition is not None:
        there = {each.condition: each.name_en for each in policy.conditions_for(case)}
        if given.condition not in there:
            can = ", ".join(f"{key} ({name})" for key, name in there.items())
            raise _incomplete(
                "no_condition", f"the code has no condition {given.condition!r}; there are {can}"
            )


def _has(case: CaseState, department: str | None) -> bool:
    """Whether a department holds a case."""
    return case.holder in {Holder.DEPARTMENT, Holder.HANDLER} and case.department == department


def _is_given(need: Need, given: Given) -> bool:
    match need:
        case Need.REASON:
            return bool(given.reason or given.note)
        case Need.PICTURES:
            return bool(given.evidence)
        case _:
            return bool(getattr(given, need))


_WANTED: Final[Mapping[Need, str]] = {
    Need.NOTE: "a note that says why",
    Need.REASON: "a reason",
    Need.DEPARTMENT: "the department that becomes responsible",
    Need.ASSIGNEE: "the login of the person who is to do it",
    Need.CONDITION: "the condition of the code that is met",
    Need.UNTIL: "the moment until which the case is suspended",
    Need.ANSWER: "an answer",
    Need.PICTURES: "at least one picture",
    Need.INTO: "the number of the case into which this one is merged",
    Need.INCIDENTS: "the incidents that are taken out",
}


def _incomplete(code: str, text: str) -> ActionRefusedError:
    return ActionRefusedError(text, code=code, because=RefusedBecause.INCOMPLETE)


def _moved(workflow: Workflow, case: CaseState, step: Step, target: Stage, now: datetime) -> dict[str, Any]:
    """The fields that follow from the stage that a step leads to."""
    source = workflow.stages[case.stage]
    sets: dict[str, Any] = {
        "stage": target.name,
        "holder": target.holder,
        **without_task(case),
    }
    if source.outside in _DONE and target.outside not in _DONE:
        sets["handled_at"] = None
    elif source.outside not in _DONE and _is_handled(step, target):
        sets["handled_at"] = case.restored_at if "restored" in step.guards else now
    if target.outside is not Outside.HANDLE:
        sets["deferral_asked"] = None
        sets["suspension_asked"] = None
    if target.ended_as is not None:
        sets |= {"closed_at": now, "ended_as": target.ended_as, "suspended_until": None}
        if not ends_unseen(case) and step.action != "merge":
            sets["closed_while_seen"] = True
    return sets


def _is_handled(step: Step, target: Stage) -> bool:
    if target.outside is Outside.FEEDBACK:
        return True
    return step.action == "close"

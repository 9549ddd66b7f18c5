"""Checks of a workflow, one for each kind of fault; each yields sentences that name the entry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from cases.workflow.guards import GUARDS
from cases.workflow.model import (
    ACTIONS,
    ANSWERS,
    CLEARS,
    COUNTS,
    EndedAs,
    Holder,
    Need,
    Outside,
    Step,
    Task,
    Workflow,
)


def _names(workflow: Workflow) -> Iterable[str]:
    """Every name that is used is defined, and every defined one is used."""
    for entry, first in (("report_stage", workflow.report_stage), ("open_stage", workflow.open_stage)):
        if first not in workflow.stages or first in workflow.ends:
            yield f"{entry} {first!r} must be one of the stages, and not an end"
    for action in workflow.actions:
        if action not in ACTIONS:
            yield f"actions.{action}: there is no such action; there are {_list(ACTIONS)}"
        if not any(step.action == action for step in workflow.steps):
            yield f"actions.{action} has no step; add one, or remove the action"
    for stage in workflow.stages.values():
        yield from _unknown(f"stages.{stage.name}: clock", stage.clocks, workflow.clocks)
    for entry, step in _entries(workflow):
        yield from _unknown(f"{entry}: action", [step.action], workflow.actions)
        yield from _unknown(f"{entry}: from", step.sources, workflow.stages)
        yield from _unknown(f"{entry}: to", [] if step.to is None else [step.to], workflow.stages)
        yield from _unknown(f"{entry}: guard", step.guards, GUARDS)
        yield from _unknown(f"{entry}: reason", step.reasons, workflow.reasons)
        yield from _unknown(f"{entry}: counts", step.counts, COUNTS)
        yield from _unknown(f"{entry}: clears", step.clears, CLEARS)
        yield from _unknown(f"{entry}: answer", step.answers, ANSWERS.get(step.action, frozenset()))
        yield from _unknown(f"{entry}: answer", step.answers, workflow.answers)
    for kind, defined, used in (
        ("reasons", workflow.reasons, {reason for step in workflow.steps for reason in step.reasons}),
        ("answers", workflow.answers, {answer for step in workflow.steps for answer in step.answers}),
    ):
        for name in sorted(defined.keys() - used):
            yield f"{kind}.{name} is used in no step; remove it, or use it"


def _stages(workflow: Workflow) -> Iterable[str]:
    """A stage has a holder unless it is an end."""
    if EndedAs.CLOSED not in {stage.ended_as for stage in workflow.stages.values()}:
        yield 'no stage has ended_as = "closed"; without one no case can be closed'
    for name, stage in workflow.stages.items():
        entry = f"stages.{name}"
        if stage.ended_as is None and stage.holder is Holder.NONE:
            yield f"{entry} needs a holder: {_list(set(Holder) - {Holder.NONE})}"
        if stage.ended_as is not None and (stage.holder is not Holder.NONE or stage.clocks):
            yield f"{entry} is an end; it can have neither a holder nor clocks"
        if stage.ended_as is not None and stage.outside is not Outside.CLOSE:
            yield f'{entry} is an end; its outside must be "close"'
        if stage.ended_as is None and stage.outside is Outside.CLOSE:
            yield f'{entry}: outside "close" is for ends; give it ended_as, or another outside'


def _ways(workflow: Workflow) -> Iterable[str]:
    """A stage can be reached, leads to an end, and has at most one primary step."""
    reached = workflow.reachable([workflow.report_stage, workflow.open_stage])
    for name in workflow.stages:
        if name not in reached:
            yield f"stages.{name} cannot be reached from report_stage or open_stage; no step leads there"
        if not workflow.reachable([name]) & workflow.ends:
            yield f"stages.{name} has no way to an end; add a step that leads on from it"
        primary = [step.action for step in workflow.steps if step.primary and name in step.sources]
        if len(primary) > 1:
            yield f"stages.{name} has several primary steps ({_list(primary)}); one is the usual next step"


def _clocks(workflow: Workflow) -> Iterable[str]:
    """A clock runs in some stage, and a task that can be asked for has a clock."""
    used = {clock for stage in workflow.stages.values() for clock in stage.clocks}
    for name, clock in workflow.clocks.items():
        if name in set(Task):
            if clock.limit is None:
                yield f"clocks.{name} needs a limit: a task has no condition"
        elif name not in used:
            yield f"clocks.{name} runs in no stage; list it in one, or remove it"
    for action, task in TASKS.items():
        if action in workflow.actions and task not in workflow.clocks:
            yield f"actions.{action} needs clocks.{task}, the limit of the task"


def _meaning(workflow: Workflow) -> Iterable[str]:
    """Each step agrees with the meaning of its action: needs, guards, and whether the case moves."""
    for entry, step in _entries(workflow):
        for need in _NEEDED.get(step.action, ()):
            if need not in step.needs:
                yield f"{entry} must need {need}"
        if Need.REASON in step.needs and not step.reasons:
            yield f"{entry} needs a reason, but lists none; list reasons, or need a note"
        if Need.ANSWER in step.needs and not step.answers:
            can = _list(ANSWERS.get(step.action, ()))
            yield f"{entry} needs an answer; list those it can have: {can}"
        for guards in _GUARDED.get(step.action, ()):
            if not set(guards) & set(step.guards):
                yield f"{entry} needs the guard {' or '.join(guards)}"
        if step.action in STAYS and step.to is not None:
            yield f"{entry} does not move the case; remove to"
        if step.action not in STAYS and step.to is None:
            yield f"{entry} must have the stage that it leads to: to"


def _order(workflow: Workflow) -> Iterable[str]:
    """No step is hidden by an earlier one of the same action."""
    for at, (entry, step) in enumerate(_entries(workflow)):
        if not step.sources:
            yield f"{entry} needs at least one stage in from"
        for earlier in workflow.steps[:at]:
            if earlier.action == step.action and not (earlier.guards or earlier.who):
                for source in sorted(earlier.sources & step.sources):
                    yield f"{entry} is never taken in {source}: an earlier one has neither guard nor who"


def _ends(workflow: Workflow) -> Iterable[str]:
    """After its end a case can only be reopened, asked about, or appealed against."""
    for entry, step in _entries(workflow):
        for source in sorted(step.sources & workflow.ends):
            if step.action not in AFTER_THE_END:
                yield f"{entry} starts from {source}, an end; only {_list(AFTER_THE_END)} can"
        for source in sorted(step.sources - workflow.ends):
            if step.action in AFTER_THE_END:
                yield f"{entry} starts from {source}, which is not an end"
        target = workflow.stages[step.to] if step.to is not None else None
        if step.action == "reopen" and target is not None and target.ended_as is not None:
            yield f"{entry} leads to {target.name}, which is an end"
        wanted = _ENDS_AS.get(step.action)
        if wanted is not None and (target is None or target.ended_as is not wanted):
            yield f'{entry} must lead to a stage with ended_as = "{wanted}"'


def _moves(workflow: Workflow) -> Iterable[str]:
    """A step back has a reason, and whoever gets a case can have it."""
    for entry, step in _entries(workflow):
        if step.to is None:
            continue
        target = workflow.stages[step.to]
        for name in sorted(step.sources):
            source = workflow.stages[name]
            back = target.outside.position < source.outside.position
            if back and not {Need.NOTE, Need.REASON} & set(step.needs):
                yield f"{entry} leads back from {name} to {target.name}; it must need a reason or a note"
            if target.holder in _HELD and source.holder not in _HELD and not _gives_department(step):
                yield f"{entry} gives the case to a department; it must need one, or the guard has_department"
        if target.holder in _HELD and "department" in step.clears:
            yield f"{entry} clears the department to which it gives the case"
        if target.holder is Holder.HANDLER and "assignee" in step.clears:
            yield f"{entry} clears the handler to whom it gives the case"
        if target.holder is Holder.HANDLER and step.action != "assign" and "has_assignee" not in step.guards:
            yield f"{entry} gives the case to a handler; it must be assign, or need the guard has_assignee"


def _gives_department(step: Step) -> bool:
    return Need.DEPARTMENT in step.needs or "has_department" in step.guards


def _entries(workflow: Workflow) -> Iterable[tuple[str, Step]]:
    """The steps, each with its name for a sentence."""
    for number, step in enumerate(workflow.steps, start=1):
        yield f"steps: number {number} ({step.action})", step


TASKS: Final[Mapping[str, Task]] = {"verify": Task.VERIFY, "check_request": Task.CHECK}
"""Actions that start a task."""

STAYS: Final = frozenset(
    {
        "answer_urge", "appeal", "appeal_grant", "appeal_refuse", "call_back", "check_answer",
        "check_request", "defer", "defer_grant", "defer_refuse", "key", "resume", "split", "suspend",
        "suspend_grant", "suspend_refuse", "suspend_request", "urge", "verify", "verify_answer",
    }
)  # fmt: skip
"""Actions that do not move a case."""

AFTER_THE_END: Final = frozenset({"reopen", "call_back", "appeal", "appeal_grant", "appeal_refuse"})

_NEEDED: Final[Mapping[str, tuple[Need, ...]]] = {
    "dispatch": (Need.DEPARTMENT,),
    "assign": (Need.ASSIGNEE,),
    "verify": (Need.ASSIGNEE,),
    "check_request": (Need.ASSIGNEE,),
    "verify_answer": (Need.ANSWER,),
    "check_answer": (Need.ANSWER,),
    "call_back": (Need.ANSWER,),
    "suspend": (Need.UNTIL,),
    "suspend_request": (Need.UNTIL,),
    "merge": (Need.INTO,),
    "split": (Need.INCIDENTS,),
    "urge": (Need.NOTE,),
    "answer_urge": (Need.NOTE,),
    "force_close": (Need.NOTE,),
}
_GUARDED: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "verify_answer": (("verification_out",),),
    "check_answer": (("check_out",),),
    "answer_urge": (("urged",),),
    "resume": (("suspended",),),
    "defer": (("no_deferral_asked", "deferral_not_with_dispatcher"),),
    "defer_grant": (("deferral_with_dispatcher",),),
    "defer_refuse": (("deferral_asked", "deferral_with_dispatcher"),),
    "suspend_request": (("no_suspension_asked",),),
    "suspend_grant": (("suspension_asked",), ("suspension_ahead",)),
    "suspend_refuse": (("suspension_asked",),),
    "appeal": (("never_appealed",),),
    "appeal_grant": (("appeal_asked", "appeal_supported"),),
    "appeal_refuse": (("appeal_asked", "appeal_supported"),),
}
_HELD: Final = frozenset({Holder.DEPARTMENT, Holder.HANDLER})
_ENDS_AS: Final = {
    "close": EndedAs.CLOSED,
    "force_close": EndedAs.CLOSED,
    "merge": EndedAs.MERGED,
    "refuse": EndedAs.REFUSED,
    "not_open": EndedAs.NOT_OPENED,
    "void": EndedAs.VOID,
    "cancel": EndedAs.CANCELLED,
}


def _unknown(entry: str, names: Iterable[str], known: Iterable[str]) -> Iterable[str]:
    for name in sorted(set(names) - set(known)):
        yield f"{entry} {name!r} is not defined; there are {_list(known)}"


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


_CHECKS: Final[tuple[Callable[[Workflow], Iterable[str]], ...]] = (
    _names, _stages, _order, _meaning, _ends, _moves, _ways, _clocks,
)  # fmt: skip


def first_problem(workflow: Workflow) -> str | None:
    """The first fault of a workflow, beginning with undefined names; None if there is none."""
    return next((problem for check in _CHECKS for problem in check(workflow)), None)

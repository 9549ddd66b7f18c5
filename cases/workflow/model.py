"""A case's way from report to close, as data: stages, actions, and the steps between the stages.

The names of stages, steps and clocks are the city's. Actions, guards and needs are known to the program: each
means something that code does, and the words for people stand in the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cases.clocks import Limit
from cases.codes import TypeName


class Outside(StrEnum):
    """The stage of a case as it is counted and shown outside: the six of every city, in order."""

    REPORT = "report"
    OPEN = "open"
    DISPATCH = "dispatch"
    HANDLE = "handle"
    FEEDBACK = "feedback"
    CLOSE = "close"

    @property
    def position(self) -> int:
        """0 for report to 5 for close."""
        return list(Outside).index(self)


class Holder(StrEnum):
    """Who holds a case: a pool of people, a department, or one person; nobody after its end."""

    ACCEPTORS = "acceptors"
    DISPATCHERS = "dispatchers"
    DEPARTMENT = "department"
    HANDLER = "handler"
    NONE = "none"


class EndedAs(StrEnum):
    """How a case ended."""

    CLOSED = "closed"
    CANCELLED = "cancelled"
    VOID = "void"
    REFUSED = "refused"
    NOT_OPENED = "not_opened"
    MERGED = "merged"


class Need(StrEnum):
    """What somebody must give with an action."""

    NOTE = "note"
    REASON = "reason"
    """One of the step's reasons, or a note in its place."""
    DEPARTMENT = "department"
    ASSIGNEE = "assignee"
    CONDITION = "condition"
    """Unless the case has one."""
    UNTIL = "until"
    ANSWER = "answer"
    PICTURES = "pictures"
    INTO = "into"
    """The number of the case into which this one is merged."""
    INCIDENTS = "incidents"
    """The incidents that are taken out into a case of their own."""


class Task(StrEnum):
    """What somebody is asked to do in the street while the case stays where it is."""

    VERIFY = "verify"
    """Before the opening: is it real?"""
    CHECK = "check"
    """Before the closing: is it done?"""


ACTIONS: Final = frozenset(
    {
        "accept", "answer_urge", "appeal", "appeal_grant", "appeal_refuse", "assign", "call_back", "cancel",
        "check", "check_answer", "check_request", "close", "confirm", "defer", "defer_grant", "defer_refuse",
        "dispatch", "force_close", "hand_back", "handle", "key", "merge", "not_open", "open", "refuse",
        "reopen", "resume", "return", "rework", "self_handle", "split", "suspend", "suspend_grant",
        "suspend_refuse", "suspend_request", "take", "urge", "verify", "verify_answer", "void", "withdraw",
    }
)  # fmt: skip
"""What people can do with a case; a workflow takes those that its city wants."""

ANSWERS: Final[Mapping[str, frozenset[str]]] = {
    "verify_answer": frozenset({"exists", "not_exists", "cannot_tell"}),
    "check_answer": frozenset({"done", "not_done", "cannot_tell"}),
    "call_back": frozenset({"very_content", "content", "not_content", "not_reached"}),
}
"""The answers that an action can have."""

COUNTS: Final = frozenset({"rework_count", "return_count"})
CLEARS: Final = frozenset({"department", "assignee"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where a case can stand.

    Attributes:
        name: by which cases keep it.
        title: its words.
        clocks: that run while a case stands here.
        ended_as: how a case ended that stands here; None while it goes on.
    """

    name: str
    title: TypeName
    outside: Outside
    holder: Holder
    clocks: tuple[str, ...]
    ended_as: EndedAs | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageClock:
    """A clock of a workflow.

    Attributes:
        limit: how much time there is; None for that of the case's condition.
        anew: it starts again whenever a case comes to one of its stages; otherwise it keeps its deadline.
        paused_by_task: it stands still while somebody verifies or checks.
    """

    name: str
    title: TypeName
    limit: Limit | None
    anew: bool
    paused_by_task: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One action in some stages.

    Attributes:
        sources: the stages in which it is possible.
        to: the stage after it; None if the case stays where it is.
        who: the roles that take it, of those that have the right to the action; empty for all of them.
        needs: what must be given with it.
        guards: what must hold of the case.
        reasons: the listed reasons for it.
        answers: the answers that it can have.
        counts: the counts of the case that it raises.
        clears: the fields of the case that it empties.
        asks: who decides on the deferral that it asks for, `department` or `dispatcher`.
        while_suspended: it is possible while the case is suspended.
        primary: the usual next step of these stages.
    """

    action: str
    sources: frozenset[str]
    to: str | None
    who: frozenset[str]
    needs: tuple[Need, ...]
    guards: tuple[str, ...]
    reasons: tuple[str, ...]
    answers: tuple[str, ...]
    counts: tuple[str, ...]
    clears: tuple[str, ...]
    asks: str
    while_suspended: bool
    primary: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """A workflow that has been checked (`cases.workflow.file`).

    Attributes:
        version: the number in its file; a changed file has a new one.
        digest: SHA-256 of its content, by which a change without a new number is noticed.
        text: its file.
        report_stage: where a report waits that is not trusted.
        open_stage: where the case of a trusted source begins.
        deferrals: how often a deferral can be granted.
        suspension_days: how long a suspension can last.
        actions: the words of its actions, in the order in which they are shown.
    """

    name: str
    version: int
    digest: str
    text: str
    title: TypeName
    report_stage: str
    open_stage: str
    deferrals: int
    suspension_days: int
    stages: Mapping[str, Stage]
    clocks: Mapping[str, StageClock]
    actions: Mapping[str, TypeName]
    reasons: Mapping[str, TypeName]
    answers: Mapping[str, TypeName]
    steps: tuple[Step, ...]

    @property
    def ends(self) -> frozenset[str]:
        """The stages in which a case has ended."""
        return frozenset(name for name, stage in self.stages.items() if stage.ended_as is not None)

    def steps_from(self, stage: str) -> tuple[Step, ...]:
        """The steps that are possible in a stage, in the order of the actions; an action may have several."""
        found = [step for step in self.steps if stage in step.sources]
        order = {action: position for position, action in enumerate(self.actions)}
        return tuple(sorted(found, key=lambda step: order[step.action]))

    def reachable(self, stages: Iterable[str]) -> frozenset[str]:
        """The stages to which steps lead from some stages, these included."""
        found, ahead = set(stages), list(stages)
        while ahead:
            stage = ahead.pop()
            for step in self.steps:
                if stage in step.sources and step.to is not None and step.to not in found:
                    found.add(step.to)
                    ahead.append(step.to)
        return frozenset(found)

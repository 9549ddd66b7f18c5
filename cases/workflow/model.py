"""A case's way from report to close, as data: stages, actions, and the steps between the stages.

The names of stages, steps and clocks are the city's. Actions, guards and needs belong to the program, because
code implements each of them; their titles for people are in the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cases.clocks import Limit
from cases.codes import TypeName


class Outside(StrEnum):
    """The stage of a case for statistics and other systems: the six of every city, in order."""

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
    """What a person must give with an action."""

    NOTE = "note"
    REASON = "reason"
    """One of the step's reasons, or a note instead."""
    DEPARTMENT = "department"
    ASSIGNEE = "assignee"
    CONDITION = "condition"
    """Unless the case has one."""
    UNTIL = "until"
    ANSWER = "answer"
    PICTURES = "pictures"
    INTO = "into"
    """The number of the case to merge this one into."""
    INCIDENTS = "incidents"
    """The incidents to split off into a case of their own."""


class Task(StrEnum):
    """What a person is asked to do in the street while the case stays in its stage."""

    VERIFY = "verify"
    """Before the opening: does the problem exist?"""
    CHECK = "check"
    """Before the closing: was it handled?"""


ACTIONS: Final = frozenset(
    {
        "accept", "answer_urge", "appeal", "appeal_grant", "appeal_refuse", "assign", "call_back", "cancel",
        "check", "check_answer", "check_request", "close", "confirm", "defer", "defer_grant", "defer_refuse",
        "dispatch", "force_close", "hand_back", "handle", "key", "merge", "not_open", "open", "refuse",
        "reopen", "resume", "return", "rework", "self_handle", "split", "suspend", "suspend_grant",
        "suspend_refuse", "suspend_request", "take", "urge", "verify", "verify_answer", "void", "withdraw",
    }
)  # fmt: skip
"""The actions of people on a case; a workflow uses those that its city wants."""

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
    """A stage of a case.

    Attributes:
        name: the name in cases.
        title: its name for people.
        clocks: the clocks that run in it.
        ended_as: how a case in it ended; None if the case goes on.
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
        anew: whether it restarts whenever a case enters one of its stages; otherwise it keeps its deadline.
        paused_by_task: whether it stands still during a verification or check.
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
        to: the stage after it; None if the case stays in its stage.
        who: the roles that may take it, of those with the right to the action; empty for all of them.
        needs: what must be given with it.
        guards: preconditions of the case.
        reasons: the listed reasons for it.
        answers: the possible answers.
        counts: the counts of the case that it increases.
        clears: the fields of the case that it clears.
        asks: who decides on the deferral that it requests, `department` or `dispatcher`.
        while_suspended: whether it is possible while the case is suspended.
        primary: whether it is the usual next step of these stages.
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
    """A checked workflow (`cases.workflow.file`).

    Attributes:
        version: the number in its file; a changed file needs a new one.
        digest: SHA-256 of its content, which detects a change without a new number.
        text: its file.
        report_stage: where a report from an untrusted source waits.
        open_stage: where a case from a trusted source begins.
        deferrals: maximum number of deferrals.
        suspension_days: maximum length of a suspension.
        actions: the titles of its actions, in the order in which they are shown.
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
        """The stages that can be reached from some stages, including these."""
        found, ahead = set(stages), list(stages)
        while ahead:
            stage = ahead.pop()
            for step in self.steps:
                if stage in step.sources and step.to is not None and step.to not in found:
                    found.add(step.to)
                    ahead.append(step.to)
        return frozenset(found)

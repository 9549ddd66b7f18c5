"""The camera as witness: a detector's view of a case's place answers without anybody being asked.

Seen restored after the handling: the check has passed, with the pictures of before and after. Still seen: the
case goes back for rework, urged. Still seen after its end: the case is opened again. A camera that is
offline, or has sent nothing since, is not a witness.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cases import Actor, CaseEvent, CasePolicy, CaseState, Rights
from cases.errors import ActionRefusedError
from cases.timing import Due, Timed
from cases.workflow import Given, Task, Workflow
from casework.actions import act
from store.connection import Connection
from store.queries import load

_SQL = load("witness")

SEEN_RESTORED: Final = "摄像机看到已恢复 / the camera sees it put right"
STILL_SEEN: Final = "仍看到同一问题 / the same problem is still seen"
_REASONS: Final = {"rework": "not_done", "reopen": "happened_again"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """Acts on one case for the detector that sees it.

    Attributes:
        connection: in a transaction that has locked the case.
        case: its present state; `events` are its history.
        workflow: of the case.
        policy: the city's decisions.
        at: now.
    """

    connection: Connection
    case: CaseState
    events: Sequence[CaseEvent]
    workflow: Workflow
    policy: CasePolicy
    at: datetime

    async def act(self, what: Due) -> bool:
        """Do what is due, if the detector has looked since; returns whether anything was done."""
        match what.what:
            case Timed.CHECK:
                return await self._check()
            case Timed.REWORK:
                return await self._looked_since(self.case.handled_at, what) and await self._rework()
            case Timed.REOPEN:
                return (
                    await self._looked_since(self.case.closed_at, what)
                    and not await self._goes_on_elsewhere()
                    and await self._take("reopen", STILL_SEEN)
                )
            case _:
                return False

    async def _check(self) -> bool:
        pictures = self._before_and_after()
        out = self.case.task is not None and self.case.task.get("kind") == Task.CHECK
        if "check" in self.workflow.actions and not out:
            return await self._take("check", SEEN_RESTORED, evidence=pictures)
        if not out and not await self._take("check_request", SEEN_RESTORED, assignee=self._actor.name):
            return False
        return await self._take("check_answer", SEEN_RESTORED, answer="done", evidence=pictures)

    async def _rework(self) -> bool:
        if not await self._take("rework", STILL_SEEN):
            return False
        await self._take("urge", STILL_SEEN)
        return True

    async def _take(
        self,
        action: str,
        note: str,
        *,
        answer: str | None = None,
        assignee: str | None = None,
        evidence: tuple[str, ...] = (),
    ) -> bool:
        """Perform an action; returns whether the workflow allows it now."""
        wanted = _REASONS.get(action)
        steps = [step for step in self.workflow.steps_from(self.case.stage) if step.action == action]
        reason = wanted if any(wanted in step.reasons for step in steps) else None
        given = Given(note=note, reason=reason, answer=answer, assignee=assignee, evidence=evidence)
        try:
            await act(
                self.connection,
                self.case.number,
                action=action,
                given=given,
                actor=self._actor,
                rights=Rights.shipped(),
                policy=self.policy,
                expected_sequence=None,
                at=self.at,
            )
        except ActionRefusedError:
            return False
        return True

    @property
    def _actor(self) -> Actor:
        return Actor.system(f"camera/{self.case.camera}" if self.case.camera else "system/worker")

    async def _looked_since(self, begin: datetime | None, what: Due) -> bool:
        """Whether it has reported since, or its camera has sent a picture after that time."""
        assert begin is not None, "it was due because of this moment"
        if self.case.seen_at is not None and self.case.seen_at > begin:
            return True
        still: datetime | None = await self.connection.fetchval(_SQL["newest_still"], self.case.camera)
        return still is not None and still >= what.at

    async def _goes_on_elsewhere(self) -> bool:
        """Whether another case is open for the same problem."""
        case = self.case
        sight = (case.problem_class, case.component, case.camera, case.zone)
        return bool(await self.connection.fetchval(_SQL["other_open_case"], case.number, *sight))

    def _before_and_after(self) -> tuple[str, ...]:
        """The first picture of the finding, and the newest of the restored place."""
        before = [event.evidence[0] for event in self.events if event.evidence and event.action != "restore"]
        after = [event.evidence[0] for event in self.events if event.evidence and event.action == "restore"]
        return tuple(dict.fromkeys([*before[:1], *after[-1:]]))

"""Writes the simulated past through the domain: reports, ends of incidents, and actions of people."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from cases import Actor, CasePolicy, CaseState, Rights, fold
from cases.timing import OF_CLOCKS
from cases.workflow import Given
from casework import CaseChange, Report, act, apply_incident, take_in
from casework.clocks import pass_time
from city.people.case import Move
from city.people.staff import Member
from deploy.made_history.looks import actor_of
from deploy.made_history.problems import Problem
from ingest.incident_cases import incident_row
from store import cases as rows
from store.case_evidence import KeptFile, add_case_evidence
from store.case_history import history
from store.connection import Connection
from store.queries import load
from wire.messages import Incident, Phase

_ADD_INCIDENT: Final = load("ingest")["add_incident"]
_WORKER: Final = "system/worker"
_BOX: Final = "box/box-1"
_LONGER_AGO_S: Final = 40.0
"""The time from the begin of a problem to its report by a detector."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """Pictures that people send, already stored: of a problem, and of restored places."""

    finding: Sequence[KeptFile] = ()
    after: Sequence[KeptFile] = ()


@dataclass(slots=True, kw_only=True)
class Made:
    """A case of the simulated past.

    Attributes:
        problem: the problem that opened it.
        told: the actions of its history.
        is_there: whether the problem still exists, whatever people report.
        version: increases with each action of a person, not with events by time.
    """

    case_id: UUID
    problem: Problem
    state: CaseState
    told: list[str]
    is_there: bool = True
    version: int = 0


class Writer:
    """Writes to the database within the caller's transaction.

    Args:
        connection: of the database's owner.
        policy: the case policy.
        rights: the table of rights.
        pictures: that people send.
    """

    def __init__(
        self, connection: Connection, *, policy: CasePolicy, rights: Rights, pictures: Pictures
    ) -> None:
        self.policy = policy
        self.rights = rights
        self._connection = connection
        self._pictures = pictures

    async def report(self, problem: Problem, reporter: Member, at: datetime) -> CaseChange:
        """Record the first report of a problem, which opens a case or joins one."""
        if problem.is_watched:
            return await self._incident(problem, at, ended=False)
        change = await self._by_person(problem, reporter, at)
        if self._pictures.finding and problem.source == "patrol":
            which = problem.told_at.microsecond % len(self._pictures.finding)
            files = [self._pictures.finding[which]]
            await add_case_evidence(self._connection, change.case_id, files, actor=reporter.login, at=at)
        return change

    async def made(self, case_id: UUID, problem: Problem) -> Made:
        """A new case of the simulated past."""
        return Made(case_id=case_id, problem=problem, state=await self._state(case_id), told=["report"])

    async def restore(self, made: Made, at: datetime) -> None:
        """Record that the camera or sensor that reported a problem sees the place restored."""
        await self._incident(made.problem, at, ended=True)
        await self.look_again(made)
        made.told.append("restore")

    async def move(self, made: Made, member: Member, move: Move, at: datetime, chance: random.Random) -> None:
        """Take a case one step further.

        Raises:
            ActionRefusedError: the workflow refuses it.
        """
        files: Sequence[KeptFile] = ()
        if self._pictures.after and (move.pictures or move.action == "handle"):
            files = [chance.choice(self._pictures.after)]
        given = Given(
            note=move.note,
            reason=move.reason,
            department=move.department,
            assignee=move.assignee,
            condition=move.condition,
            until=move.until,
            answer=move.answer,
            evidence=tuple(file.digest for file in files),
        )
        await self._act(made, move.action, given, actor_of(member), at)
        await add_case_evidence(self._connection, made.case_id, files, actor=member.login, at=at)

    async def pass_time(self, made: Made, at: datetime) -> bool:
        """Record what is due by time, as the worker does; returns whether there was anything."""
        recorded = await pass_time(
            self._connection, made.state.number, policy=self.policy, actor=_WORKER, at=at
        )
        made.state = await self._state(made.case_id)
        done = [each.what.what for each in recorded if each.what.what not in OF_CLOCKS]
        made.told += map(str, done)
        made.version += bool(done)
        return bool(recorded)

    async def _act(self, made: Made, action: str, given: Given, actor: Actor, at: datetime) -> None:
        done = await act(
            self._connection,
            made.state.number,
            action=action,
            given=given,
            actor=actor,
            rights=self.rights,
            policy=self.policy,
            expected_sequence=made.state.sequence,
            at=at,
        )
        assert done.state is not None
        made.state = done.state
        made.version += 1
        made.told.append(action)

    async def look_again(self, made: Made) -> None:
        """Read the state of a case after a report."""
        made.state = await self._state(made.case_id)
        made.version += 1

    async def _state(self, case_id: UUID) -> CaseState:
        return fold(await history(self._connection, case_id))

    async def _by_person(self, problem: Problem, reporter: Member, at: datetime) -> CaseChange:
        place = problem.place
        report = Report(
            incident_id=problem.incident_id,
            revision=1,
            actor=reporter.login,
            source=problem.source,
            type=problem.type,
            district=place.district,
            lon=place.lon,
            lat=place.lat,
            received_at=at,
            observed_at=at,
            began_at=at,
            component=place.component,
            facts={"description": problem.words},
        )
        await rows.add_incident(
            self._connection,
            incident_id=report.incident_id,
            revision=1,
            incident_type=report.type,
            source=f"operator/{reporter.login}",
            district=report.district,
            observed_at=at,
            began_at=at,
            received_at=at,
            lon=report.lon,
            lat=report.lat,
            zone=None,
            component=report.component,
            confidence=1.0,
            cues={},
        )
        return await take_in(self._connection, report, policy=self.policy)

    async def _incident(self, problem: Problem, at: datetime, *, ended: bool) -> CaseChange:
        place = problem.place
        source = _BOX if problem.source == "camera" else f"device/{place.sensor}"
        incident = Incident(
            incident_id=problem.incident_id,
            revision=2 if ended else 1,
            phase=Phase.ENDED if ended else Phase.BEGUN,
            type=problem.type,
            observed_at=at.timestamp(),
            began_at=problem.told_at.timestamp() - _LONGER_AGO_S,
            lat=place.lat,
            lon=place.lon,
            camera=place.camera,
            zone=place.zone,
            component=place.component,
            confidence=0.9,
        )
        await self._connection.execute(
            _ADD_INCIDENT, *incident_row(incident, source=source, district=place.district, received_at=at)
        )
        return await apply_incident(
            self._connection,
            incident,
            source=source,
            district=place.district,
            received_at=at,
            evidence_digests=(),
            policy=self.policy,
        )

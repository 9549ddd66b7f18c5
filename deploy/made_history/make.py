"""Simulates the past step by step: problems arise and are reported, and the staff works on the cases."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final
from uuid import UUID

from cases import ActionRefusedError, CasePolicy, Rights
from cases.timing import due
from city.people.case import Move, OfferedCase
from city.people.decide import Colleagues, decide, takes
from city.people.staff import Member, by_role
from deploy.made_history.looks import as_offered
from deploy.made_history.problems import Places, Problem, problems
from deploy.made_history.writing import Made, Pictures, Writer
from store.connection import Connection

_SEEN_PUT_RIGHT: Final = timedelta(minutes=4)
"""A camera or sensor sees the place restored this long before the handler replies."""
_AT_ONCE: Final = 200
"""Steps in a transaction."""
_DAY: Final = range(7, 22)
"""Working hours of departments; the centre works round the clock."""
_TELL_EVERY: Final = timedelta(days=15)


@dataclass(order=True)
class _Step:
    """A planned step, which is dropped if its case has changed by then."""

    at: datetime
    order: int
    do: Callable[[datetime], Any] = field(compare=False)
    case: Made | None = field(default=None, compare=False)
    version: int = field(default=0, compare=False)


async def make_history(
    connection: Connection,
    *,
    places: Places,
    staff: Sequence[Member],
    pictures: Pictures,
    policy: CasePolicy,
    seed: int,
    start: datetime,
    end: datetime,
    tell: Callable[[str], None],
) -> int:
    """Write the history of a period, unless there are cases.

    Args:
        connection: not in a transaction; of the database's owner, with the city's layers in it.
        places: of possible problems.
        staff: of the city.
        pictures: that people send.
        policy: the case policy.
        seed: determines everything.
        start: of the period; aware.
        end: of the period; aware.
        tell: takes a line of progress.

    Returns:
        The number of new cases; 0 if there are cases already.
    """
    if await connection.fetchval("SELECT EXISTS (SELECT FROM case_event)"):
        return 0
    await connection.execute("SET synchronous_commit = off")  # a history that is lost is made again
    told = problems(seed, places, start=start, end=end, zone=policy.calendar.zone)
    writer = Writer(connection, policy=policy, rights=Rights.shipped(), pictures=pictures)
    made = _Time(writer, staff, chance=random.Random(f"{seed}/history"), end=end)
    for problem in told:
        made.expect(problem)
    await made.pass_(connection, tell)
    return len(made.cases)


class _Time:
    """Runs planned steps in order of time; drops a step if its case has changed since it was planned."""

    def __init__(
        self, writer: Writer, staff: Sequence[Member], *, chance: random.Random, end: datetime
    ) -> None:
        self.cases: dict[UUID, Made] = {}
        self._writer = writer
        self._staff = by_role(staff)
        self._by_login = {member.login: member for member in staff}
        self._chance = chance
        self._end = end
        self._steps: list[_Step] = []
        self._orders = count()

    def expect(self, problem: Problem) -> None:
        """Plan the first report of a problem."""
        self._plan(problem.told_at, lambda at: self._hear(problem, at))

    async def pass_(self, connection: Connection, tell: Callable[[str], None]) -> None:
        """Run the steps, several in each transaction."""
        tell_at = self._steps[0].at + _TELL_EVERY if self._steps else self._end
        while self._steps:
            async with connection.transaction():
                for _ in range(_AT_ONCE):
                    if not self._steps:
                        break
                    step = heapq.heappop(self._steps)
                    if step.case is None or step.case.version == step.version:
                        await step.do(step.at)
            if self._steps and self._steps[0].at >= tell_at:
                tell(f"history: {len(self.cases)} cases until {tell_at:%Y-%m-%d}")
                tell_at += _TELL_EVERY

    def _plan(self, at: datetime, do: Callable[[datetime], Any], case: Made | None = None) -> None:
        if at < self._end:
            version = 0 if case is None else case.version
            heapq.heappush(self._steps, _Step(at, next(self._orders), do, case, version))

    async def _hear(self, problem: Problem, at: datetime) -> None:
        reporters = self._staff["acceptor" if problem.source == "hotline" else "patrol"]
        change = await self._writer.report(problem, self._chance.choice(reporters), at)
        made = self.cases.get(change.case_id)
        if made is not None:  # it joined a case
            await self._writer.look_again(made)
            self._plan_next(made, at)
            return
        made = self.cases[change.case_id] = await self._writer.made(change.case_id, problem)
        if problem.passes is not None and problem.is_watched:
            self._plan(at + problem.passes, lambda when: self._goes(made, when))
        self._plan_next(made, at)

    async def _goes(self, made: Made, at: datetime) -> None:
        """End the problem; a camera or sensor at the place sees it."""
        if made.is_there:
            made.is_there = False
            await self._writer.restore(made, at)
            self._plan_next(made, at)

    def _plan_next(self, made: Made, at: datetime) -> None:
        """Plan the next action on a case, by its holder or by a person who was asked."""
        self._plan_clocks(made, at)
        planned = [plan for member in self._who(made) if (plan := self._turn(made, member, at)) is not None]
        if planned:
            when, member, move = min(planned, key=lambda plan: plan[0])
            self._plan(when, lambda moment: self._begin(made, member, move, moment), made)
            self._plan_urging(made, at, when)

    def _turn(self, made: Made, member: Member, at: datetime) -> tuple[datetime, Member, Move] | None:
        """The action that a member would take on a case, and its time."""
        case = self._see(made, member, at)
        move = self._decide(case, member, at)
        if move is None:
            return None
        return self._at_work(member, at + takes(move.action, case, member, self._chance)), member, move

    def _plan_clocks(self, made: Made, at: datetime, *, only_later: bool = False) -> None:
        """Plan the next event that is due by time: warning, deadline, suspension's end, observation."""
        policy = self._writer.policy
        known = [
            each.at for each in due(made.state, policy, policy.workflow) if each.at > at or not only_later
        ]
        if known:
            self._plan(max(at, known[0]), lambda moment: self._pass_time(made, moment), made)

    async def _pass_time(self, made: Made, at: datetime) -> None:
        version = made.version
        something = await self._writer.pass_time(made, at)
        if made.version == version:  # only clocks: those who work on it go on with what they are about to do
            self._plan_clocks(made, at, only_later=not something)
        else:
            self._plan_next(made, at)

    def _plan_urging(self, made: Made, at: datetime, until: datetime) -> None:
        deadline = made.state.deadline_at
        if deadline is None or deadline >= until or "urge" in made.told:
            return
        lead = self._staff["shift_lead"][0]
        looks = max(at, deadline) + timedelta(hours=self._chance.uniform(0.2, 3))
        if looks < until and self._chance.random() < 0.5:
            self._plan(looks, lambda moment: self._look(made, lead, moment), made)

    async def _look(self, made: Made, member: Member, at: datetime) -> None:
        move = self._decide(self._see(made, member, at), member, at)
        if move is not None:
            await self._begin(made, member, move, at)

    async def _begin(self, made: Made, member: Member, move: Move, at: datetime) -> None:
        """Take an action; if it resolves a watched problem, the camera or sensor reports that first."""
        if move.action in {"handle", "self_handle"} and not move.pretended and made.is_there:
            made.is_there = False
            if made.problem.is_watched:
                await self._writer.restore(made, at)
                later = at + _SEEN_PUT_RIGHT
                self._plan(later, lambda moment: self._move(made, member, move, moment), made)
                return
        await self._move(made, member, move, at)

    async def _move(self, made: Made, member: Member, move: Move, at: datetime) -> None:
        with suppress(
            ActionRefusedError
        ):  # the time for it has passed meanwhile, such as that for a deferral
            await self._writer.move(made, member, move, at, self._chance)
        self._plan_next(made, at)

    def _see(self, made: Made, member: Member, at: datetime) -> OfferedCase:
        writer = self._writer
        return as_offered(
            made.state, member, told=made.told, workflow=writer.policy.workflow, policy=writer.policy,
            rights=writer.rights, now=at,
        )  # fmt: skip

    def _decide(self, case: OfferedCase, member: Member, at: datetime) -> Move | None:
        handlers = [each.login for each in self._staff["handler"] if each.department == member.department]
        colleagues = Colleagues(handlers=handlers, patrols=[each.login for each in self._staff["patrol"]])
        return decide(case, member, colleagues=colleagues, now=at, chance=self._chance)

    def _who(self, made: Made) -> list[Member]:
        """The members who have to act: one of the case's holder, and everybody who was asked."""
        case, staff = made.state, self._staff
        of_department = [
            each
            for each in staff["department_desk"]
            if case.department in {each.department, each.department_name}
        ]
        pools = {
            "acceptors": staff["acceptor"],
            "dispatchers": staff["dispatcher"],
            "department": of_department,
            "handler": [],
            "none": staff["acceptor"],
        }
        found = [self._chance.choice(pool) for pool in [pools[case.holder]] if pool]
        if case.assignee in self._by_login:
            found.append(self._by_login[case.assignee])
        if case.deferral_asked is not None or case.appeal is not None:
            found.append(self._chance.choice(staff["dispatcher"]))
            found.append(self._chance.choice(staff["acceptor"]))
        if case.urged_at is not None and case.urge_answered_at is None:
            found += of_department
        return found

    def _at_work(self, member: Member, at: datetime) -> datetime:
        """That time, or the next morning if the member's department does not work then."""
        local = at.astimezone(self._writer.policy.calendar.zone)
        if member.department is None or local.hour in _DAY:
            return at
        morning = local.replace(hour=_DAY.start, minute=self._chance.randrange(60))
        return (morning if local.hour < _DAY.start else morning + timedelta(days=1)).astimezone(at.tzinfo)

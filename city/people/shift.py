"""The staff at work: each member checks the queues at intervals, and acts when the time has come."""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx
import msgspec

from city.people.caller import call_of
from city.people.case import Move, OfferedCase
from city.people.decide import Colleagues, decide, takes
from city.people.desk import Desk, Detail, Listed, RefusedError, SignedOffError
from city.people.patrol import hours_until_next, next_report
from city.people.staff import Member, by_role

log = logging.getLogger(__name__)

QUEUES: Final[Mapping[str, tuple[str, ...]]] = {
    "acceptor": ("acceptors", "mine"),
    "dispatcher": ("dispatchers", "departments"),
    "shift_lead": ("departments",),
    "department_desk": ("department", "handlers"),
    "handler": ("mine",),
    "patrol": ("mine",),
}
"""The centre's queues that each role checks; other roles do not act."""
_STREET_WORDS: Final = ("road", "street", "avenue", "lane")
"""What names of streets have."""
_TELL_EVERY_S: Final = 60.0
_LEFT_TO_PEOPLE: Final = timedelta(minutes=10)
"""A case on which a person outside the staff acts is left to that person for this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The speed of the staff.

    Attributes:
        hour_s: seconds of real time for an hour of the city.
        look_s: mean seconds between two checks of a member's queues.
        call_hours: mean hours of the city between two calls that an acceptor takes.
    """

    hour_s: float = 60.0
    look_s: float = 20.0
    call_hours: float = 4.0


@dataclass(frozen=True, slots=True)
class _Plan:
    case: OfferedCase
    move: Move | None
    at: datetime


class Shift:
    """Everybody who works at cases.

    Args:
        staff: all members.
        passwords: of their accounts, by login.
        center_url: of the command centre.
        tls: how to verify it; None for http.
        album: pictures that they send, JPEG.
        seed: random seed for what habits leave open.
        pace: their speed.
        places: longitude and latitude of places where patrol members report; without any they do not.
    """

    def __init__(
        self,
        staff: Sequence[Member],
        passwords: Mapping[str, str],
        *,
        center_url: str,
        tls: ssl.SSLContext | None,
        album: Sequence[bytes],
        seed: int,
        pace: Pace,
        places: Sequence[tuple[float, float]] = (),
    ) -> None:
        self.acted = 0
        self.reported = 0
        self.refused = 0
        self._staff = staff
        self._roles = by_role(staff)
        self._logins = frozenset(member.login for member in staff)
        self._passwords = passwords
        self._center_url = center_url
        self._tls = tls
        self._album = album
        self._seed = seed
        self._pace = pace
        self._places = places

    async def work(self) -> None:
        """Work until cancelled; while the centre is unreachable, wait for it."""
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
            for member in self._staff:
                if member.role in QUEUES and member.login in self._passwords:
                    http = await stack.enter_async_context(
                        httpx.AsyncClient(
                            base_url=self._center_url, verify=self._tls or True, timeout=30, trust_env=False
                        )
                    )
                    desk = Desk(member, self._passwords[member.login], http)
                    group.create_task(self._sit(desk), name=member.login)
                    if member.role == "acceptor":
                        group.create_task(self._answer_calls(desk), name=f"calls of {member.login}")
            group.create_task(self._tell(), name="tell")

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(_TELL_EVERY_S)
            log.info("staff: %d actions, %d refused, %d reports", self.acted, self.refused, self.reported)

    async def _sit(self, desk: Desk) -> None:
        chance = random.Random(f"{self._seed}/{desk.member.login}")
        plans: dict[str, _Plan] = {}
        away = False
        report_at = self._next_report(desk.member, chance)
        while True:
            await asyncio.sleep(self._pace.look_s * chance.uniform(0.5, 1.5))
            try:
                plans = await self._look(desk, plans)
                if report_at is not None and report_at <= datetime.now(UTC):
                    report_at = self._next_report(desk.member, chance)
                    await self._report(desk, chance)
                away = False
            except SignedOffError as error:  # another person has taken over the account
                log.warning("%s", error)
                return
            except (httpx.HTTPError, msgspec.MsgspecError, TimeoutError) as error:
                if not away:
                    log.warning("%s cannot work: %s", desk.member.login, error or type(error).__name__)
                away = True

    async def _answer_calls(self, desk: Desk) -> None:
        """Register what callers of the hotline tell, at intervals."""
        chance = random.Random(f"{self._seed}/{desk.member.login}/calls")
        while True:
            await asyncio.sleep(self._pace.hour_s * self._pace.call_hours * chance.uniform(0.5, 1.5))
            try:
                told = call_of(await desk.places(chance.choice(_STREET_WORDS)), chance)
                if told is not None:
                    log.info("%s: call by %s", await desk.register_call(told), desk.member.login)
            except RefusedError as error:
                self.refused += 1
                log.info("a call taken by %s was refused: %s", desk.member.login, error)
            except SignedOffError:
                return
            except (httpx.HTTPError, msgspec.MsgspecError, TimeoutError) as error:
                log.debug("%s takes no calls: %s", desk.member.login, error or type(error).__name__)

    async def _look(self, desk: Desk, plans: Mapping[str, _Plan]) -> dict[str, _Plan]:
        """Check all queues once; returns the plans for the cases in them."""
        listed: dict[str, Listed] = {}
        for queue in QUEUES[desk.member.role]:
            listed |= {each.number: each for each in await desk.queue(queue)}
        if desk.member.role == "acceptor":
            listed |= {each.number: each for each in await desk.to_call_back()}
        found: dict[str, _Plan] = {}
        for each in listed.values():
            plan = plans.get(each.number)
            if plan is None or plan.case.sequence != each.sequence:
                plan = self._plan(desk.member, await desk.look(each.number), datetime.now(UTC))
            if plan.move is not None and plan.at <= datetime.now(UTC):
                if await self._act(desk, plan.case, plan.move):
                    continue
                plan = replace(plan, move=None)  # until the case has changed
            found[each.number] = plan
        return found

    def _next_report(self, member: Member, chance: random.Random) -> datetime | None:
        if member.role != "patrol" or not self._places:
            return None
        return datetime.now(UTC) + timedelta(seconds=hours_until_next(member, chance) * self._pace.hour_s)

    async def _report(self, desk: Desk, chance: random.Random) -> None:
        seen = next_report(self._places, chance)
        shown = chance.sample(list(self._album), min(3, len(self._album)))
        try:
            number = await desk.report(seen, before=shown[:2], after=shown[2:] or shown[:1])
        except RefusedError as error:
            self.refused += 1
            log.info("a report by %s was refused: %s", desk.member.login, error)
            return
        self.reported += 1
        log.info("%s: reported by %s", number, desk.member.login)

    def _plan(self, member: Member, detail: Detail, now: datetime) -> _Plan:
        case = detail.as_offered(now)
        chance = random.Random(f"{self._seed}/{member.login}/{case.number}/{case.sequence}")
        handlers = [
            each.login for each in self._roles.get("handler", ()) if each.department == member.department
        ]
        patrols = [each.login for each in self._roles.get("patrol", ())]
        colleagues = Colleagues(handlers=handlers, patrols=patrols)
        move = decide(case, member, colleagues=colleagues, now=now, chance=chance)
        at = now
        if move is not None:
            at += takes(move.action, case, member, chance) * (self._pace.hour_s / 3600)
        return _Plan(case, move, max(at, self._left_until(detail)))

    def _left_until(self, detail: Detail) -> datetime:
        """Until when a case is left to a person outside the staff who has acted on it."""
        theirs = [
            event.at for event in detail.events if "/" not in event.actor and event.actor not in self._logins
        ]
        return theirs[-1] + _LEFT_TO_PEOPLE if theirs else datetime.min.replace(tzinfo=UTC)

    async def _act(self, desk: Desk, case: OfferedCase, move: Move) -> bool:
        """Perform an action; returns whether the centre accepted it."""
        pictures = list(self._album[: move.pictures])
        if len(self._album) > 1 and move.pictures:
            pictures = random.Random(case.number).sample(list(self._album), move.pictures)
        try:
            if move.action == "call_back":
                await desk.read_contact(case.number)
            await desk.act(case, move, pictures)
        except RefusedError as error:
            self.refused += 1
            log.info("%s on %s by %s was refused: %s", move.action, case.number, desk.member.login, error)
            return False
        self.acted += 1
        log.info("%s: %s by %s", case.number, move.action, desk.member.login)
        return True

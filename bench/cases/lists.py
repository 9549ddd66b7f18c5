"""The lists of the desk, each as a role asks for it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final

from bench.cases.making import DISTRICTS
from cases.rights import Actor, Role
from cases.scopes import Portion, Scope
from center.cases.queues import queues_of
from store.case_filter import CaseFilter, Circle, Word
from store.case_lists import CaseSort, count, count_open, page
from store.connection import Connection

_PAGE: Final = 51


def lists(now: datetime, department: str) -> dict[str, tuple[CaseFilter, CaseSort]]:
    """By name: what is asked for, and in which order."""
    deadline, newest, changed = CaseSort.DEADLINE, CaseSort.OPENED, CaseSort.CHANGED
    desk = Scope(
        frozenset(
            {
                Portion(departments=frozenset({department})),
                Portion(opener="acceptor-3"),
                Portion(assignee="handler-3"),
            }
        )
    )
    day = timedelta(days=1)
    near = Circle(lat=24.9, lon=118.65, radius_m=500)
    return {
        "open, what is due first": (CaseFilter(open=True), deadline),
        "all, newest": (CaseFilter(), newest),
        "all, changed last": (CaseFilter(), changed),
        "all, what is due first": (CaseFilter(), deadline),
        "ended, newest": (CaseFilter(open=False), newest),
        "ended, changed last": (CaseFilter(open=False), changed),
        "overdue": (CaseFilter(overdue=True), deadline),
        "due within 4 hours": (CaseFilter(due_within=timedelta(hours=4)), deadline),
        "open of a department": (
            CaseFilter(open=True, holders=("department",), departments=(department,)),
            deadline,
        ),
        "ended of a department": (CaseFilter(open=False, departments=(department,)), newest),
        "of a district": (CaseFilter(districts=(DISTRICTS[-1],)), newest),
        "ended of a district and a code": (
            CaseFilter(open=False, districts=(DISTRICTS[-1],), codes=("0114",)),
            newest,
        ),
        "of a grid cell": (CaseFilter(grid_cells=(f"{DISTRICTS[0]}000000100",)), newest),
        "of a person": (CaseFilter(assignee="handler-77"), newest),
        "open of a person": (CaseFilter(open=True, assignee="handler-77"), deadline),
        "of a class of codes": (CaseFilter(codes=("01",)), newest),
        "of a source": (CaseFilter(sources=("leader",)), newest),
        "of no source": (CaseFilter(sources=("nobody",), districts=(DISTRICTS[-1],)), changed),
        "in a stage": (CaseFilter(stages=("dispatched",)), deadline),
        "by four conditions": (
            CaseFilter(stages=("closed",), departments=(department,), codes=("0115",), sources=("leader",)),
            changed,
        ),
        "number begins": (CaseFilter(number=f"SW{now - 300 * day:%Y%m%d}"), newest),
        "number ends": (CaseFilter(number="04242"), newest),
        "words that few have": (CaseFilter(words=(Word(text="第123456号"),)), newest),
        "words that many have": (CaseFilter(words=(Word(text="路灯不亮"),)), newest),
        "words and types": (
            CaseFilter(
                words=(
                    Word(
                        text="井盖", types=("cover_missing", "cover_displaced"), codes=("A/component/0114",)
                    ),
                )
            ),
            newest,
        ),
        "words that nobody has": (CaseFilter(words=(Word(text="喷泉故障"),)), newest),
        "words, open": (CaseFilter(open=True, words=(Word(text="积水"),)), deadline),
        "of a day": (CaseFilter(opened_from=now - 400 * day, opened_to=now - 399 * day), newest),
        "of a month and a department": (
            CaseFilter(opened_from=now - 400 * day, opened_to=now - 370 * day, departments=(department,)),
            changed,
        ),
        "near a place": (CaseFilter(near=near), newest),
        "near a place, what is due first": (CaseFilter(near=near), deadline),
        "open near a place": (CaseFilter(open=True, near=near), deadline),
        "key cases": (CaseFilter(key_case=True), newest),
        "as a department's desk sees all": (CaseFilter(scope=desk), newest),
        "as a handler sees all": (
            CaseFilter(scope=Scope(frozenset({Portion(assignee="handler-3")}))),
            changed,
        ),
    }


async def measure(
    connection: Connection, *, now: datetime, department: str, questions: int
) -> dict[str, Any]:
    """Ask for each list so many times, page and count together; milliseconds, p50 and p95."""
    found: dict[str, Any] = {}
    for name, (chosen, sort) in lists(now, department).items():

        async def one(chosen: CaseFilter = chosen, sort: CaseSort = sort) -> None:
            first = await page(connection, chosen, sort=sort, after=None, limit=_PAGE, now=now)
            if len(first) == _PAGE and sort is CaseSort.OPENED:
                last = (first[-2]["reported_at"], first[-2]["number"])
                await page(connection, chosen, sort=sort, after=last, limit=_PAGE, now=now)
            await count(connection, chosen, now=now)

        found[name] = await _timed(connection, one, questions)
    everybody = Actor(name="handler-3", roles=frozenset(Role), department=department)
    filters = [queue.filter for queue in queues_of(everybody)]

    async def queues() -> None:
        await count_open(connection, filters, due_within=timedelta(hours=4), now=now)

    found["queues"] = await _timed(connection, queues, questions)
    return found


async def _timed(
    connection: Connection, question: Callable[[], Awaitable[None]], times: int
) -> dict[str, float]:
    took = []
    for _ in range(times + 1):
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            began = time.perf_counter()
            await question()
            took.append((time.perf_counter() - began) * 1000)
    took = sorted(took[1:])  # the first one plans
    return {"p50": round(took[len(took) // 2], 1), "p95": round(took[int(len(took) * 0.95)], 1)}

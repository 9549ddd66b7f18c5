"""Lists of cases: filters, orders, pages, and the queues that lead to them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest

from cases.rights import Actor, Role
from center.cases.queues import queues_of
from store.connection import Pool
from tests.center.running import Browser, report, stall

pytestmark = pytest.mark.servers

NOW = datetime.now(UTC).replace(microsecond=0)
FIELDS: dict[str, dict[str, Any]] = {
    "late": {"deadline_at": NOW - timedelta(hours=1), "holder": "dispatchers", "district": "350501"},
    "soon": {
        "deadline_at": NOW + timedelta(hours=2), "holder": "department", "stage": "dispatched",
        "department": "市政养护所", "assignee": "wang", "source": "hotline", "code": "050101",
        "title": "路灯不亮", "description": "百花路口 Lamp 12 is dark", "urged_at": NOW,
    },
    "later": {
        "deadline_at": NOW + timedelta(days=2), "holder": "acceptors", "key_case": True,
        "grid_cell": "350582001002003", "opener": "zhang", "urged_at": NOW, "urge_answered_at": NOW,
    },
    "never": {"deadline_at": None, "suspended_until": NOW + timedelta(days=9), "holder": "dispatchers"},
    "ended": {
        "deadline_at": None, "closed_at": NOW, "stage": "closed", "department": "市政养护所", "type": "goods",
        "code": "0507",
    },
}  # fmt: skip
ORDER = ["late", "soon", "later", "never", "ended"]


@pytest.fixture
async def numbers(pool: Pool) -> dict[str, str]:
    """The number of each case of `FIELDS`, reported in that order, a minute apart."""
    found = {}
    for place, (name, fields) in enumerate(FIELDS.items()):
        change = await report(pool, stall(zone=name), at=NOW - timedelta(minutes=10 - place))
        found[name] = change.number
        async with pool.acquire() as connection:
            for column, value in fields.items():
                await connection.execute(
                    f"UPDATE case_file SET {column} = $2 WHERE case_id = $1", change.case_id, value
                )
    return found


async def names(browser: Browser, numbers: dict[str, str], **query: Any) -> list[str]:
    by_number = {number: name for name, number in numbers.items()}
    page = await browser.fetch("/cases", **query)
    assert page["total"] == len(page["cases"])
    assert page["total_is_all"]
    return [by_number[case["number"]] for case in page["cases"]]


@pytest.mark.timeout(240)
async def test_each_filter_and_order_shows_what_it_says(browser: Browser, numbers: dict[str, str]) -> None:
    async def shows(expected: Iterable[str], **query: Any) -> None:
        assert await names(browser, numbers, sort="deadline", **query) == list(expected), query

    assert await names(browser, numbers) == ORDER[::-1], "newest first unless asked otherwise"
    assert sorted(await names(browser, numbers, sort="-changed")) == sorted(ORDER)
    await shows(ORDER)
    await shows(["late", "soon", "later", "never"], open="true")
    await shows(["ended"], open="false")
    await shows(["late"], overdue="true")
    await shows(["soon"], due_within_s=3 * 3600)
    await shows(["soon", "later"], due_within_s=3 * 86_400)
    await shows(["soon"], holder="department")
    await shows(["late", "later", "never"], holder=["dispatchers", "acceptors"])
    await shows(["soon", "ended"], department="市政养护所")
    await shows(["soon"], department="市政养护所", open="true")
    await shows(["late"], district="350501")
    await shows(["later"], grid="350582001002003")
    await shows(["soon"], assignee="wang")
    await shows(["later"], opener="zhang")
    await shows(["soon"], code="050101")
    await shows(ORDER, code="05")
    await shows(["soon"], source=["hotline", "leader"])
    await shows(["ended"], type="goods")
    await shows(["soon"], stage="dispatched")
    await shows(["later"], key_case="true")
    await shows(["never"], suspended="true")
    await shows(["soon"], urged="true")
    await shows(["soon"], number=numbers["soon"])
    await shows(["soon"], number=numbers["soon"][-3:])
    await shows(ORDER, number="SW2")
    await shows([], number="SW%")
    await shows(["later", "never"], opened_from=(NOW - timedelta(minutes=8)).isoformat(),
                opened_to=(NOW - timedelta(minutes=6)).isoformat())  # fmt: skip
    await shows(["late", "soon", "later", "never"], near="24.9005,118.6", open="true")
    await shows([], near="24.9005,118.6", within_m=50)
    for nowhere in ("24.9", "91,118.6", "24.9,181"):
        assert (await browser.get("/cases", params={"near": nowhere})).status_code == 422


async def test_words_are_found_in_reports_names_and_numbers(
    browser: Browser, numbers: dict[str, str]
) -> None:
    async def finds(words: str, *expected: str) -> None:
        assert await names(browser, numbers, words=words) == list(expected), words

    await finds("路灯", "soon")
    await finds("灯不亮 LAMP", "soon")
    await finds("12 is", "soon")
    await finds("路口 goods")
    await finds("亮路")  # its pairs of characters are there, the word is not
    await finds("游商", "never", "later", "soon", "late")
    await finds("Goods", "ended")
    await finds(numbers["late"].lower(), "late")
    await finds("100%")
    for words in ("灯", "a b c", " ".join(["ab"] * 9)):
        answer = await browser.get("/cases", params={"words": words})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), words


async def test_pages_of_every_order_hold_each_case_once(browser: Browser, numbers: dict[str, str]) -> None:
    for sort in ("deadline", "-opened", "-changed"):
        for more in ({}, {"words": "游商"}):
            found: list[str] = []
            cursor: dict[str, str] = {}
            while True:
                page = await browser.fetch("/cases", sort=sort, limit=1, **more, **cursor)
                found += [case["number"] for case in page["cases"]]
                if page["next_cursor"] is None:
                    break
                cursor = {"cursor": page["next_cursor"]}
            whole = await browser.fetch("/cases", sort=sort, **more)
            assert found == [case["number"] for case in whole["cases"]]
            assert len(found) == (5 if not more else 4)
    other = await browser.fetch("/cases", sort="deadline", limit=1)
    answer = await browser.get("/cases", params={"sort": "-opened", "cursor": other["next_cursor"]})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor")
    unknown = await browser.get("/cases", params={"queue": "nobodys"})
    assert unknown.status_code == 422
    misspelt = await browser.get("/cases", params={"distrct": "350501"})
    assert misspelt.status_code == 422, "a filter that is not understood would show too much"


async def test_a_queue_leads_to_what_it_counts(browser: Browser, numbers: dict[str, str]) -> None:
    queues = {each["queue"]: each for each in (await browser.fetch("/cases/queues"))["queues"]}
    assert (queues["all"]["total"], queues["all"]["overdue"], queues["all"]["due_soon"]) == (4, 1, 1)
    assert (queues["dispatchers"]["total"], queues["dispatchers"]["overdue"]) == (2, 1)
    assert [queues[name]["total"] for name in ("acceptors", "key", "suspended", "urged", "mine")] == [
        1,
        1,
        1,
        1,
        0,
    ]
    for queue in queues.values():
        page = await browser.fetch("/cases", **dict(parse_qsl(queue["address"])))
        assert page["total"] == queue["total"], queue
        overdue = await browser.fetch("/cases", overdue="true", **dict(parse_qsl(queue["address"])))
        assert overdue["total"] == queue["overdue"], queue


def test_each_role_has_queues_and_a_department_desk_sees_its_own() -> None:
    for role in Role:
        found = [queue.name for queue in queues_of(Actor(name="li", roles=frozenset({role})))]
        assert found
        assert found[-1] == "all"
    desk = Actor(
        name="li", roles=frozenset({Role.DEPARTMENT_DESK}), department="D1", departments=frozenset({"市政"})
    )
    own = {queue.name: queue.filter for queue in queues_of(desk)}
    assert own["department"].departments == ("D1", "市政")
    assert own["department"].holders == ("department",)
    assert "dispatchers" not in own
    homeless = Actor(name="li", roles=frozenset({Role.DEPARTMENT_DESK}))
    assert "department" not in {queue.name for queue in queues_of(homeless)}, "not that of all departments"

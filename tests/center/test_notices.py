"""The caller's notices: only those of cases that it may see, acknowledged once for a desk, pushed at once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from cases import Role
from casework.notices import tell
from store.connection import Pool
from tests.center.running import POLICY, Browser, Center, add_operator, report, stall, until

pytestmark = pytest.mark.servers
DEPARTMENT = "城管执法中队"


async def dispatched(browser: Browser, pool: Pool, **changes: Any) -> str:
    """A case that was dispatched, of which the desk was told."""
    number = (await report(pool, stall(**changes))).number
    code = POLICY.department_code(DEPARTMENT)
    answer = await browser.act(number, "dispatch", 1, department=code)
    assert answer.status_code == 200, answer.text
    async with pool.acquire() as connection:
        await tell(connection, policy=POLICY, at=datetime.now(UTC))
    return number


async def hire(center: Center, pool: Pool, *logins: str) -> None:
    """Desks of the department, as soon as the center has taken in the departments of the policy."""

    async def follows() -> bool:
        return await center.health() == "ok"

    await until(follows)
    async with pool.acquire() as connection:
        for login in logins:
            await add_operator(connection, login, roles=[Role.DEPARTMENT_DESK], department=DEPARTMENT)


async def acknowledge(browser: Browser, *ids: int) -> Any:
    answer = await browser.client.post(
        "/api/v1/me/notices/acknowledge", json={"ids": list(ids)}, headers={"X-CSRF-Token": browser.csrf}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["acknowledged"]


async def test_one_of_a_desk_acknowledges_for_all_and_others_cannot(
    center: Center, browser: Browser, pool: Pool
) -> None:
    await hire(center, pool, "desk-1", "desk-2")
    async with pool.acquire() as connection:
        await add_operator(connection, "inspector", roles=[Role.INSPECTOR])
    number = await dispatched(browser, pool)
    async with center.browser("desk-1") as first, center.browser("desk-2") as second:
        (notice,) = (await first.fetch("/me/notices", waiting=True))["notices"]
        assert (notice["rule"], notice["addressee"], notice["case"]["number"]) == (
            "dispatched", "desk/D02", number,
        )  # fmt: skip
        async with center.browser("inspector") as inspector:
            assert (await inspector.fetch("/me/notices"))["notices"] == []
            assert await acknowledge(inspector, notice["id"]) == 0
        async with first.live() as live:
            await live.take()
            assert await acknowledge(second, notice["id"]) == 1
            while (await live.take())["type"] != "notices":
                pass
        assert await acknowledge(first, notice["id"]) == 0
        assert (await first.fetch("/me/notices", waiting=True))["notices"] == []
        (kept,) = (await first.fetch("/me/notices"))["notices"]
        assert (kept["acknowledged_by"], kept["title_en"]) == ("desk-2", notice["title_en"])


async def test_a_notice_of_a_case_that_one_may_no_longer_see_is_not_shown(
    center: Center, browser: Browser, pool: Pool
) -> None:
    await hire(center, pool, "desk-1")
    await dispatched(browser, pool)
    async with center.browser("desk-1") as desk:
        assert len((await desk.fetch("/me/notices"))["notices"]) == 1
        await pool.execute("UPDATE person SET department = 'D01' WHERE person = 'desk-1'")
        assert (await desk.fetch("/me/notices"))["notices"] == []


async def test_pages_go_back_in_time_and_notices_of_ended_cases_wait_no_longer(
    center: Center, browser: Browser, pool: Pool
) -> None:
    await hire(center, pool, "desk-1")
    numbers = [await dispatched(browser, pool, zone=f"zone-{number}") for number in range(3)]
    assert (await browser.act(numbers[0], "cancel", 2, note="x")).status_code == 200
    async with center.browser("desk-1") as desk:
        seen, cursor = [], None
        while True:
            page = await desk.fetch("/me/notices", limit=2, **({"cursor": cursor} if cursor else {}))
            seen += [each["case"]["number"] for each in page["notices"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert seen == numbers[::-1]
        waiting = (await desk.fetch("/me/notices", waiting=True))["notices"]
        assert [each["case"]["number"] for each in waiting] == numbers[:0:-1]


async def test_each_person_sets_own_channels_and_quiet_hours_within_the_rules(browser: Browser) -> None:
    async def put(body: dict[str, Any]) -> Any:
        return await browser.client.put(
            "/api/v1/me/notices/settings", json=body, headers={"X-CSRF-Token": browser.csrf}
        )

    before = await browser.fetch("/me/notices/settings")
    assert (before["quiet_from"], before["quiet_to"], before["own_quiet_hours"]) == ("22:00", "07:00", False)
    quiet = {"begin": "21:30", "end": "06:00"}
    after = (await put({"addresses": {"mail": "li@city.example"}, "quiet_hours": quiet})).json()
    assert (after["quiet_from"], after["own_quiet_hours"]) == ("21:30", True)
    assert [each["address"] for each in after["channels"] if each["channel"] == "mail"] == ["li@city.example"]
    for wrong in (
        {"addresses": {"pigeon": "li"}},
        {"addresses": {"mail": "li@x?to=all"}},
        {"addresses": {"mail": "a/../b"}},
        {"quiet_hours": {"begin": "25:00", "end": "06:00"}},
    ):
        assert (await put(wrong)).status_code == 422, wrong

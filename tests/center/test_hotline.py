"""The desk of the hotline: sealed contacts, calls that are promised, and the hand-over of a shift."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cases import Role
from center.web import cursors
from store.connection import Pool
from tests.center.running import DISTRICT, Browser, Center, add_operator

pytestmark = [pytest.mark.servers, pytest.mark.timeout(180)]

CALLER: dict[str, Any] = {"name": "陈先生", "telephone": "138 0000 0000", "call_back": True}
REPORT: dict[str, Any] = {
    "source": "hotline", "code": "0501", "lat": 24.9, "lon": 118.6, "district": DISTRICT,
    "title": "路口有摊贩", "caller": CALLER,
}  # fmt: skip


@pytest.fixture
async def staff(center: Center, pool: Pool) -> Center:
    """A center with one account for each role of the desk."""
    async with pool.acquire() as connection:
        for login, role in {
            "acceptor": Role.ACCEPTOR, "morning": Role.SHIFT_LEAD, "evening": Role.SHIFT_LEAD,
            "inspector": Role.INSPECTOR,
        }.items():  # fmt: skip
            await add_operator(connection, login, roles=[role])
        await add_operator(connection, "elsewhere", roles=[Role.ACCEPTOR], districts=["350999"])
    return center


async def post(browser: Browser, path: str, body: dict[str, Any] | None = None) -> Any:
    return await browser.client.post(
        f"/api/v1{path}", json=body or {}, headers={"X-CSRF-Token": browser.csrf}
    )


async def register(browser: Browser, *, north: float = 0.0, **caller: Any) -> str:
    answer = await post(browser, "/cases", REPORT | {"lat": 24.9 + north, "caller": CALLER | caller})
    assert answer.status_code == 201, answer.text
    number: str = answer.json()["case"]["number"]
    return number


async def test_a_contact_is_sealed_and_each_reading_of_it_is_logged(staff: Center, pool: Pool) -> None:
    called_at = (datetime.now(UTC) - timedelta(minutes=9)).replace(microsecond=0)
    async with staff.browser("acceptor") as acceptor:
        number = await register(acceptor, called_at=called_at.isoformat())
        named = await register(acceptor, public=True, north=0.02)
        detail = await acceptor.get(f"/cases/{number}")
        assert CALLER["telephone"] not in detail.text
        assert CALLER["name"] not in detail.text
        (sealed,) = detail.json()["callers"]
        assert (sealed["has_name"], sealed["has_telephone"], sealed["call_back"]) == (True, True, True)
        assert not sealed["public"]
        assert datetime.fromisoformat(sealed["called_at"]) == called_at
        read = await acceptor.fetch(f"/hotline/cases/{number}/callers")
        assert [(one["name"], one["telephone"]) for one in read["callers"]] == [("陈先生", "138 0000 0000")]
    async with staff.browser("inspector") as inspector:
        refused = await inspector.get(f"/hotline/cases/{number}/callers")
        assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
        assert (await inspector.fetch(f"/hotline/cases/{named}/callers"))["callers"][0]["public"]
    async with staff.browser("elsewhere") as elsewhere:
        assert (await elsewhere.get(f"/hotline/cases/{number}/callers")).status_code == 404
    async with pool.acquire() as connection:
        log = await connection.fetch(
            "SELECT login, subject FROM audit_log WHERE action = 'caller.read' ORDER BY audit_id"
        )
    assert [(each["login"], each["subject"]) for each in log] == [
        ("acceptor", f"case/{number}"), ("inspector", f"case/{named}"),
    ]  # fmt: skip


async def test_a_promise_to_call_back_needs_a_number_and_no_call_lies_in_the_future(
    staff: Center, pool: Pool
) -> None:
    async with staff.browser("acceptor") as acceptor:
        answer = await post(acceptor, "/cases", REPORT | {"caller": {"name": "陈", "call_back": True}})
        assert answer.status_code == 422
        assert "needs a telephone number" in answer.json()["detail"]
        later = (datetime.now(UTC) + timedelta(days=3)).isoformat()
        number = await register(acceptor, called_at=later)
        (sealed,) = (await acceptor.fetch(f"/cases/{number}"))["callers"]
        assert datetime.fromisoformat(sealed["called_at"]) <= datetime.now(UTC)


async def test_ended_cases_wait_until_their_caller_was_reached(
    staff: Center, browser: Browser, pool: Pool
) -> None:
    numbers = [
        await register(browser),
        await register(browser, call_back=False, north=0.02),
        await register(browser, north=0.04),
        await register(browser, north=0.06),
    ]
    assert (await browser.fetch("/cases", to_call_back="true"))["cases"] == [], "none has ended"
    for number in numbers:
        detail = (await browser.fetch(f"/cases/{number}"))["case"]
        answer = await browser.act(number, "force_close", detail["sequence"], note="seen", condition="1")
        if answer.status_code != 200:
            actions = (await browser.fetch(f"/cases/{number}"))["actions"]
            pytest.fail(f"{answer.text} {[each['action'] for each in actions]}")
    async with pool.acquire() as connection:
        await connection.execute(
            "UPDATE case_file SET closed_at = closed_at - INTERVAL '91 days' WHERE number = $1", numbers[3]
        )

    async def waiting() -> set[str]:
        page = await browser.fetch("/cases", to_call_back="true", open="false")
        return {case["number"] for case in page["cases"]}

    assert await waiting() == {numbers[0], numbers[2]}
    for told, left in (("not_reached", {numbers[0], numbers[2]}), ("very_content", {numbers[2]})):
        detail = (await browser.fetch(f"/cases/{numbers[0]}"))["case"]
        called = await browser.act(numbers[0], "call_back", detail["sequence"], answer=told)
        assert called.status_code == 200, called.text
        assert await waiting() == left, told
    events = (await browser.fetch(f"/cases/{numbers[0]}"))["events"]
    assert [each["sets"].get("satisfaction") for each in events][-2:] == ["not_reached", "very_content"]
    async with staff.browser("elsewhere") as elsewhere:
        assert (await elsewhere.fetch("/cases", to_call_back="true"))["cases"] == []


async def test_a_shift_is_handed_over_and_acknowledged_once_by_the_next(staff: Center, pool: Pool) -> None:
    async with staff.browser("acceptor") as acceptor:
        number = await register(acceptor)
        assert (await acceptor.get("/hotline/shift")).status_code == 403
    async with pool.acquire() as connection:
        await connection.execute(
            "UPDATE case_file SET deadline_at = now() - INTERVAL '1 hour', urged_at = now()"
            " WHERE number = $1",
            number,
        )
    async with staff.browser("morning") as morning, staff.browser("evening") as evening:
        shift = await morning.fetch("/hotline/shift")
        assert {kind: shift[kind]["total"] for kind in ("open", "overdue", "urged", "call_backs")} == {
            "open": 1, "overdue": 1, "urged": 1, "call_backs": 0,
        }  # fmt: skip
        assert shift["overdue"]["first"][0]["number"] == number
        written = await post(morning, "/hotline/handovers", {"note": "百花路的摊贩请继续跟进"})
        assert written.status_code == 201, written.text
        handover = written.json()
        assert handover["overdue"] == {"total": 1, "numbers": [number]}
        path = f"/hotline/handovers/{handover['handover_id']}/acknowledgement"
        own = await post(morning, path)
        assert (own.status_code, own.json()["code"]) == (409, "own_handover")
        for _ in range(2):  # a repeat does nothing
            done = await post(evening, path)
            assert (done.status_code, done.json()["acknowledged_by"]) == (200, "evening")
        async with pool.acquire() as connection:
            await add_operator(connection, "night", roles=[Role.SHIFT_LEAD])
        async with staff.browser("night") as night:
            late = await post(night, path)
            assert (late.status_code, late.json()["code"]) == (409, "acknowledged")
            assert (await post(night, "/hotline/handovers/999/acknowledgement")).status_code == 404
        await post(evening, "/hotline/handovers", {"note": "二"})
        forged = await morning.get("/hotline/handovers", params={"cursor": cursors.write((2**70,))})
        assert (forged.status_code, forged.json()["code"]) == (422, "bad_cursor")
        page = await morning.fetch("/hotline/handovers", limit=1)
        assert [each["note"] for each in page["handovers"]] == ["二"]
        page = await morning.fetch("/hotline/handovers", cursor=page["next_cursor"])
        assert [(each["note"], each["name"], each["acknowledged_name"]) for each in page["handovers"]] == [
            ("百花路的摊贩请继续跟进", "Operator morning", "Operator evening")
        ]
    async with pool.acquire() as connection:
        await connection.execute("SET ROLE streetwarden_center")
        with pytest.raises(Exception, match="permission denied"):
            await connection.execute("UPDATE shift_handover SET note = 'other'")

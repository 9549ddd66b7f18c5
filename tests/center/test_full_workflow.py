"""The full loop over HTTP: each role with an account of its own, from the report to the appeal."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cases import Role
from store.connection import Pool
from tests.center.conftest import StartCenter
from tests.center.running import Browser, add_operator, until
from tests.center.test_case_reports import HOTLINE, picture

pytestmark = pytest.mark.servers

PEOPLE = {
    "acceptor": (Role.ACCEPTOR, None),
    "lead": (Role.SHIFT_LEAD, None),
    "dispatcher": (Role.DISPATCHER, None),
    "cleaners": (Role.DEPARTMENT_DESK, "D03"),
    "enforcers": (Role.DEPARTMENT_DESK, "D02"),
    "handler": (Role.HANDLER, "D02"),
    "patrol": (Role.PATROL, None),
}


@pytest_asyncio.fixture
async def people(start_center: StartCenter, pool: Pool, tmp_path: Path) -> AsyncIterator[dict[str, Browser]]:
    """A browser for each, at a center whose city goes by the full workflow."""
    folder = tmp_path / "policy"
    folder.mkdir()
    text = files("cases").joinpath("data", "policy.toml").read_text(encoding="utf-8")
    (folder / "policy.toml").write_text(text.replace('workflow = "small"', 'workflow = "full"'))
    center = await start_center(cases={"folder": str(folder)})

    async def departments_are_there() -> bool:
        return bool(await pool.fetchval("SELECT count(*) > 1 FROM department"))

    await until(departments_are_there)
    async with AsyncExitStack() as stack:
        found = {}
        for login, (role, department) in PEOPLE.items():
            async with pool.acquire() as connection:
                await add_operator(connection, login, roles=[role], department=department)
            found[login] = await stack.enter_async_context(center.browser(login))
        yield found


class Walk:
    """A case that people take further."""

    def __init__(self, people: dict[str, Browser]) -> None:
        self.people = people
        self.number = ""
        self.sequence = 0

    async def report(self, login: str) -> None:
        browser = self.people[login]
        answer = await browser.client.post(
            "/api/v1/cases", json=HOTLINE, headers={"X-CSRF-Token": browser.csrf}
        )
        assert answer.status_code == 201, answer.text
        case = answer.json()["case"]
        self.number, self.sequence = case["number"], case["sequence"]

    async def act(self, login: str, action: str, stage: str, *, shows: int = 0, **given: Any) -> None:
        """Take a step that leads to a stage; `shows` pictures come with it, as a phone sends them."""
        answer = await self._send(login, action, shows, given)
        assert answer.status_code in {200, 404}, (login, action, answer.text)
        row = await self.people["lead"].fetch(f"/cases/{self.number}")
        assert row["case"]["stage"] == stage, (login, action)
        self.sequence = row["case"]["sequence"]

    async def refused(self, login: str, action: str, status: int, code: str, **given: Any) -> None:
        answer = await self._send(login, action, 0, given)
        assert (answer.status_code, answer.json()["code"]) == (status, code), (login, action, answer.text)

    async def _send(self, login: str, action: str, shows: int, given: dict[str, Any]) -> Any:
        browser = self.people[login]
        if not shows:
            return await browser.act(self.number, action, self.sequence, **given)
        body = {"action": action, "expected_sequence": self.sequence, **given}
        return await browser.client.post(
            f"/api/v1/cases/{self.number}/actions",
            data={"action": json.dumps(body)},
            files=[("files", ("x.jpg", picture(), "image/jpeg")) for _ in range(shows)],
            headers={"X-CSRF-Token": browser.csrf},
        )


async def _opened(walk: Walk) -> None:
    """Reported by phone, accepted, verified by a patrol member, opened."""
    await walk.report("acceptor")
    await walk.refused("dispatcher", "accept", 403, "not_allowed")
    await walk.act("acceptor", "accept", "accepted")
    # who is sent sees the case from then on, and until they have answered
    assert (await walk.people["patrol"].get(f"/cases/{walk.number}")).status_code == 404
    await walk.refused("patrol", "verify_answer", 404, "no_case", answer="exists")
    await walk.act("acceptor", "verify", "accepted", assignee="patrol")
    assert (await walk.people["patrol"].fetch("/cases", queue="mine"))["total"] == 1
    await walk.refused("acceptor", "open", 409, "no_task_out")
    await walk.act("patrol", "verify_answer", "accepted", answer="exists", shows=1)
    await walk.act("lead", "open", "opened")


async def _dispatched(walk: Walk) -> None:
    """Dispatched wrongly, returned, dispatched again, given to a handler."""
    await walk.act("dispatcher", "dispatch", "dispatched", department="环卫所")
    await walk.refused("enforcers", "take", 404, "no_case")
    await walk.act("cleaners", "return", "returned", reason="not_our_department")
    await walk.refused("dispatcher", "confirm", 409, "wrong_stage")
    await walk.act("dispatcher", "dispatch", "dispatched", department="D02")
    await walk.act("enforcers", "take", "taken")
    await walk.act("enforcers", "assign", "assigned", assignee="handler")
    listed = await walk.people["lead"].fetch("/cases", assignee="handler")
    assert [(each["assignee"], each["assignee_name"]) for each in listed["cases"]] == [
        ("handler", "Operator handler")
    ]


async def _deferred_and_suspended(walk: Walk) -> None:
    """More time is asked for through the department; a suspension, by two accounts."""
    until_then = (datetime.now(UTC) + timedelta(days=9)).isoformat()
    await walk.act("handler", "defer", "assigned", note="rain")
    await walk.refused("dispatcher", "defer_grant", 409, "deferral_with_dispatcher")
    await walk.act("enforcers", "defer", "assigned", note="rain")
    await walk.act("dispatcher", "defer_grant", "assigned")
    await walk.act("enforcers", "suspend_request", "assigned", note="road works", until=until_then)
    assert (await walk.people["dispatcher"].fetch("/cases", queue="asked"))["total"] == 1
    await walk.refused("enforcers", "suspend_grant", 403, "not_allowed")
    await walk.act("dispatcher", "suspend_grant", "assigned")
    await walk.refused("handler", "handle", 409, "is_suspended")
    await walk.act("lead", "resume", "assigned")


async def _found_wanting_and_closed(walk: Walk) -> None:
    """The department, then the check, find it wanting; done again, checked, closed."""
    await walk.refused("handler", "handle", 422, "needs_pictures")
    await walk.act("handler", "handle", "replied", shows=2)
    await walk.act("enforcers", "rework", "assigned", reason="pictures_insufficient")
    await walk.act("handler", "handle", "replied", shows=1)
    await walk.act("enforcers", "confirm", "handled")
    await walk.act("dispatcher", "confirm", "confirmed")
    await walk.act("acceptor", "check_request", "confirmed", assignee="patrol")
    await walk.act("patrol", "check_answer", "confirmed", answer="not_done")
    await walk.refused("lead", "close", 409, "not_found_undone")
    await walk.act("acceptor", "rework", "found_wanting", reason="not_done")
    await walk.act("dispatcher", "rework", "taken", reason="not_done")
    await walk.act("enforcers", "handle", "handled", shows=1)
    await walk.act("dispatcher", "confirm", "confirmed")
    await walk.act("acceptor", "check_request", "confirmed", assignee="patrol")
    await walk.act("patrol", "check_answer", "confirmed", answer="done", shows=1)
    await walk.refused("enforcers", "close", 403, "not_allowed")
    await walk.act("lead", "close", "closed")


async def _appealed(walk: Walk) -> None:
    """The appeal has two reviews; the caller is called back."""
    await walk.act("enforcers", "appeal", "closed", note="it was in time")
    await walk.refused("lead", "appeal_grant", 409, "appeal_supported", note="true")
    await walk.act("dispatcher", "appeal_grant", "closed", note="true")
    await walk.act("lead", "appeal_grant", "closed", note="true")
    await walk.act("acceptor", "call_back", "closed", answer="content")


async def test_each_role_does_its_part_of_a_case_from_report_to_appeal(people: dict[str, Browser]) -> None:
    walk = Walk(people)
    for part in (_opened, _dispatched, _deferred_and_suspended, _found_wanting_and_closed, _appealed):
        await part(walk)
    detail = await people["lead"].fetch(f"/cases/{walk.number}")
    case = detail["case"]
    assert (case["verified"], case["checked"], case["appeal"]) == ("exists", "done", "granted")
    assert (case["return_count"], case["rework_count"], case["deferral_count"]) == (1, 1, 1)
    assert (case["department"], case["ended_as"]) == ("城管执法中队", "closed")
    assert {event["actor"] for event in detail["events"]} == set(PEOPLE)
    assert len([file for file in detail["evidence"] if file["role"] == "after"]) >= 1

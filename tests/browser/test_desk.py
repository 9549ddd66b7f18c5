"""A case through the special ways of the full workflow, by clicks of three people, one role each."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from cases.rights import Role
from tests.browser.console import SOON_MS
from tests.browser.desk import Desk, actions_of, in_days
from tests.browser.desk_walk import report_by_api
from tests.browser.watched_city import WatchedCity

pytestmark = [pytest.mark.browser, pytest.mark.servers, pytest.mark.timeout(600)]

PASSWORD = "four words of theirs"
PEOPLE = {
    "anna": (Role.ACCEPTOR, None),
    "dora": (Role.DISPATCHER, None),
    "kurt": (Role.DEPARTMENT_DESK, "CITY"),  # the desk of every department
}


@pytest.fixture
def desk(_browser: Browser, watched_city: WatchedCity, tmp_path: Path) -> Iterator[Desk]:
    shipped = files("cases").joinpath("data", "policy.toml").read_text(encoding="utf-8")
    policy = tmp_path / "policy"
    policy.mkdir()
    (policy / "policy.toml").write_text(
        shipped.replace('workflow = "small"', 'workflow = "full"'), encoding="utf-8"
    )
    for login, (role, department) in PEOPLE.items():
        watched_city.add_operator(login, PASSWORD, name=login, roles={role}, department=department)
    picture = tmp_path / "site.jpg"
    Image.new("RGB", (320, 240), "seagreen").save(picture)
    with watched_city.second_center(cases=policy) as url:
        found = Desk(
            browser=_browser,
            url=url,
            passwords=dict.fromkeys(PEOPLE, PASSWORD),
            picture=picture,
            together=True,
        )
        yield found
        found.close()


def test_a_case_goes_the_special_ways_of_the_full_workflow(desk: Desk) -> None:
    number = report_by_api(desk, "anna", lat=24.8075, lon=118.573)
    desk.act("anna", number, "accept")
    desk.act("anna", number, "open")
    desk.act("dora", number, "dispatch", department="D03")
    desk.act("kurt", number, "return", reason="not_our_department")
    desk.dispatch_as_proposed("dora", number)
    desk.act("kurt", number, "take")
    desk.act("kurt", number, "defer", note="rain")
    desk.act("kurt", number, "suspend_request", until=in_days(20), note="road works")
    page = desk.at("dora", "/cases?queue=asked")
    page.locator(f"[data-case={number}]").click(timeout=SOON_MS)
    expect(page.locator("[data-action=defer_grant]")).to_be_visible(timeout=SOON_MS)
    expect(page.locator(".case-head-state")).to_contain_text("asked for")
    desk.act("dora", number, "defer_grant")
    desk.act("dora", number, "suspend_grant")
    desk.act("dora", number, "resume")
    desk.act("kurt", number, "handle", pictures=1)
    desk.act("dora", number, "confirm")
    desk.act("anna", number, "rework", reason="not_done")
    desk.act("dora", number, "rework", reason="not_done")
    desk.act("kurt", number, "handle", pictures=1)
    desk.act("dora", number, "confirm")
    desk.act("anna", number, "close")
    desk.act("kurt", number, "appeal", note="it was done the first time")
    desk.act("dora", number, "appeal_grant", note="true")
    page = desk.act("anna", number, "appeal_grant", note="true")
    expect(page.locator(".case-head-state")).to_contain_text("granted", timeout=SOON_MS)
    history = page.locator(".timeline")
    expect(history).to_contain_text("Reported")
    assert actions_of(page, number) == [
        "open", "accept", "open", "dispatch", "return", "dispatch", "take", "defer", "suspend_request",
        "defer_grant", "suspend_grant", "resume", "handle", "confirm", "rework", "rework", "handle",
        "confirm", "close", "appeal", "appeal_grant", "appeal_grant",
    ]  # fmt: skip

"""People with one role each: a case that goes through the hands of three, a report, and administration."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from cases.rights import Role
from tests.browser.accessibility import violations
from tests.browser.conftest import OpenPage
from tests.browser.console import SOON_MS, sign_on
from tests.browser.watched_city import WatchedCity

pytestmark = [pytest.mark.browser, pytest.mark.servers, pytest.mark.timeout(600)]

DEPARTMENT = "城管执法中队"
"""To which the rule dispatches what `WatchedCity.open_case` reports."""

WITHOUT_MAPS = """
    const get = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
        return kind.startsWith("webgl") ? null : get.call(this, kind, ...more);
    };
"""
"""A browser without WebGL: people read and write here; without a graphics card maps are the larger load."""


@pytest.fixture(scope="module")
def people(watched_city: WatchedCity) -> dict[str, str]:
    """Accounts with one role each, by login; all have the same password."""
    accounts = {
        "wang": ("王派", Role.DISPATCHER),
        "zhao": ("赵队", Role.DEPARTMENT_DESK),
        "chen": ("陈理", Role.ACCEPTOR),
        "lin": ("林管", Role.ADMINISTRATOR),
    }
    password = "four words of theirs"
    for login, (name, role) in accounts.items():
        department = DEPARTMENT if role is Role.DEPARTMENT_DESK else None
        watched_city.add_operator(login, password, name=name, roles={role}, department=department)
    return dict.fromkeys(accounts, password)


def work_as(
    open_page: OpenPage, people: dict[str, str], login: str, path: str, *, locale: str = "en-GB"
) -> Page:
    page = open_page(locale=locale)
    page.add_init_script(WITHOUT_MAPS)
    sign_on(page, path, login=login, password=people[login])
    page.locator(".app").wait_for(timeout=SOON_MS)
    return page


def test_three_people_carry_a_case_to_its_close_each_in_few_clicks(
    watched_city: WatchedCity, open_page: OpenPage, people: dict[str, str]
) -> None:
    watched_city.start_worker()
    number = watched_city.open_case()
    row, done = f"[data-case={number}]", "[data-toast=done]"
    dispatcher = work_as(open_page, people, "wang", "/cases?queue=dispatchers")
    dispatcher.locator(row).click(timeout=SOON_MS)
    expect(dispatcher.locator("[data-next]")).to_contain_text("Dispatch to", timeout=SOON_MS)
    assert violations(dispatcher) == []
    dispatcher.locator("[data-next]").click()  # the second click
    expect(dispatcher.locator(done)).to_contain_text(f"{number} is now: Dispatched", timeout=SOON_MS)
    expect(dispatcher.locator(".case-actions")).to_contain_text("It waits for: Department.")
    expect(dispatcher.locator("[data-action=handle], [data-action=close]")).to_have_count(0)

    dispatcher.close()

    acceptor = work_as(open_page, people, "chen", f"/cases/{number}")
    acceptor.locator("[data-action=urge]").click(timeout=SOON_MS)
    acceptor.locator("textarea[name=note]").fill("The school asks again.")
    acceptor.locator("[data-confirm=urge]").click()
    expect(acceptor.locator(done)).to_contain_text("Urge", timeout=SOON_MS)
    acceptor.goto("/cases?queue=acceptors")

    desk = work_as(open_page, people, "zhao", "/cases?queue=department", locale="zh-CN")
    expect(desk.locator(row)).to_be_visible(timeout=SOON_MS)
    assert violations(desk) == []
    expect(desk.locator("[data-bell]")).not_to_have_attribute("data-bell", "0", timeout=SOON_MS)
    desk.locator("[data-bell]").click()
    notice = desk.locator("[data-notice=urged]", has_text=number)
    expect(notice).to_contain_text("督办", timeout=SOON_MS)
    assert violations(desk) == []
    notice.click()
    expect(desk).to_have_url(re.compile(f"/cases/{number}"))
    desk.locator("[data-bell]").press("Enter")
    expect(notice).to_have_count(0)  # acknowledged
    desk.keyboard.press("Escape")
    desk.locator("[data-action=handle]").click(timeout=SOON_MS)
    desk.locator("textarea[name=note]").fill("摊贩已离开")
    desk.locator("[data-confirm=handle]").click()
    expect(desk.locator(".case-head-state")).to_contain_text("已处置", timeout=SOON_MS)
    expect(desk.locator("[data-action=check], [data-action=close]")).to_have_count(0)

    desk.close()
    acceptor.locator(row).click(timeout=SOON_MS)
    acceptor.locator("[data-action=check]").click(timeout=SOON_MS)
    acceptor.locator("[data-confirm=check]").click()
    acceptor.locator("[data-action=close]").click(timeout=SOON_MS)
    acceptor.locator("textarea[name=note]").fill("The vendor has left.")  # the camera still reports it
    acceptor.locator("[data-confirm=close]").click()
    expect(acceptor.locator(".case-head-state")).to_contain_text("Closed", timeout=SOON_MS)
    history = acceptor.locator(".timeline")
    for name in ("王派", "赵队", "陈理"):
        expect(history).to_contain_text(name)


def test_an_acceptor_reports_what_a_caller_says_and_is_shown_what_is_open_there(
    watched_city: WatchedCity, open_page: OpenPage, people: dict[str, str]
) -> None:
    number = watched_city.open_case()
    page = work_as(open_page, people, "chen", f"/cases/{number}")
    found = page.request.get(f"/api/v1/cases/{number}").json()["case"]
    page.goto(f"/report?place={found['lat']:.5f},{found['lon']:.5f}")
    page.get_by_role("searchbox", name="What it is").fill("0506")
    page.locator("select[name=code]").select_option("A/event/0506")
    page.locator("textarea[name=description]").fill("Bicycles block the pavement")
    page.locator("input[name=caller]").fill("Ms Wu")
    page.locator("input[name=telephone]").fill("139 0000 1111")
    offered = page.locator(".report-near label", has_text=number)
    expect(offered).to_be_visible(timeout=SOON_MS)
    assert violations(page) == []
    page.reload()  # what was written is still there
    expect(page.locator("textarea[name=description]")).to_have_value(
        "Bicycles block the pavement", timeout=SOON_MS
    )
    page.locator("[data-send]").click()
    expect(page).to_have_url(re.compile("/cases/SW"), timeout=SOON_MS)
    expect(page.locator(".case-head")).to_contain_text("Bicycles block the pavement", timeout=SOON_MS)
    expect(page.locator(".case-side")).not_to_contain_text("Ms Wu")
    page.locator("[data-show-contact]").click(timeout=SOON_MS)
    expect(page.locator(".case-side")).to_contain_text("Ms Wu 139 0000 1111", timeout=SOON_MS)


def test_an_administrator_changes_rights_and_duty_and_reads_who_did(
    watched_city: WatchedCity, open_page: OpenPage, people: dict[str, str]
) -> None:
    page = work_as(open_page, people, "lin", "/people/rights?role=inspector&action=case.key")
    rows = page.locator("[data-right]")
    expect(page.locator(".right-form")).to_be_visible(timeout=SOON_MS)
    expect(rows).to_have_count(0)
    page.locator("[data-give]").click()
    expect(rows).to_have_count(1)
    assert violations(page) == []
    page.locator("[data-save]").click()
    expect(page.locator("[data-toast=done]")).to_contain_text("Saved", timeout=SOON_MS)
    page.reload()
    expect(rows).to_have_attribute("data-right", "inspector,case.key,*,*,any,own", timeout=SOON_MS)
    page.get_by_role("button", name="Take the shipped table …").click()
    page.get_by_role("button", name="Take the shipped table", exact=True).click()
    expect(rows).to_have_count(0, timeout=SOON_MS)

    page.goto("/people/audit?login=lin&action=rights.administer")
    entries = page.locator("[data-audit='rights.administer']")
    expect(entries).to_have_count(2, timeout=SOON_MS)
    expect(entries.last).to_contain_text("inspector,case.key,*,*,any,own")
    assert violations(page) == []
    page.goto("/people/audit?login=nobody")
    expect(page.get_by_text("No entry fits this choice.")).to_be_visible(timeout=SOON_MS)

    watched_city.execute(
        "INSERT INTO duty (person, starts_at, ends_at) VALUES ('zhao', now(), now() + interval '8 hours')"
    )
    page.goto("/people/duty")
    page.locator("[data-entry]", has_text="赵队").click(timeout=SOON_MS)
    page.locator("input[name=note]").fill("late shift")
    page.locator("[data-save]").click()
    expect(page.locator("[data-entry]", has_text="赵队")).to_contain_text("late shift", timeout=SOON_MS)

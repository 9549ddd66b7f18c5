"""What the console does when something is away, and how it fits."""

from __future__ import annotations

from typing import Final, Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import violations
from tests.browser.conftest import OpenPage
from tests.browser.console import SOON_MS, sign_on, signed_on
from tests.browser.watched_city import LOGIN, PASSWORD, WatchedCity

pytestmark = [pytest.mark.browser, pytest.mark.servers, pytest.mark.timeout(300)]

PLACES = ("/map", "/cases", "/events", "/cameras", "/visits", "/system")
SCREENS: Final[tuple[tuple[int, Literal["light", "dark"]], ...]] = ((360, "light"), (1440, "dark"))


def test_an_old_picture_is_called_old_and_comes_alive_again(
    watched_city: WatchedCity, open_page: OpenPage
) -> None:
    page = open_page()
    signed_on(page, "/system")
    watched_city.kill("center")
    expect(page.locator(".old")).to_contain_text("The connection is lost", timeout=SOON_MS)
    expect(page.locator(".strip-state")).to_have_text("Disconnected")
    watched_city.start_center()
    expect(page.locator(".strip-state")).to_have_text("Live", timeout=SOON_MS)
    expect(page.locator(".old")).to_have_count(0)


def test_an_ended_session_leads_to_sign_on_and_back_to_the_same_place(open_page: OpenPage) -> None:
    page = open_page()
    signed_on(page, "/cases?scope=all")
    token = page.request.get("/api/v1/session").json()["csrf_token"]
    assert page.request.delete("/api/v1/session", headers={"X-CSRF-Token": token}).status == 204
    expect(page.get_by_text("Your session has ended.")).to_be_visible(timeout=SOON_MS)
    page.locator("input[name=login]").fill(LOGIN)
    page.locator("input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Cases")
    assert page.url.endswith("/cases?scope=all")


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_every_page_fits_and_is_accessible(
    watched_city: WatchedCity, open_page: OpenPage, locale: str
) -> None:
    number = watched_city.open_case()
    page = open_page(locale=locale)
    page.goto("/map")
    page.locator("input[name=login]").wait_for()
    fits_and_is_accessible(page, "sign-on")
    sign_on(page)
    expect(page.locator(".strip-state.is-live")).to_be_visible(timeout=SOON_MS)
    for place in PLACES:
        page.locator(f".nav a[href='{place}']").click()
        page.locator("#content").wait_for()
        expect(page.locator("h1")).to_have_count(1)
        fits_and_is_accessible(page, place)
    for place in (
        f"/cases/{number}",
        f"/map/case/{number}",
        "/workflow/small",
        "/people/accounts",
        "/people/rights",
        "/people/audit",
        "/report",
        "/map/vehicle/v001",
        "/tracks/vehicle/v001",
        "/map/ufo/1",
    ):
        page.goto(place)
        expect(page.locator(".strip-state.is-live")).to_be_visible(timeout=SOON_MS)
        page.locator("#content :is(h1, h2)").first.wait_for()
        fits_and_is_accessible(page, place)


def fits_and_is_accessible(page: Page, place: str) -> None:
    """Check the page that is open on a phone in the light theme, and on a desk in the dark one."""
    for width, theme in SCREENS:
        page.set_viewport_size({"width": width, "height": 740})
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (
            f"{place} is wider than {width} px"
        )
        assert violations(page) == [], f"{place}, {width} px, {theme}"

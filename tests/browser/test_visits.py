"""Who was near a place, in a real browser: what a vehicle told the broker answers for it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import OpenPage
from tests.browser.console import SOON_MS, signed_on
from tests.browser.morning import LAT, STOP_LON, a_morning, eight_yesterday
from tests.browser.watched_city import WatchedCity

pytestmark = [pytest.mark.browser, pytest.mark.servers, pytest.mark.timeout(300)]

VEHICLE: Final = "v004"


def question(begin: datetime, *, place: str = f"{LAT},{STOP_LON:.5f}") -> str:
    """The address that asks who was at the stop in the hour from `begin`."""
    end = begin + timedelta(hours=1)
    return f"/visits?place={place}&begin={begin.astimezone(UTC):%FT%TZ}&end={end.astimezone(UTC):%FT%TZ}"


@pytest.fixture(scope="module")
def eight(watched_city: WatchedCity) -> datetime:
    """When a morning began in which a vehicle stood at a place."""
    begin = eight_yesterday()
    watched_city.tell(f"vehicle/{VEHICLE}", a_morning(begin))
    return begin


def test_who_was_here_leads_to_the_track_at_that_time(open_page: OpenPage, eight: datetime) -> None:
    page = open_page()
    signed_on(page, question(eight))
    visit = page.locator(f"[data-visit='vehicle/{VEHICLE}']")
    expect(visit).to_have_count(1, timeout=SOON_MS)
    expect(visit).to_contain_text(re.compile(r"08:09:\d\d . 08:40:\d\d"))
    expect(visit).to_contain_text("30 min")
    visit.get_by_role("button").click()
    expect(page.locator(".visits-map:not([data-way='0'])")).to_be_visible(timeout=SOON_MS)
    visit.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Vehicle {VEHICLE}")
    expect(page.locator("[data-field=at]")).to_contain_text("08:09", timeout=SOON_MS)
    expect(page.locator("[data-entry=trip]").first).to_have_attribute("aria-pressed", "true")


def test_a_place_is_chosen_on_the_map_or_from_its_middle(open_page: OpenPage) -> None:
    page = open_page()
    signed_on(page, "/visits")
    expect(page.locator("[data-field=place]")).to_have_text("Click on the map to choose a place.")
    page.locator(".visits-map canvas").first.click(position={"x": 200, "y": 300})
    expect(page).to_have_url(re.compile(r"place=24\.\d+,118\.\d+"))
    clicked = page.url
    page.get_by_role("button", name="Map centre").press("Enter")
    expect(page).not_to_have_url(clicked)
    page.get_by_label("Until").fill("2026-01-01T00:00")
    page.get_by_label("From").fill("2026-01-02T00:00")
    expect(page.get_by_role("alert")).to_have_text("The end must lie after the beginning.")


def test_an_answer_that_fails_can_be_asked_for_again(open_page: OpenPage, eight: datetime) -> None:
    page = open_page()

    def away(route: Route) -> None:
        route.fulfill(status=503, json={"detail": "away", "code": "away"})

    page.route("**/history/visits?*", away)
    signed_on(page, question(eight))
    expect(page.get_by_role("alert")).to_contain_text(
        "The database doesn't answer right now.", timeout=SOON_MS
    )
    page.unroute("**/history/visits?*", away)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(f"[data-visit='vehicle/{VEHICLE}']")).to_have_count(1, timeout=SOON_MS)


def test_nobody_is_said_in_a_sentence(open_page: OpenPage, eight: datetime) -> None:
    page = open_page(locale="zh-CN", width=360, height=740)
    signed_on(page, question(eight, place="24.9,118.9"))
    expect(page.locator(".past-side")).to_contain_text("此处 100 m 范围内没有任何定位", timeout=SOON_MS)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360

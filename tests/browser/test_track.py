"""The past of a vehicle in a real browser: what it told the broker is what the console shows."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.console import SOON_MS, choose_by_search, signed_on
from tests.browser.morning import a_morning, eight_yesterday
from tests.browser.watched_city import WatchedCity

pytestmark = [pytest.mark.browser, pytest.mark.servers, pytest.mark.timeout(300)]

VEHICLE: Final = "v003"


@pytest.fixture(scope="module")
def day(watched_city: WatchedCity) -> str:
    """The day before, with a morning in it."""
    eight = eight_yesterday()
    watched_city.tell(f"vehicle/{VEHICLE}", a_morning(eight))
    return f"{eight:%Y-%m-%d}"


def test_a_vehicles_path_trips_and_stops_are_seen(open_page: OpenPage, day: str) -> None:
    page = open_page()
    signed_on(page)
    choose_by_search(page, VEHICLE).get_by_role("link", name="Track").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Vehicle {VEHICLE}")
    expect(page.get_by_role("button", name="Last 24 hours")).to_have_attribute("aria-pressed", "true")
    page.get_by_label("Day", exact=True).fill(day)
    expect(page).to_have_url(f"{page.url.split('/tracks')[0]}/tracks/vehicle/{VEHICLE}?day={day}")

    trips, stops = page.locator("[data-entry=trip]"), page.locator("[data-entry=stop]")
    expect(trips).to_have_count(2, timeout=SOON_MS)
    expect(stops).to_have_count(1)
    expect(stops).to_contain_text(re.compile("08:10 . 08:40"))
    expect(trips.first).to_contain_text(re.compile("08:00 . 08:10"))
    expect(trips.first).to_contain_text("2.4 km")
    expect(page.locator(".track-summary")).to_contain_text("3.6 km")
    expect(page.get_by_role("img", name="Speed, 0 km/h \N{EN DASH} 20 km/h")).to_be_visible()
    assert orange_pixels(page) < 50, "no part of the path is chosen yet"
    trips.first.click()
    expect(trips.first).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".track-band")).to_be_visible()
    await_orange(page)
    page.keyboard.press("Escape")
    expect(trips.first).to_have_attribute("aria-pressed", "false")


def test_its_files_hold_every_fix(open_page: OpenPage, day: str) -> None:
    page = open_page()
    signed_on(page, f"/tracks/vehicle/{VEHICLE}?day={day}")
    for name, mark in (("GPX", "<trkpt"), ("CSV", "\r\n"), ("GeoJSON", "T")):
        link = page.get_by_role("link", name=name, exact=True)
        expect(link).to_be_visible(timeout=SOON_MS)
        text = page.request.get(str(link.get_attribute("href"))).text()
        assert text.count(mark) >= len(a_morning(datetime.now().astimezone()))


def test_a_silence_on_the_way_is_told_as_one(watched_city: WatchedCity, open_page: OpenPage) -> None:
    morning = a_morning(eight_yesterday())
    watched_city.tell("vehicle/v005", [*morning[:18], *morning[48:]])
    page = open_page()
    signed_on(page, f"/tracks/vehicle/v005?day={eight_yesterday():%Y-%m-%d}")
    gap = page.locator("[data-entry=gap]")
    expect(gap).to_have_count(1, timeout=SOON_MS)
    expect(gap).to_contain_text(re.compile("No fixes 08:02 . 08:08"))
    expect(gap).to_contain_text("1.2 km straight")
    gap.click()
    expect(gap).to_have_attribute("aria-pressed", "true")
    await_orange(page)


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("vehicle/v003?day=2020-01-01", "该时段内没有任何定位"),
        ("vehicle/nobody", "从未收到过车辆 nobody的数据"),
    ],
)
def test_nothing_is_said_in_a_sentence(open_page: OpenPage, place: str, sentence: str) -> None:
    page = open_page(locale="zh-CN", width=360, height=740)
    signed_on(page, f"/tracks/{place}")
    expect(page.locator(".past-side")).to_contain_text(sentence, timeout=SOON_MS)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator("[data-entry]").count() == 0


def await_orange(page: Page) -> None:
    """Until the chosen part of the path is drawn."""
    for _ in range(60):
        if orange_pixels(page) > 300:
            return
        page.wait_for_timeout(500)
    raise AssertionError("the chosen trip isn't seen on the map")


def orange_pixels(page: Page) -> int:
    """Pixels of the map in the colour of a chosen part."""
    shot = np.frombuffer(page.locator(".past-map").screenshot(), np.uint8)
    picture = cv2.imdecode(shot, cv2.IMREAD_COLOR)
    assert picture is not None
    wanted = np.array((0x40, 0xB3, 0xFF))
    return int(np.count_nonzero(np.abs(picture.astype(int) - wanted).max(axis=2) < 24))

"""What ingest's rules find of a vehicle, in a real browser: as it happens, and on its track afterwards."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime, timedelta

import pytest
import shapely
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.console import SOON_MS, signed_on
from tests.browser.watched_city import OUTSIDER, WatchedCity
from wire import Position

pytestmark = [pytest.mark.browser, pytest.mark.servers, pytest.mark.timeout(300)]

_SPEED_MPS = 20.0


def a_race(plaza: shapely.Point, end: datetime) -> list[Position]:
    """For half a minute at 72 km/h to a plaza, and then half a minute there."""
    fixes = []
    for second in range(-60, 1, 2):
        away_m = _SPEED_MPS * max(0, -30 - second)
        west_deg = away_m / 111_195 / math.cos(math.radians(plaza.y))
        fixes.append(
            Position(
                time=end + timedelta(seconds=second),
                lat=plaza.y,
                lon=plaza.x - west_deg,
                speed_mps=_SPEED_MPS if away_m else 0.0,
                heading_deg=90.0,
            )
        )
    return fixes


def test_what_rules_find_is_seen_as_it_happens_and_on_the_track(
    watched_city: WatchedCity, open_page: OpenPage
) -> None:
    page = open_page()
    signed_on(page)
    areas = json.loads((watched_city.folder / "city" / "key-areas.geojson").read_text(encoding="utf-8"))
    plaza = shapely.geometry.shape(areas["features"][0]["geometry"]).representative_point()
    watched_city.tell(OUTSIDER, a_race(plaza, datetime.now(UTC)))

    toast = page.locator("[data-toast=opened]", has_text="vehicle_in_key_area")
    expect(toast).to_be_visible(timeout=SOON_MS)
    toast.get_by_role("link").click()
    expect(page).to_have_url(re.compile("/cases/SW"))
    expect(page.locator(".timeline")).to_contain_text("Vehicle outsider", timeout=SOON_MS)

    page.goto("/events?watches=speed")
    found = page.locator("[data-event=too_fast]", has_text=OUTSIDER.partition("/")[2])
    expect(found.filter(has_text="Too fast: ended")).to_have_count(1, timeout=SOON_MS)
    found.filter(has_text="Too fast: began").get_by_role("button").click()
    expect(page).to_have_url(re.compile(r"event=vehicle/outsider/too_fast//begun/"))
    page.get_by_role("button", name="Open a case").click()
    page.locator(".open-case select[name=type]").select_option("vehicle")
    page.get_by_label("Note (optional)").fill("seen on camera 2")
    page.locator(".open-case button[type=submit]").click()
    expect(page).to_have_url(re.compile("/cases/SW"), timeout=SOON_MS)
    expect(page.locator(".case-head h2")).to_have_text("Motor vehicle parked where none may")
    expect(page.locator(".timeline blockquote")).to_contain_text("seen on camera 2")
    page.go_back()
    expect(found.filter(has_text="has a case")).to_have_count(1, timeout=SOON_MS)

    page.goto(f"/tracks/{OUTSIDER}")
    events = page.locator("[data-entry=event]")
    expect(events.filter(has_text="Key area: began").first).to_be_visible(timeout=SOON_MS)
    began = events.filter(has_text="Too fast: began")
    expect(began).to_have_count(1)
    expect(began).to_contain_text("too_fast")
    expect(events.filter(has_text="Too fast: ended")).to_have_count(1)
    began.click()
    expect(began).to_have_attribute("aria-pressed", "true")

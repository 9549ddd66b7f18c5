"""A citizen reports a problem on a phone, and follows it."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, expect

from tests.browser.accessibility import violations
from tests.browser.conftest import OpenPage
from tests.browser.console import SOON_MS
from tests.browser.watched_city import WatchedCity

pytestmark = [pytest.mark.browser, pytest.mark.servers, pytest.mark.timeout(300)]

_PICTURES = os.environ.get("STREETWARDEN_SCREENSHOTS")


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "brown").save(out, "JPEG")
    return out.getvalue()


@pytest.mark.parametrize(("locale", "waits"), [("zh-CN", "等待受理"), ("en-GB", "waits for an acceptor")])
def test_a_citizen_reports_with_a_picture_and_follows_the_report(
    watched_city: WatchedCity, open_page: OpenPage, locale: str, waits: str
) -> None:
    page = open_page(locale=locale, width=360, height=740, dark=locale == "en-GB")
    elsewhere: list[str] = []
    page.on(
        "request",
        lambda asked: (
            None
            if asked.url.startswith((watched_city.url, "blob:", "data:"))
            else elsewhere.append(asked.url)
        ),
    )
    page.goto("/public/")
    page.locator("button[type=submit]").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.locator("select[name=service]").select_option("A-C0101")
    expect(page.locator("select[name=condition] option")).to_have_count(5, timeout=SOON_MS)
    page.locator("select[name=condition]").select_option("1")
    expect(page.locator(".citizens-map canvas.maplibregl-canvas")).to_be_visible(timeout=SOON_MS)
    page.wait_for_timeout(500)  # the map takes its place; a click before goes beside it
    page.locator(".citizens-map .map").click(position={"x": 160, "y": 150})
    expect(page.locator("[data-place=set]")).to_be_visible(timeout=SOON_MS)
    page.locator("textarea").fill("<img src=x onerror=alert(1)> 井盖不见了")
    page.locator("input[type=file]").set_input_files(
        FilePayload(name="cover.jpg", mimeType="image/jpeg", buffer=picture())
    )
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    if _PICTURES:
        page.screenshot(path=Path(_PICTURES) / f"public-report-{locale}.png", full_page=True)
    page.locator("button[type=submit]").click()
    expect(page.locator("[data-number]")).to_be_visible(timeout=SOON_MS)
    if _PICTURES:
        page.screenshot(path=Path(_PICTURES) / f"public-sent-{locale}.png", full_page=True)
    link = page.locator("[data-link]").get_attribute("href") or ""
    page.goto("about:blank")
    page.goto(link)
    expect(page.locator("[data-status=open]")).to_contain_text(waits, timeout=SOON_MS)
    expect(page.locator("[data-fact=description]")).to_have_text("<img src=x onerror=alert(1)> 井盖不见了")
    assert violations(page) == []
    if _PICTURES:
        page.wait_for_timeout(1500)
        page.screenshot(path=Path(_PICTURES) / f"public-follow-{locale}.png", full_page=True)
    assert page.context.cookies() == []
    assert elsewhere == []
    number = link.partition("#")[2].partition(".")[0]
    page.goto("about:blank")
    page.goto(f"/public/#{number}")
    expect(page.locator("[data-status=open]")).to_be_visible(timeout=SOON_MS)
    expect(page.locator("[data-fact=description]")).to_have_count(0)

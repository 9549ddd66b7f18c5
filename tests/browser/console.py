"""What a person does at the console, step by step."""

from __future__ import annotations

import re
from typing import Final

from playwright.sync_api import Locator, Page, expect

from tests.browser.watched_city import LOGIN, PASSWORD

SOON_MS: Final = 60_000
"""Long enough on a machine that is busy with other things."""


def sign_on(page: Page, path: str = "/map", *, login: str = LOGIN, password: str = PASSWORD) -> None:
    """Open a place, and sign on there."""
    page.goto(path)
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=password]").fill(password)
    page.locator("button[type=submit]").click()


def signed_on(page: Page, path: str = "/map") -> None:
    """Sign on, and wait until the picture is live."""
    sign_on(page, path)
    expect(page.locator(".strip-state.is-live")).to_be_visible(timeout=SOON_MS)


def strip_figure(page: Page, name: str) -> Locator:
    """A figure of the status strip."""
    return page.locator(".strip .figure", has_text=name).locator("dd")


def everybody_is_live(page: Page) -> None:
    """Wait until the whole fleet is heard, and perhaps the one vehicle that isn't of it."""
    expect(strip_figure(page, "Devices live")).to_have_text(re.compile("^25[01]$"), timeout=SOON_MS)


def choose_by_search(page: Page, text: str) -> Locator:
    """Find something by its number, and open its panel."""
    page.get_by_role("searchbox").fill(text)
    page.locator(".results a").first.click()
    return page.locator(".map-panel")

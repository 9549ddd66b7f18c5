"""The hotline's desk and the search in a browser: a search with an error, a hand-over of a shift."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from cases.rights import Role
from tests.browser.accessibility import violations
from tests.browser.conftest import OpenPage
from tests.browser.console import SOON_MS, sign_on
from tests.browser.test_roles import WITHOUT_MAPS
from tests.browser.watched_city import WatchedCity

pytestmark = [pytest.mark.browser, pytest.mark.servers, pytest.mark.timeout(300)]

PASSWORD = "four words of theirs"


def test_an_acceptor_searches_and_a_shift_is_handed_over(
    watched_city: WatchedCity, open_page: OpenPage
) -> None:
    watched_city.add_operator("shen", PASSWORD, name="沈班", roles={Role.SHIFT_LEAD, Role.ACCEPTOR})
    watched_city.add_operator("ye", PASSWORD, name="叶班", roles={Role.SHIFT_LEAD})
    number = watched_city.open_case()
    page = open_page(width=360, height=740)
    page.add_init_script(WITHOUT_MAPS)
    sign_on(page, "/system", login="shen", password=PASSWORD)
    expect(page.locator(".system-cards")).to_be_visible(timeout=SOON_MS)

    page.keyboard.press("/")
    box = page.locator("#search-words")
    expect(box).to_be_focused()
    box.fill(number[:-6] + ("1" if number[-6] != "1" else "2") + number[-5:])
    group = page.locator("[data-group=case]")
    expect(group).to_have_attribute("data-exact", "false", timeout=SOON_MS)
    expect(group.locator(f"[data-hit={number}]")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is cut off"
    group.locator(f"[data-hit={number}] a").click()
    expect(page.locator("[data-field=number]")).to_have_text(number, timeout=SOON_MS)

    page.goto("/hotline")
    expect(page.locator("[data-shift=open] dd")).to_have_text(re.compile(r"^[1-9]\d*$"), timeout=SOON_MS)
    page.locator(".handovers textarea").fill("The stall comes back at noon.")
    page.locator(".handovers form button").click()
    kept = page.locator("[data-handover]").first
    expect(kept).to_contain_text("The stall comes back at noon.", timeout=SOON_MS)
    expect(kept.locator("[data-acknowledge]")).to_have_count(0)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is cut off"

    other = open_page(locale="zh-CN")
    other.add_init_script(WITHOUT_MAPS)
    sign_on(other, "/hotline", login="ye", password=PASSWORD)
    other.locator("[data-handover] [data-acknowledge]").first.click(timeout=SOON_MS)
    expect(other.locator(".handover-seen").first).to_contain_text("叶班", timeout=SOON_MS)

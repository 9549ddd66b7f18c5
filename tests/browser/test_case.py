"""A case in a real browser: from something put down in the street to the close."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import OpenPage
from tests.browser.console import SOON_MS, signed_on
from tests.browser.watched_city import WatchedCity

pytestmark = [pytest.mark.browser, pytest.mark.servers, pytest.mark.timeout(420)]


def test_a_case_appears_by_itself_and_is_walked_to_its_close(
    watched_city: WatchedCity, open_page: OpenPage
) -> None:
    page = open_page()
    signed_on(page, "/cases")
    watched_city.start_edge()  # from here on nobody touches anything until the case is there

    toast = page.locator("[data-toast=opened]")
    expect(toast).to_contain_text("Goods or materials left in the street", timeout=120_000)
    row = page.locator("[data-case]", has_text="Goods or materials left in the street")
    expect(row).to_have_count(1)
    number = row.get_attribute("data-case")
    assert number is not None
    row.click()
    expect(page).to_have_url(re.compile(f"/cases/{number}$"))
    expect(page.locator("[data-field=number]")).to_have_text(number)

    finding = page.locator("[data-evidence=finding]")
    assert width_of_picture(page, "[data-evidence=finding] img") >= 320
    finding.click()
    lightbox = page.locator("dialog.lightbox")
    expect(lightbox).to_be_visible()
    lightbox.get_by_role("button", name="Zoom in").click()
    expect(lightbox.locator("img")).to_have_attribute("style", re.compile(r"scale\(1\.5\)"))
    page.keyboard.press("Escape")
    expect(lightbox).to_have_count(0)

    expect(page.locator("[data-evidence=restored]")).to_be_visible(timeout=120_000)  # the crate was taken

    finding.click()
    for width, height in ((1280, 800), (360, 740)):
        page.set_viewport_size({"width": width, "height": height})
        left, right = (
            lightbox.get_by_role("button", name=f"{which} picture").bounding_box()
            for which in ("Previous", "Next")
        )
        assert left is not None
        assert right is not None
        assert 0 <= left["x"] < width / 4 < width * 3 / 4 < right["x"] + right["width"] <= width
        assert abs(left["y"] - right["y"]) < 1
        assert height / 4 < left["y"] < height * 3 / 4
    page.set_viewport_size({"width": 1280, "height": 800})
    page.keyboard.press("Escape")
    expect(lightbox).to_have_count(0)

    page.get_by_role("button", name="切换到中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator(".case-head h2")).to_have_text("乱堆物堆料")
    expect(page).to_have_title("案件 · 街巡")

    other = open_page(locale="zh-CN")
    signed_on(other, "/cases")
    page.locator("[data-next]", has_text="派遣至").click()  # the rule names the department
    step(page, "handle", "已处置", note="已清理")
    expect(other.locator(f"[data-case={number}] .case-row-stage")).to_have_text("已处置")
    expect(page.locator(".check-pair img")).to_have_count(2)
    page.keyboard.press("n")  # it was seen put right: one press checks and closes it
    expect(page.locator(".timeline li").first).to_contain_text("结案", timeout=SOON_MS)
    expect(page.locator(".timeline blockquote")).to_have_text("已清理")
    expect(page.locator(".case-head-state")).to_contain_text("已结案")
    expect(other.locator(f"[data-case={number}]")).to_have_count(0)
    other.get_by_text("已结", exact=True).click()
    expect(other.locator(f"[data-case={number}]")).to_be_visible()


def test_the_list_of_cases_asks_once_and_loads_neither_the_map_nor_whole_pictures(
    watched_city: WatchedCity, open_page: OpenPage
) -> None:
    number = watched_city.open_case()
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(watched_city.url)))
    signed_on(page, "/cases")
    page.locator(f"[data-case={number}]").wait_for()
    page.wait_for_load_state("networkidle")
    of_the_bell = "/api/v1/cases?open=true&queue="
    lists = [url for url in asked if url.startswith("/api/v1/cases?") and not url.startswith(of_the_bell)]
    assert lists == ["/api/v1/cases?open=true&sort=deadline&limit=50"]
    assert not [url for url in asked if re.search("use-map|map-view|maplibre", url)]
    assert not [url for url in asked if "/evidence/" in url and "size=thumbnail" not in url]


def test_whoever_is_second_is_told_and_shown_how_it_is_now(
    watched_city: WatchedCity, open_page: OpenPage
) -> None:
    number = watched_city.open_case()
    page = open_page()
    signed_on(page, f"/cases/{number}")

    def somebody_is_faster(route: Route) -> None:
        token = page.request.get("/api/v1/session").json()["csrf_token"]
        taken = page.request.post(
            f"/api/v1/cases/{number}/actions",
            headers={"X-CSRF-Token": token},
            data=route.request.post_data_json,
        )
        assert taken.ok
        route.continue_()

    page.route("**/actions", somebody_is_faster)
    page.locator("[data-action=dispatch-other]").click()
    page.locator("textarea[name=note]").fill("Near the school gate.")
    page.locator("[data-confirm=dispatch]").click()
    said = page.locator(".case-actions .is-bad[role=status]")
    expect(said).to_contain_text("changed this case meanwhile", timeout=SOON_MS)
    expect(page.locator(".case-head-state")).to_contain_text("Dispatched")
    expect(page.locator("[data-action=handle]")).to_be_visible()
    expect(page.locator(".kept-note")).to_contain_text("Near the school gate.")
    page.reload()
    page.locator("[data-action=return]").click(timeout=SOON_MS)
    expect(page.locator("textarea[name=note]")).to_have_value("Near the school gate.")


def test_late_cases_lead_and_the_desk_is_worked_by_keyboard(
    watched_city: WatchedCity, open_page: OpenPage
) -> None:
    numbers = [watched_city.open_case() for _ in range(3)]
    watched_city.execute(
        "UPDATE case_file SET deadline_at = now() - interval '1 hour' WHERE number = $1", numbers[0]
    )
    watched_city.restart_center()  # it reads what was changed behind its back
    page = open_page()
    signed_on(page, "/cases")
    rows = page.locator("[data-case]")
    expect(rows.first).to_have_attribute("data-case", numbers[0])
    page.locator(".due-link.is-overdue").click()
    expect(page).to_have_url(re.compile(r"/cases\?overdue=true$"))
    expect(rows).to_have_count(int(page.locator(".due-link.is-overdue b").inner_text()))
    page.locator(".due-link.is-all").click()

    page.keyboard.press("/")
    page.keyboard.type(numbers[1])
    expect(rows).to_have_count(1)
    page.get_by_role("link", name="Clear filters").focus()
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile(f"/cases/{numbers[1]}"))
    page.keyboard.press("Enter")
    expect(page.locator(".case-head h2")).to_be_focused(timeout=SOON_MS)
    page.keyboard.press("n")  # dispatched to the department that the rule names
    expect(page.locator(".case-head-state")).to_contain_text("Dispatched", timeout=SOON_MS)


def step(page: Page, action: str, stage: str, *, note: str = "") -> None:
    """Take the case one step further, by keyboard where a form is open."""
    page.locator(f"[data-action={action}]").click(timeout=SOON_MS)
    if note:
        page.locator("textarea[name=note]").fill(note)
    page.locator(f"[data-confirm={action}]").press("Enter")
    expect(page.locator(".case-head-state")).to_contain_text(stage, timeout=SOON_MS)


def width_of_picture(page: Page, selector: str) -> int:
    """Pixels across of a picture that has been loaded."""
    page.locator(selector).wait_for()
    width: int = page.locator(selector).evaluate("image => image.naturalWidth")
    return width

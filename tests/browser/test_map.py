"""The live map in a real browser, before a whole watched city."""

from __future__ import annotations

import base64
import re

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.console import SOON_MS, choose_by_search, everybody_is_live, sign_on, signed_on

pytestmark = [pytest.mark.browser, pytest.mark.servers, pytest.mark.timeout(300)]


def test_a_wrong_password_is_refused_in_a_sentence(open_page: OpenPage) -> None:
    page = open_page(locale="zh-CN")
    sign_on(page, password="guessed")
    expect(page.get_by_role("alert")).to_have_text("用户名或密码不正确。")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")


def test_a_field_that_is_left_empty_says_so_in_the_language_that_is_chosen(open_page: OpenPage) -> None:
    page = open_page(locale="en-GB")
    page.goto("/map")
    page.get_by_role("button", name="切换到中文").click()
    page.locator("button[type=submit]").click()
    said = page.locator("input[name=login]").evaluate("field => field.validationMessage")
    assert said == "请填写此项。"


def changed_px(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> int:
    """How many pixels differ plainly; the map is a few narrower where a list beside it gets a scroll bar."""
    height, width = np.minimum(one.shape[:2], other.shape[:2])
    difference = one[:height, :width].astype(int) - other[:height, :width].astype(int)
    return int(np.count_nonzero(np.abs(difference).max(axis=2) > 60))


def test_vehicles_are_seen_moving_on_the_citys_own_streets(open_page: OpenPage) -> None:
    page = open_page(moving=True)
    signed_on(page)
    everybody_is_live(page)
    expect(page.locator(".map-message")).to_have_count(0, timeout=SOON_MS)
    page.locator("canvas.points").wait_for()
    first = symbols(page)
    assert np.count_nonzero(first[..., 3]) > 2000, "hardly anything is drawn over the map"
    moved_px = 0
    for _ in range(40):
        page.wait_for_timeout(500)
        moved_px = changed_px(symbols(page), first)
        if moved_px > 2000:
            break
    assert moved_px > 2000, f"only {moved_px} pixels have changed"


def test_a_vehicle_is_found_chosen_and_followed(open_page: OpenPage) -> None:
    page = open_page(moving=True)
    signed_on(page)
    everybody_is_live(page)
    panel = choose_by_search(page, "v017")
    expect(panel.get_by_role("heading", level=2)).to_have_text("v017")
    expect(page).to_have_url(f"{page.url.split('/map')[0]}/map/vehicle/v017")
    expect(panel.locator("[data-field=name]")).to_have_text(re.compile(r"\S+\d\d"))  # as its door says
    follow = panel.get_by_role("button", name="Follow")
    follow.click()
    expect(panel.get_by_role("button", name="Following")).to_have_attribute("aria-pressed", "true")
    expect(panel.get_by_text("Cameras nearby")).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)


def test_an_address_leads_back_to_the_same_thing(open_page: OpenPage) -> None:
    page = open_page(locale="zh-CN")
    signed_on(page, "/map/camera/cam-02")
    expect(page.locator(".map-panel h2")).to_contain_text("监控点")
    page.goto("/system")
    expect(page.get_by_role("heading", level=1)).to_have_text("系统")
    page.go_back()
    expect(page.locator(".map-panel h2")).to_contain_text("监控点", timeout=SOON_MS)


def test_something_is_found_by_its_name_and_by_its_type(open_page: OpenPage) -> None:
    page = open_page(locale="zh-CN")
    signed_on(page)
    name = page.locator(".map-panel [data-field=name]")
    choose_by_search(page, "环卫清扫车07")
    expect(name).to_have_text("环卫清扫车07")
    choose_by_search(page, "倾斜传感器")
    expect(page.locator(".map-panel-head small")).to_have_text("设备 · 倾斜传感器")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/map/vehicle/zzz", "Nothing was ever heard of Vehicle zzz."),
        ("/map/camera/cam-99", "There is no camera cam-99."),
        ("/map/case/SW209901010001", "There is no case SW209901010001."),
        ("/cameras/cam-99", "There is no camera cam-99."),
        ("/cases/SW209901010001", "There is no case SW209901010001."),
    ],
)
def test_what_does_not_exist_is_said_not_to_exist(open_page: OpenPage, path: str, sentence: str) -> None:
    page = open_page()
    signed_on(page, path)
    expect(page.get_by_role("alert")).to_contain_text(sentence, timeout=SOON_MS)


def test_an_address_that_names_nothing_leads_to_a_page_that_says_so(open_page: OpenPage) -> None:
    page = open_page(locale="zh-CN")
    signed_on(page, "/map/ufo/1")
    expect(page.get_by_role("heading", level=1)).to_have_text("页面不存在")
    expect(page).to_have_title("页面不存在 · 街巡")
    assert page.url.endswith("/map/ufo/1")
    page.get_by_role("link", name="前往实时地图").click()
    expect(page.locator(".map")).to_be_visible()


def symbols(page: Page) -> NDArray[np.uint8]:
    """What is drawn over the map, as it is on the screen; alpha is 0 where it is the map alone."""
    data = page.evaluate(
        """() => new Promise((resolve) => requestAnimationFrame(() => {
            const overlay = document.querySelector("canvas.points");
            const copy = document.createElement("canvas");
            copy.width = overlay.width; copy.height = overlay.height;
            copy.getContext("2d").drawImage(overlay, 0, 0);
            resolve(copy.toDataURL().split(",")[1]);
        }))"""
    )
    picture = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    return picture.astype(np.uint8)

"""The staff phone in a real browser: a report without a network, a killed browser, tasks, another account."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from cases.rights import Role
from tests import plain_http
from tests.browser.accessibility import violations
from tests.browser.console import SOON_MS
from tests.browser.phone import SIZE, Phone
from tests.browser.watched_city import LOGIN, PASSWORD, WatchedCity

pytestmark = [pytest.mark.browser, pytest.mark.servers, pytest.mark.timeout(600)]

WORDS = "Bicycles block the pavement before the school"
OpenPhone = Callable[..., Phone]


@pytest.fixture
def open_phone(_browser: Browser, watched_city: WatchedCity, tmp_path: Path) -> Iterator[OpenPhone]:
    """Opens a phone, again and again with the same profile; errors of its page fail the test."""
    place = watched_city.place_of("cam-02")
    opened: list[Phone] = []

    def open_phone(**more: Any) -> Phone:
        phone = Phone(_browser.browser_type, tmp_path / "profile", watched_city.url, place=place, **more)
        opened.append(phone)
        return phone

    yield open_phone
    for phone in opened:
        phone.kill()
    assert [complaint for phone in opened for complaint in phone.complaints] == []


@pytest.fixture(scope="module")
def desk(watched_city: WatchedCity) -> Iterator[Desk]:
    """The operator, who may do everything, over the API."""
    watched_city.add_operator("mei", PASSWORD, name="梅巡", roles={Role.PATROL})
    watched_city.execute("UPDATE person SET device = 'p07-phone' WHERE person = 'mei'")
    watched_city.add_operator("bo", PASSWORD, name="博巡", roles={Role.PATROL})
    with plain_http.client(base_url=watched_city.url, timeout=30) as client:
        yield Desk(client)


class Desk:
    """Acts on cases over the API."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        answer = client.post("/api/v1/session", json={"login": LOGIN, "password": PASSWORD})
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]

    def fetch(self, path: str, **query: Any) -> Any:
        answer = self._client.get(f"/api/v1{path}", params=query)
        assert answer.status_code == httpx.codes.OK, answer.text
        return answer.json()

    def status(self, path: str) -> int:
        return self._client.get(f"/api/v1{path}").status_code

    def act(self, number: str, action: str, **given: Any) -> None:
        sequence = self.fetch(f"/cases/{number}")["case"]["sequence"]
        answer = self._client.post(
            f"/api/v1/cases/{number}/actions",
            json={"action": action, "expected_sequence": sequence, **given},
        )
        assert answer.status_code == httpx.codes.OK, answer.text

    def reports(self) -> list[str]:
        """The numbers of the cases whose report has our words."""
        page = self.fetch("/cases", opener="mei", limit=50)
        return [case["number"] for case in page["cases"] if case["description"] == WORDS]


def test_a_report_without_a_network_survives_a_killed_browser_and_is_sent_once(
    open_phone: OpenPhone, desk: Desk, tmp_path: Path
) -> None:
    near, far = picture(tmp_path / "near.jpg", 40), picture(tmp_path / "far.jpg", 200)
    phone = open_phone()
    sign_on(phone.page, "mei")
    phone.page.goto("/m/report")
    expect(phone.page.locator("select[name=code] option")).not_to_have_count(0, timeout=SOON_MS)
    phone.page.evaluate("() => navigator.serviceWorker.ready")
    assert violations(phone.page) == []
    can_be_installed(phone)

    phone.context.set_offline(True)
    phone.page.reload()  # from the phone itself
    expect(phone.page.locator(".phone-offline")).to_be_visible(timeout=SOON_MS)
    write_report(phone.page)
    phone.page.locator("input[name=near]").set_input_files(near)
    phone.page.locator("input[name=far]").set_input_files(far)
    expect(phone.page.locator("[data-file]")).to_have_count(2)
    phone.kill()

    phone = open_phone(offline=True)
    phone.page.goto("/m/report")
    expect(phone.page.locator("textarea[name=description]")).to_have_value(WORDS, timeout=SOON_MS)
    expect(phone.page.locator("[data-file]")).to_have_count(2)
    expect(phone.page.locator("[data-place]")).to_be_visible()
    phone.page.locator("[data-record]").click()
    expect(phone.page.locator("[data-record=on]")).to_contain_text("2 s", timeout=SOON_MS)
    phone.page.locator("[data-record]").click()
    expect(phone.page.locator("[data-file=sound]")).to_be_visible()
    phone.page.locator("[data-send]").click()
    expect(phone.page.locator("[data-draft]")).to_have_attribute("data-state", "waiting")
    phone.kill()
    assert desk.reports() == []

    phone = open_phone(offline=True)
    phone.page.goto("/m/outbox")
    expect(phone.page.locator("[data-draft]")).to_contain_text("3 files", timeout=SOON_MS)
    phone.context.clear_cookies()  # the session has ended meanwhile
    phone.context.set_offline(False)
    sign_on(phone.page, "bo", path=None)
    phone.page.goto("/m/outbox")  # of somebody else: nothing is seen and nothing is sent
    expect(phone.page.locator(".phone-page")).to_contain_text("Nothing waits", timeout=SOON_MS)
    phone.page.goto("/m/me")
    phone.page.locator("[data-sign-off]").click()
    assert desk.reports() == []
    sign_on(phone.page, "mei", path="/m/outbox")
    expect(phone.page.locator("[data-draft]")).to_have_attribute("data-state", "sent", timeout=SOON_MS)
    (number,) = desk.reports()
    detail = desk.fetch(f"/cases/{number}")
    assert sorted((file["shows"] or "", file["media_type"]) for file in detail["evidence"]) == [
        ("", "audio/mp4"), ("far", "image/jpeg"), ("near", "image/jpeg"),
    ]  # fmt: skip
    assert violations(phone.page) == []
    phone.page.goto("/m/mine")
    expect(phone.page.locator(f"[data-case={number}]")).to_be_visible(timeout=SOON_MS)
    tasks(phone.page, desk, number, near)
    position(phone.page, desk)


def test_a_phone_whose_storage_is_full_says_so_and_goes_on_when_there_is_room(
    watched_city: WatchedCity, open_phone: OpenPhone, desk: Desk, tmp_path: Path
) -> None:
    phone = open_phone(locale="zh-CN")
    browser = phone.context.new_cdp_session(phone.page)
    # Before the first byte: Chromium looks again after a minute only.
    browser.send("Storage.overrideQuotaForOrigin", {"origin": watched_city.url, "quotaSize": 1})
    sign_on(phone.page, "bo")
    phone.page.goto("/m/report")
    near = picture(tmp_path / "near.jpg", 40)
    phone.page.locator("input[name=near]").set_input_files(near)
    expect(phone.page.get_by_role("alert")).to_contain_text("存储空间已满", timeout=SOON_MS)
    browser.send("Storage.overrideQuotaForOrigin", {"origin": watched_city.url})
    phone.page.locator("input[name=near]").set_input_files(near)
    expect(phone.page.locator("[data-file=near]")).to_be_visible(timeout=SOON_MS)
    phone.page.reload()
    expect(phone.page.locator("[data-file]")).to_have_count(1, timeout=SOON_MS)
    large = tmp_path / "film.mp4"
    large.write_bytes(b"\0\0\0\x18ftypmp42" + b"\0" * (10 * 1024 * 1024))
    phone.page.locator("input[name=video]").set_input_files(large)
    expect(phone.page.get_by_role("alert")).to_contain_text("最多可发送 10 MB", timeout=SOON_MS)
    assert phone.page.evaluate("() => document.documentElement.scrollWidth") <= SIZE[0]
    assert violations(phone.page) == []


def can_be_installed(phone: Phone) -> None:
    """Chromium has nothing against installing it as an application."""
    browser = phone.context.new_cdp_session(phone.page)
    assert browser.send("Page.getAppManifest")["errors"] == []
    found = browser.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [fault["errorId"] for fault in found if fault["errorId"] != "in-incognito"] == []


def tasks(page: Page, desk: Desk, number: str, shown: Path) -> None:
    """A verification and a check, each with an answer and a picture."""
    desk.act(number, "verify", assignee="mei")
    page.goto("/m/tasks")
    page.locator(f"[data-case={number}][data-task=verify]").click(timeout=SOON_MS)
    answer(page, "verify_answer", "exists", shown)
    assert desk.fetch(f"/cases/{number}")["case"]["verified"] == "exists"

    proposal = desk.fetch(f"/cases/{number}")["departments"][0]["code"]
    desk.act(number, "open")
    desk.act(number, "dispatch", department=proposal)
    desk.act(number, "handle", note="moved")
    desk.act(number, "check_request", assignee="mei")
    page.goto("/m/")
    page.locator(f"[data-case={number}][data-task=check]").click(timeout=SOON_MS)
    answer(page, "check_answer", "done", shown)
    after = desk.fetch(f"/cases/{number}")
    assert after["case"]["checked"] == "done"
    assert violations(page) == []


def position(page: Page, desk: Desk) -> None:
    """It is on the map as an ordinary device, until the person switches it off."""
    expect(page.locator(".phone-reports")).to_be_visible(timeout=SOON_MS)
    until = time.monotonic() + SOON_MS / 1000
    while desk.status("/entities/person/p07-phone") != httpx.codes.OK:
        assert time.monotonic() < until
        time.sleep(0.3)
    page.goto("/m/me")
    expect(page.locator("[data-position=p07-phone]")).to_be_visible(timeout=SOON_MS)
    page.locator(".switch", has=page.locator("input[name=position]")).click()
    expect(page.locator(".phone-reports")).to_have_count(0)
    assert violations(page) == []


def answer(page: Page, action: str, chosen: str, shown: Path) -> None:
    page.locator(f"input[name=answer][value={chosen}]").check(timeout=SOON_MS)
    page.locator("input[name=near]").set_input_files(shown)
    expect(page.locator("[data-file=near]")).to_be_visible()
    page.locator(f"[data-confirm={action}]").click()
    expect(page).to_have_url(re.compile("/m/outbox"))
    expect(page.locator("[data-draft]").first).to_have_attribute("data-state", "sent", timeout=SOON_MS)


def sign_on(page: Page, login: str, path: str | None = "/m") -> None:
    if path is not None:
        page.goto(path)
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("button[type=submit]").click()
    page.locator(".phone-tabs").wait_for(timeout=SOON_MS)


def write_report(page: Page) -> None:
    page.locator("input[name=words]").fill("0506")
    page.locator("select[name=code]").select_option("A/event/0506")
    page.locator("textarea[name=description]").fill(WORDS)


def picture(file: Path, shade: int) -> Path:
    cv2.imwrite(str(file), np.full((240, 320, 3), shade, np.uint8))
    return file

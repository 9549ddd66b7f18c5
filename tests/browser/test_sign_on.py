"""What a person is told about their session and their password."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.console import SOON_MS
from tests.browser.watched_city import WatchedCity

pytestmark = [pytest.mark.browser, pytest.mark.servers, pytest.mark.timeout(300)]

FIRST = "the first of two passwords"
SECOND = "the second of two passwords"


@pytest.fixture
def login(watched_city: WatchedCity) -> Iterator[str]:
    """An account of the test's own."""
    login = f"person-{uuid4().hex[:8]}"
    watched_city.add_operator(login, FIRST)
    yield login
    watched_city.execute("DELETE FROM operator WHERE login = $1", login)


def sign_on(page: Page, login: str, password: str, path: str = "/system") -> None:
    page.goto(path)
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=password]").fill(password)
    page.keyboard.press("Enter")
    expect(page.locator(".strip-state.is-live")).to_be_visible(timeout=SOON_MS)


@pytest.mark.parametrize(
    ("locale", "words"), [("en-GB", "because nobody used this window"), ("zh-CN", "由于长时间无人操作")]
)
def test_a_session_that_nobody_used_ends_and_says_why(
    watched_city: WatchedCity, open_page: OpenPage, login: str, locale: str, words: str
) -> None:
    page = open_page(locale=locale)
    sign_on(page, login, FIRST)
    watched_city.execute("UPDATE session SET used_at = now() - interval '2 hours' WHERE login = $1", login)
    expect(page.get_by_text(words)).to_be_visible(timeout=SOON_MS)


def test_wrong_passwords_make_one_wait_in_words(open_page: OpenPage, login: str) -> None:
    page = open_page()
    page.goto("/system")
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=password]").fill("a guess")
    statuses = [0]
    while statuses[-1] != 429 and len(statuses) < 20:  # the first waits are short
        expect(page.locator("button[type=submit]")).to_be_enabled()
        with page.expect_response("**/api/v1/session") as answer:
            page.keyboard.press("Enter")
        statuses.append(answer.value.status)
    assert statuses[-1] == 429
    expect(page.get_by_role("alert")).to_contain_text("Too many failed attempts. Try again in")


def test_one_changes_ones_password_and_is_told_why_a_weak_one_is_refused(
    open_page: OpenPage, login: str
) -> None:
    page = open_page()
    sign_on(page, login, FIRST)
    page.get_by_label("Account and appearance").click()
    page.get_by_role("button", name="Change password").click()
    form = page.get_by_role("form", name="Change password")

    def change(present: str, wanted: str, again: str | None = None) -> None:
        for name, value in (("present", present), ("wanted", wanted), ("again", again or wanted)):
            form.locator(f"input[name={name}]").fill(value)
        form.locator("button[type=submit]").click()

    for present, wanted, again, words in (
        (FIRST, SECOND, "another", "isn't the same both times"),
        (FIRST, "short", None, "at least 15 characters"),
        (FIRST, "qwertyuiopasdfgh", None, "among the first that an attacker would guess"),
        ("a guess", SECOND, None, "The present password is wrong"),
        (FIRST, SECOND, None, "The password is changed"),
    ):
        change(present, wanted, again)
        expect(form.get_by_role("status")).to_contain_text(words, timeout=SOON_MS)
    page.context.clear_cookies()
    sign_on(page, login, SECOND)


def test_a_session_with_too_many_windows_says_so(open_page: OpenPage, login: str) -> None:
    page = open_page()
    sign_on(page, login, FIRST)
    page.evaluate(
        "() => { const feed = `ws://${location.host}/api/v1/live`;"
        " window.others = [...Array(12)].map(() => new WebSocket(feed)) }"
    )
    page.wait_for_function("() => window.others.some((one) => one.readyState === WebSocket.CLOSED)")
    second = page.context.new_page()
    second.goto("/system")
    expect(second.locator(".old")).to_contain_text("as many windows open as it may", timeout=SOON_MS)
    page.evaluate("() => window.others.forEach((one) => one.close())")
    expect(second.locator(".strip-state")).to_have_text("Live", timeout=SOON_MS)

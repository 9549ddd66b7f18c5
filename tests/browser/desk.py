"""What people at the case desk do by clicks, each signed on in a browser profile of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.console import SOON_MS, sign_on

WITHOUT_MAPS: Final = """
    const get = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
        return kind.startsWith("webgl") ? null : get.call(this, kind, ...more);
    };
"""
"""A browser without WebGL: people read and write here; without a graphics card maps are the larger load."""

_DISMISS: Final = "document.querySelectorAll('[data-toast=done] button').forEach((one) => one.click())"
"""What was said of the step before would be taken for the answer to this one."""

_PATIENCE_MS: Final = 60_000


@dataclass(slots=True, kw_only=True)
class Desk:
    """The desk, for one language.

    Attributes:
        browser: that everybody uses.
        url: of the center.
        passwords: by login.
        locale: of everybody's browser.
        picture: a JPEG that is sent if an action needs one.
        together: whether everybody's page stays open while others work; costs a feed for each.
        look: is called with a page and a name at each sight worth seeing.
    """

    browser: Browser
    url: str
    passwords: Mapping[str, str]
    picture: Path
    locale: str = "en-GB"
    together: bool = False
    look: Callable[[Page, str], None] = lambda _page, _name: None
    _contexts: dict[str, BrowserContext] = field(default_factory=dict)
    _pages: dict[str, Page] = field(default_factory=dict)

    def at(self, login: str, path: str, *, maps: bool = False) -> Page:
        """A place as somebody sees it; whoever worked before leaves the desk.

        Args:
            login: is signed on if that has not happened yet.
            path: of the place.
            maps: whether the browser draws maps.
        """
        for other in [each for each in self._pages if not self.together or each == login]:
            self._pages.pop(other).close()
        known = login in self._contexts
        if not known:
            self._contexts[login] = self.browser.new_context(
                base_url=self.url,
                locale=self.locale,
                viewport={"width": 1440, "height": 900},
                color_scheme="dark",
                reduced_motion="reduce",
            )
            self._contexts[login].set_default_timeout(_PATIENCE_MS)
        page = self._pages[login] = self._contexts[login].new_page()
        if not maps:
            page.add_init_script(WITHOUT_MAPS)
        if known:
            page.goto(path)
        else:
            sign_on(page, path, login=login, password=self.passwords[login])
        page.locator(".app").wait_for(timeout=SOON_MS)
        return page

    def close(self) -> None:
        """Everybody goes home."""
        for context in self._contexts.values():
            context.close()
        self._contexts.clear()
        self._pages.clear()

    def open_case(self, login: str, number: str) -> Page:
        """A case as somebody sees it; the page that is open, if it shows that case."""
        page = self._pages.get(login)
        if page is None or not page.url.split("?")[0].endswith(f"/cases/{number}"):
            page = self.at(login, f"/cases/{number}")
        elif page.locator(".strip-state").count() == 0:
            page.reload()  # without the live feed a page hears of others' steps only now and then
        expect(page.locator(".case-head [data-field=number]")).to_have_text(number, timeout=SOON_MS)
        return page

    def act(self, login: str, number: str, action: str, *, sees: str | None = None, **given: Any) -> Page:
        """Take a step of a case by its form.

        Args:
            login: who takes it.
            number: of the case.
            action: its name in the workflow.
            sees: a name under which the filled form is looked at.
            given: by name of the form's fields; `pictures`, how many are sent.
        """
        page = self.open_case(login, number)
        self._choose(page, action)
        for name, value in given.items():
            self._fill(page, name, value)
        if sees is not None:
            self.look(page, sees)
        page.evaluate(_DISMISS)
        page.locator(f"[data-confirm={action}]").click()
        self._until_done(page, number, action)
        return page

    def dispatch_as_proposed(self, login: str, number: str) -> Page:
        """Dispatch to the department that the rule names, with one press."""
        page = self.open_case(login, number)
        page.locator("[data-action=dispatch][data-next]").wait_for(timeout=SOON_MS)
        page.evaluate(_DISMISS)
        page.locator("[data-action=dispatch][data-next]").click()
        self._until_done(page, number, "dispatch")
        return page

    def _choose(self, page: Page, action: str) -> None:
        button = page.locator(f"[data-action={action}], [data-action={action}-other]").last
        button.wait_for(state="attached", timeout=SOON_MS)
        if not button.is_visible():
            page.locator("details.more-steps", has=button).locator("summary").click()
        button.click()
        page.locator(f"[data-confirm={action}]").wait_for(timeout=SOON_MS)

    def _fill(self, page: Page, name: str, value: Any) -> None:
        form = page.locator(".case-actions form")
        match name:
            case "department" | "assignee" | "condition":
                form.locator(f"select[name={name}]").select_option(value)
            case "reason" | "answer":
                form.locator(f"input[name={name}][value={value}]").check()
            case "until":
                form.locator("input[name=until]").fill(value)
            case "pictures":
                form.locator("input[name=pictures]").set_input_files([self.picture] * value)
            case "note":
                form.locator("textarea[name=note]").fill(value)
            case _:
                form.locator(f"[name={name}]").fill(value)

    def _until_done(self, page: Page, number: str, action: str) -> None:
        """The step has been taken: the toast names the case. Who loses the case with it sees it no more."""
        done = page.locator("[data-toast=done]", has_text=number)
        gone = page.locator(".case-details .notice.is-bad")
        expect(done.or_(gone).first, f"{action} of {number}").to_be_visible(timeout=SOON_MS)


def in_days(days: int) -> str:
    """A date, as a field takes it."""
    return f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}"


def stage_of(page: Page, number: str) -> str:
    """The stage of a case, by the API, as the page's account may read it."""
    found = page.request.get(f"/api/v1/cases/{number}").json()
    return str(found["case"]["stage"])


def actions_of(page: Page, number: str) -> Sequence[str]:
    """The actions of the history of a case."""
    found = page.request.get(f"/api/v1/cases/{number}").json()
    return [event["action"] for event in found["events"]]

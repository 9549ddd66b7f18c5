"""Walks a case through the desk by clicks, each role with an account of its own, and takes pictures.

`python -m tests.browser.desk_walk --url URL --password … [--workflow small] [--locale en-GB] --out FOLDER`

The accounts are those of `ACCOUNTS`, all with one password; `streetwarden operator add` makes them. The
center must open new cases by the workflow that is walked.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Literal

from PIL import Image
from playwright.sync_api import Page, expect

from cases.rights import Role
from tests.browser.chromium import chromium
from tests.browser.console import SOON_MS
from tests.browser.desk import Desk, actions_of, in_days, stage_of

ACCOUNTS: Final = {
    "acceptor": (Role.ACCEPTOR, None),
    "lead": (Role.SHIFT_LEAD, None),
    "dispatcher": (Role.DISPATCHER, None),
    "cleaners": (Role.DEPARTMENT_DESK, "D03"),
    "enforcers": (Role.DEPARTMENT_DESK, "D02"),
    "handler": (Role.HANDLER, "D02"),
    "patrol": (Role.PATROL, None),
    "inspector": (Role.INSPECTOR, None),
    "leader": (Role.LEADER, None),
    "admin": (Role.ADMINISTRATOR, None),
}
"""The role and the department of each login."""

_HOTLINE: Final[dict[str, Any]] = {
    "source": "hotline", "code_set": "A", "category": "event", "code": "0501",
    "title": "学校门口有摊贩占道", "description": "放学时段占用人行道",
    "caller": {"name": "吴女士", "telephone": "13900001111", "call_back": True},
}  # fmt: skip
_SIZES: Final = {"1440": (1440, 900), "360": (360, 740)}
_THEMES: Final[tuple[Literal["dark", "light"], ...]] = ("dark", "light")


class Pictures:
    """Takes each sight in both themes and at both widths.

    Args:
        out: the folder.
        prefix: begins the name of each file.
    """

    def __init__(self, out: Path, prefix: str) -> None:
        self._out = out
        self._prefix = prefix
        self._count = 0
        out.mkdir(parents=True, exist_ok=True)

    def __call__(self, page: Page, name: str) -> None:
        """Take the four pictures."""
        self._count += 1
        for size, (width, height) in _SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            for theme in _THEMES:
                page.emulate_media(color_scheme=theme)
                page.wait_for_timeout(150)  # the picture only; nothing depends on it
                file = f"{self._prefix}-{self._count:02d}-{name}-{theme}-{size}.png"
                page.screenshot(path=self._out / file, full_page=size == "360")
        page.set_viewport_size({"width": 1440, "height": 900})
        page.emulate_media(color_scheme="dark")
        sys.stdout.write(f"{self._prefix}-{self._count:02d}-{name}\n")
        sys.stdout.flush()


def full(desk: Desk, number: str) -> None:
    """A reported case through every special way of the full workflow, to its close and its appeal."""
    opened_after_verification(desk, number)
    returned_by_the_wrong_department(desk, number)
    deferred_and_suspended(desk, number)
    reworked_after_a_check(desk, number)
    closed_and_appealed(desk, number)


def opened_after_verification(desk: Desk, number: str) -> None:
    """Accepted, verified by a patrol member with a picture, opened with a condition."""
    page = desk.open_case("acceptor", number)
    desk.look(page, "acceptor-reported")
    desk.act("acceptor", number, "accept")
    desk.act("acceptor", number, "verify", assignee="patrol", sees="acceptor-verify")
    page = desk.at("patrol", "/cases")
    page.locator(f"[data-case={number}]").wait_for(timeout=SOON_MS)
    desk.look(page, "patrol-list")
    desk.act("patrol", number, "verify_answer", answer="exists", pictures=1, sees="patrol-answer")
    page = desk.act("lead", number, "open")
    assert stage_of(page, number) == "opened"


def returned_by_the_wrong_department(desk: Desk, number: str) -> None:
    """Dispatched wrongly, returned, dispatched to the department that the rule names, taken, assigned."""
    page = desk.open_case("dispatcher", number)
    desk.look(page, "dispatcher-opened")
    desk.act("dispatcher", number, "dispatch", department="D03", sees="dispatcher-other")
    page = desk.open_case("cleaners", number)
    desk.look(page, "wrong-desk")
    desk.act(
        "cleaners",
        number,
        "return",
        reason="not_our_department",
        note="请派城管",
        sees="desk-return",
    )
    page = desk.open_case("dispatcher", number)
    desk.look(page, "dispatcher-returned")
    desk.act("dispatcher", number, "dispatch", department="D02")
    desk.act("enforcers", number, "take")


def deferred_and_suspended(desk: Desk, number: str) -> None:
    """More time, asked for by the department and granted; a suspension, granted and ended early."""
    desk.act("enforcers", number, "defer", note="连日大雨", sees="desk-defer")
    page = desk.at("dispatcher", "/cases?queue=asked")
    page.locator(f"[data-case={number}]").click(timeout=SOON_MS)
    expect(page.locator("[data-action=defer_grant]")).to_be_attached(timeout=SOON_MS)
    desk.look(page, "dispatcher-asked")
    desk.act("dispatcher", number, "defer_grant")
    desk.act(
        "enforcers", number, "suspend_request", until=in_days(20), note="等待道路改造", sees="desk-suspend"
    )
    page = desk.open_case("dispatcher", number)
    desk.look(page, "dispatcher-suspension-asked")
    page = desk.act("dispatcher", number, "suspend_grant")
    desk.look(page, "suspended")
    desk.act("lead", number, "resume")
    desk.act("leader", number, "key", note="媒体关注")
    desk.act("inspector", number, "urge", note="请说明进展", sees="inspector-urge")
    page = desk.act("enforcers", number, "answer_urge", note="今天处置")
    desk.act("enforcers", number, "assign", assignee="handler", sees="desk-assign")


def reworked_after_a_check(desk: Desk, number: str) -> None:
    """Handled, found wanting by the check, reworked, handled again."""
    page = desk.at("handler", "/cases")
    page.locator(f"[data-case={number}]").wait_for(timeout=SOON_MS)
    desk.look(page, "handler-list")
    desk.act("handler", number, "handle", pictures=1, note="已清理", sees="handler-reply")
    page = desk.act("enforcers", number, "confirm")
    desk.act("dispatcher", number, "confirm")
    desk.act("acceptor", number, "check_request", assignee="patrol")
    desk.act("patrol", number, "check_answer", answer="not_done", pictures=1)
    page = desk.open_case("acceptor", number)
    desk.look(page, "acceptor-not-done")
    desk.act("acceptor", number, "rework", reason="not_done")
    page = desk.open_case("dispatcher", number)
    desk.look(page, "dispatcher-found-wanting")
    desk.act("dispatcher", number, "rework", reason="not_done")
    desk.act("enforcers", number, "handle", pictures=2)
    desk.act("dispatcher", number, "confirm")
    desk.act("acceptor", number, "check_request", assignee="patrol")
    desk.act("patrol", number, "check_answer", answer="done", pictures=1)


def closed_and_appealed(desk: Desk, number: str) -> None:
    """Closed, the caller called back, the department's appeal granted by two reviews."""
    page = desk.open_case("lead", number)
    desk.look(page, "lead-before-close")
    page = desk.act("lead", number, "close")
    desk.look(page, "closed")
    desk.act("acceptor", number, "call_back", answer="content", sees="acceptor-call-back")
    desk.act("enforcers", number, "appeal", note="返工非本部门原因", sees="desk-appeal")
    desk.act("dispatcher", number, "appeal_grant", note="属实")
    page = desk.act("lead", number, "appeal_grant", note="同意")
    desk.look(page, "appeal-granted")


def small(desk: Desk, number: str) -> None:
    """A reported case through the small workflow: opened, dispatched, handled, checked, closed."""
    page = desk.open_case("acceptor", number)
    desk.look(page, "acceptor-reported")
    desk.act("acceptor", number, "open")
    page = desk.open_case("dispatcher", number)
    desk.look(page, "dispatcher-opened")
    desk.dispatch_as_proposed("dispatcher", number)
    page = desk.open_case("enforcers", number)
    desk.look(page, "desk")
    desk.act("enforcers", number, "handle", note="已清理", pictures=1, sees="desk-reply")
    page = desk.open_case("acceptor", number)
    desk.look(page, "acceptor-handled")
    desk.act("acceptor", number, "check")
    page = desk.act("acceptor", number, "close")
    desk.look(page, "closed")


WALKS: Final[dict[str, Callable[[Desk, str], None]]] = {"full": full, "small": small}


def report_by_api(desk: Desk, login: str, *, lat: float, lon: float) -> str:
    """A report of the hotline, as another system sends it; the number of its case."""
    page = desk.at(login, "/cases")
    csrf = page.request.get("/api/v1/session").json()["csrf_token"]
    answer = page.request.post(
        "/api/v1/cases", data={**_HOTLINE, "lat": lat, "lon": lon}, headers={"X-CSRF-Token": csrf}
    )
    assert answer.ok, answer.text()
    return str(answer.json()["case"]["number"])


def report_by_hand(desk: Desk, login: str, *, lat: float, lon: float) -> str:
    """A report by the form, with its place clicked on the map; the number of its case."""
    page = desk.at(login, f"/report?place={lat:.5f},{lon:.5f}", maps=True)
    before = page.url
    page.locator(".place-map canvas").first.wait_for(timeout=SOON_MS)
    page.wait_for_timeout(3000)  # the map is drawn without a graphics card
    page.locator(".place-map canvas").first.click(position={"x": 420, "y": 300})
    expect(page).not_to_have_url(before, timeout=SOON_MS)
    page.locator("input[type=search]").first.fill("0501")
    page.locator("select[name=code]").select_option("A/event/0501")
    page.locator("textarea[name=description]").fill("放学时段占用人行道")
    page.locator("input[name=pictures]").set_input_files(desk.picture)
    desk.look(page, "report-form")
    page.locator("[data-send]").click()
    page.wait_for_url("**/cases/SW*", timeout=SOON_MS)
    return page.url.rpartition("/")[2].partition("?")[0]


def pages_of_everybody(desk: Desk, number: str) -> None:
    """The first page of each role, and what an administrator has."""
    for login in ACCOUNTS:
        page = desk.at(login, "/cases")
        page.wait_for_timeout(1500)
        desk.look(page, f"cases-of-{login}")
    for path in ("/people", "/people/accounts", "/people/duty", "/people/rights", "/people/audit"):
        page = desk.at("admin", path)
        page.wait_for_timeout(1000)
        desk.look(page, f"admin{path.replace('/', '-')}")
    page = desk.at("leader", f"/cases/{number}")
    page.wait_for_timeout(1000)
    desk.look(page, "leader-case")


def main(arguments: Sequence[str] | None = None) -> int:
    """Walk, in one language; the history of the case is printed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8480")
    parser.add_argument("--password", required=True)
    parser.add_argument("--workflow", choices=sorted(WALKS), default="full")
    parser.add_argument("--locale", default="zh-CN")
    parser.add_argument("--place", default="24.87,118.67", help="latitude, longitude")
    parser.add_argument("--by-hand", action="store_true", help="report by the form and the map")
    parser.add_argument("--everybody", action="store_true", help="also the first page of each role")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args(arguments)
    lat, lon = map(float, given.place.split(","))
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        picture = Path(folder) / "site.jpg"
        Image.new("RGB", (640, 480), "seagreen").save(picture)
        desk = Desk(
            browser=browser,
            url=given.url,
            passwords=dict.fromkeys(ACCOUNTS, given.password),
            picture=picture,
            locale=given.locale,
            look=Pictures(given.out, f"{given.workflow}-{given.locale[:2]}"),
        )
        report = report_by_hand if given.by_hand else report_by_api
        number = report(desk, "acceptor", lat=lat, lon=lon)
        WALKS[given.workflow](desk, number)
        page = desk.open_case("lead", number)
        sys.stdout.write(f"{number}: {' → '.join(actions_of(page, number))}\n")
        if given.everybody:
            pages_of_everybody(desk, number)
        desk.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

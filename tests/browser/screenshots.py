"""Takes a picture of every page of a running center, in both languages, themes and widths, to be looked at.

`python -m tests.browser.screenshots --password … [--out FOLDER]`; the stack prints address and password.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Browser, Page

from tests.browser.chromium import chromium

Theme = Literal["dark", "light"]

_LANGUAGES: Final = {"zh": "zh-CN", "en": "en-GB"}
_THEMES: Final[tuple[Theme, ...]] = ("dark", "light")
_SIZES: Final = {"desktop": (1440, 900), "phone": (360, 740)}
_PLACES: Final = {
    "map": "/map",
    "map-case": "/map/case/{case}",
    "map-vehicle": "/map/vehicle/v001",
    "map-camera": "/map/camera/{camera}",
    "track": "/tracks/vehicle/v001",
    "visits": "/visits?place={place}&last=24",
    "events": "/events",
    "nowhere": "/map/ufo/1",
    "unknown": "/map/vehicle/zzz",
    "cases": "/cases",
    "case": "/cases/{case}",
    "cameras": "/cameras",
    "system": "/system",
}


def take(browser: Browser, given: argparse.Namespace, language: str, theme: Theme, size: str) -> None:
    """Every page in one language, theme and size."""
    width, height = _SIZES[size]
    context = browser.new_context(
        base_url=given.url,
        locale=_LANGUAGES[language],
        color_scheme=theme,
        viewport={"width": width, "height": height},
        reduced_motion="reduce",
    )
    context.set_default_timeout(60_000)
    page = context.new_page()

    def keep(name: str) -> None:
        page.screenshot(path=given.out / f"{name}-{language}-{theme}-{size}.png")
        sys.stdout.write(f"{name}-{language}-{theme}-{size}\n")

    page.goto("/map")
    page.locator("input[name=login]").wait_for()
    keep("sign-on")
    page.locator("input[name=login]").fill(given.login)
    page.locator("input[name=password]").fill(given.password)
    page.keyboard.press("Enter")
    page.locator(".strip-state.is-live").wait_for()
    names = {"case": _first_case(page), "camera": "cam-01", "place": _first_camera(page)}
    for name, path in _PLACES.items():
        if given.only and name not in given.only:
            continue
        page.goto(path.format(**names))
        page.locator(".strip-state.is-live").wait_for()
        page.wait_for_timeout(given.wait_ms)
        keep(name)
    context.close()


def _first_case(page: Page) -> str:
    found = page.request.get("/api/v1/cases?limit=1").json()["cases"]
    return str(found[0]["number"]) if found else "none"


def _first_camera(page: Page) -> str:
    found = page.request.get("/api/v1/cameras").json()["cameras"]
    return f"{found[0]['lat']},{found[0]['lon']}" if found else ""


def main() -> None:
    """Take them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8480")
    parser.add_argument("--login", default="operator")
    parser.add_argument("--password", required=True)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "screenshots")
    parser.add_argument("--wait-ms", type=int, default=6000, help="for the map to be drawn")
    parser.add_argument("--only", nargs="*", help="of these pages")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for language in _LANGUAGES:
            for theme in _THEMES:
                for size in _SIZES:
                    take(browser, given, language, theme, size)


if __name__ == "__main__":
    main()

"""A watched city and a browser for all tests here, and a page for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.chromium import chromium
from tests.browser.watched_city import WatchedCity, accounts, make_city
from tests.servers import Broker

OpenPage = Callable[..., Page]


@pytest.fixture(scope="package")
def watched_city(
    _databases: Any, servers_can_run: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WatchedCity]:
    """Fleet, broker, ingest, database and center; the edge box is started by the test that needs it."""
    folder = tmp_path_factory.mktemp("watched")
    city = make_city(folder / "city")
    broker = Broker(folder / "broker", passwords=accounts(city))
    for database_url in _databases.make(migrated=True):
        broker.start()
        watched = WatchedCity(folder=folder, broker=broker, database_url=database_url)
        try:
            watched.start()
            yield watched
        finally:
            watched.stop()
            broker.kill()


@pytest.fixture(scope="package")
def _browser(watched_city: WatchedCity) -> Iterator[Browser]:
    """Comes after the city and goes before it: while its event loop runs, no other can be started."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def open_page(_browser: Browser, watched_city: WatchedCity) -> Iterator[OpenPage]:
    """Opens pages, each with a browser profile of its own; whatever goes wrong in one fails the test.

    The map moves only in pages that are opened `moving`: without a graphics card its frames are the suite's
    largest load.
    """
    complaints: list[str] = []
    contexts = []

    def open_page(
        *,
        locale: str = "en-GB",
        width: int = 1280,
        height: int = 800,
        dark: bool = True,
        moving: bool = False,
    ) -> Page:
        context = _browser.new_context(
            base_url=watched_city.url,
            locale=locale,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="no-preference" if moving else "reduce",
        )
        context.set_default_timeout(40_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on(
            "console",
            lambda message: (
                complaints.append(f"{message.type}: {message.text}")
                if message.type in {"error", "warning"} and not _is_expected(message.text)
                else None
            ),
        )
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


def _is_expected(text: str) -> bool:
    """What Chromium says by itself: of refusals, of a center that is away, of its slow graphics."""
    return any(
        known in text
        for known in (
            "Failed to load resource",
            "WebSocket connection to",
            "GL Driver Message",
            "GPU stall",
            "swiftshader",
        )
    )

"""A center beside the real database, with one account: `li`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import argon2
import pytest
import pytest_asyncio

from center.people import passwords
from store.connection import Pool
from tests.center.running import Browser, Center, add_operator, pool_of

StartCenter = Callable[..., Any]


@pytest.fixture(autouse=True)
def _quick_passwords(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash takes 0.2 s of processor on purpose, and every center and every browser here makes some."""
    if "slow_passwords" not in request.fixturenames:
        monkeypatch.setattr(passwords, "_HASHER", argon2.PasswordHasher(1, 8, 1))


@pytest.fixture
def slow_passwords() -> None:
    """Passwords are hashed as in an installation."""


@pytest_asyncio.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """Connections of the test's own."""
    async with pool_of(database_url) as pool:
        async with pool.acquire() as connection:
            await add_operator(connection)
        yield pool


@pytest_asyncio.fixture
async def start_center(database_url: str, tmp_path: Path, pool: Pool) -> AsyncIterator[StartCenter]:
    """Starts centers with settings of the test's own: one dict a section."""
    async with AsyncExitStack() as stack:

        async def start(**sections: dict[str, Any]) -> Center:
            center = Center(database_url=database_url, folder=tmp_path, **sections)
            await stack.enter_async_context(center.running())
            return center

        yield start


@pytest_asyncio.fixture
async def center(start_center: StartCenter) -> Center:
    """A center with the usual settings, quicker."""
    started: Center = await start_center()
    return started


@pytest_asyncio.fixture
async def browser(center: Center) -> AsyncIterator[Browser]:
    """A browser that is signed on."""
    async with center.browser() as browser:
        yield browser

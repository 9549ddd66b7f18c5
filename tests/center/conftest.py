"""A center beside the real database, with one account: `li`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest_asyncio

from store.connection import Pool
from tests.center.running import Browser, Center, add_operator, pool_of

StartCenter = Callable[..., Any]


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

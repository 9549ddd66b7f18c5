"""A pool of connections for each test that asks for one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from store.connection import Pool, open_pool


@pytest_asyncio.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await open_pool(database_url, application="test", largest=12)
    yield pool
    pool.terminate()  # a test that failed may not have given back what it took

"""The API under requests that nobody means; `python -m bench api-fuzz` goes on for longer."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bench import api_fuzz
from store.connection import Pool
from tests.center.running import Center

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]


async def test_no_request_is_a_defect_and_every_answer_is_described(
    center: Center, pool: Pool, tmp_path: Path
) -> None:
    async with pool.acquire() as connection:
        examples = await api_fuzz.fill(connection)
    session = await asyncio.to_thread(api_fuzz.sign_on, center.url)
    figures = await asyncio.to_thread(
        api_fuzz.attack, session, examples=examples, seconds=None, seed=1, requests_each=4, folder=tmp_path
    )
    assert figures["findings"] == {}, figures["said"][-6000:]
    assert figures["errors"] == 0, figures["said"][-6000:]
    assert figures["operations"] >= 19
    assert figures["requests"] >= 50

"""The simulated city's other system, at a real center."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest

from city.people.open311 import OutsideSystem
from store.connection import Pool
from tests.center.open311.test_geo_report import Reporter, picture, reporter
from tests.center.running import until

pytestmark = pytest.mark.servers

__all__ = ["reporter"]


async def test_it_reports_and_learns_what_became_of_its_reports(reporter: Reporter, pool: Pool) -> None:
    system = OutsideSystem(
        reporter.key,
        center_url=reporter.center.url,
        tls=None,
        album=[picture()],
        places=[(118.6, 24.9)],
        seed=1,
        every_s=0.2,
    )
    working = asyncio.create_task(system.work())
    try:

        async def sent() -> bool:
            return len(system.known) >= 2

        await until(sent)
        async with reporter.center.browser() as browser:
            cases: list[dict[str, Any]] = (await browser.fetch("/cases", queue="acceptors"))["cases"]
            number = cases[-1]["number"]
            refused: set[str] = set()

            async def closed() -> bool:
                case = (await browser.fetch(f"/cases/{number}"))["case"]
                if case["closed_at"] is None:  # another report may have joined it meanwhile
                    await browser.act(number, "refuse", case["sequence"], note="not a street problem")
                refused.update(name for name, status in system.known.items() if status == "closed")
                return bool(refused)

            await until(closed)
    finally:
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working

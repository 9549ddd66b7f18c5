"""One problem is one case, whoever reports it."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from casework import Change, open_by_hand
from store.connection import Pool
from tests.casework.cases import NOON, POLICY, cover, report, row, stall

pytestmark = pytest.mark.servers
METRE = 1 / 111_320


async def test_one_shaft_is_one_case_by_sensor_camera_and_person(pool: Pool) -> None:
    by_sensor: dict[str, Any] = {"camera": None, "zone": None, "component": None}
    opened = await report(pool, cover(**by_sensor), source="device/s1")
    by_camera = stall(type="cover_displaced", zone="cover-1", lat=24.9 + 9 * METRE)
    joined = await report(pool, by_camera)
    assert (joined.change, joined.number) == (Change.JOINED, opened.number)
    found = await row(pool, opened)
    assert found["problem_class"] == "open_shaft"
    assert found["join_reason"] == {
        "same": "near", "problem_class": "open_shaft", "away_m": 9.0, "apart_s": 0,
    }  # fmt: skip
    async with pool.acquire() as connection, connection.transaction():
        by_person = await open_by_hand(
            connection, cover(**by_sensor, lat=24.9 - 12 * METRE), actor="li", district="350582",
            note="no cover", at=NOON, policy=POLICY,
        )  # fmt: skip
    assert by_person.number == opened.number


async def test_another_class_at_the_same_place_is_another_case(pool: Pool) -> None:
    opened = await report(pool, stall())
    other = await report(pool, cover(component=None, zone="pavement-1"))
    assert other.number != opened.number


async def test_reports_near_each_other_at_once_make_one_case(pool: Pool) -> None:
    """24 cameras around a corner of four cells of the grid of locks."""
    async with asyncio.timeout(30):
        changes = await asyncio.gather(
            *(
                report(
                    pool, stall(camera=f"c{n}", lat=24.9 + (n % 5 - 2) * METRE, lon=118.6 + (n % 3) * METRE)
                )
                for n in range(24)
            )
        )
    assert len({change.number for change in changes}) == 1


async def test_a_case_of_the_release_before_is_joined_by_its_type(pool: Pool) -> None:
    """Its events say that its class is its type."""
    opened = await report(pool, cover())
    await pool.execute("UPDATE case_file SET problem_class = 'cover_missing'")
    joined = await report(pool, cover(uuid4(), type="cover_displaced"))
    assert joined.number == opened.number

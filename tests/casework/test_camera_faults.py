"""A camera's fault that lasts is a maintenance case; 1,000 alarms are one case and one fault."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
import pytest_asyncio

from casework.camera_faults import CameraFault, look_at_cameras
from store.connection import Pool
from tests.casework.cases import NOON, POLICY, report, stall

pytestmark = pytest.mark.servers
FAULTS = "SELECT * FROM case_file WHERE type = 'camera_fault'"


@pytest_asyncio.fixture
async def city(pool: Pool) -> AsyncIterator[Pool]:
    """One camera, which box-1 watches and which has sent a picture."""
    await pool.execute(
        "INSERT INTO camera (camera, district, place) "
        "VALUES ('cam-01', '350582', ST_SetSRID(ST_MakePoint(118.6, 24.9), 4326))"
    )
    await pool.execute("INSERT INTO entity (kind, id, district) VALUES ('box', 'box-1', '350582')")
    await pool.execute(
        "INSERT INTO camera_still (camera, district, jpeg, time, received_at) "
        "VALUES ('cam-01', '350582', $1, $2, $2)",
        b"a picture", NOON,
    )  # fmt: skip
    yield pool


async def say(pool: Pool, *, online: bool = True, at: datetime = NOON, **detail: str) -> None:
    await pool.execute(
        "INSERT INTO device_status (entity_id, time, received_at, online, detail) "
        "SELECT entity_id, $1, $1, $2, $3 FROM entity WHERE id = 'box-1' ON CONFLICT (entity_id) "
        "DO UPDATE SET time = $1, received_at = $1, online = $2, detail = $3",
        at, online, {name.replace("_", ".").replace("cam.", "cam-"): word for name, word in detail.items()},
    )  # fmt: skip


async def look(pool: Pool, minutes: float) -> list[CameraFault]:
    async def put(jpeg: bytes) -> str:
        return sha256(jpeg).hexdigest()

    async with pool.acquire() as connection, connection.transaction():
        return await look_at_cameras(
            connection, policy=POLICY, put=put, now=NOON + timedelta(minutes=minutes)
        )


async def test_a_fault_that_lasts_opens_a_case_with_its_picture_which_hears_of_the_end(city: Pool) -> None:
    await say(city, camera_cam_01="defocused", camera_cam_01_reason="0.2 of its sharpness")
    assert await look(city, 0) == []
    assert await look(city, 14) == []
    (begun,) = await look(city, 15)
    assert (begun.camera, begun.state) == ("cam-01", "defocused")
    assert await look(city, 60) == []
    (found,) = await city.fetch(FAULTS)
    assert (found["camera"], found["title"], found["code"], found["restored_at"]) == (
        "cam-01", "defocused", "0150", None,
    )  # fmt: skip
    (event,) = await city.fetch("SELECT note, evidence FROM case_event")
    assert (event["note"], event["evidence"]) == (
        "defocused: 0.2 of its sharpness", [sha256(b"a picture").hexdigest()],
    )  # fmt: skip
    await say(city, online=False)
    assert await look(city, 61) == []
    await say(city, camera_cam_01="watching")
    assert await look(city, 62) == []
    (ended,) = await look(city, 77)
    assert ended.case.number == begun.case.number
    (found,) = await city.fetch(FAULTS)
    assert found["restored_at"] == NOON + timedelta(minutes=77)
    assert await city.fetchval("SELECT count(*) FROM camera_fault") == 0


async def test_a_fault_that_comes_back_joins_its_open_case(city: Pool) -> None:
    numbers = set()
    for begin in (0, 100):
        await say(city, camera_cam_01="moved")
        told = await look(city, begin) + await look(city, begin + 20)
        await say(city, camera_cam_01="watching")
        told += await look(city, begin + 40) + await look(city, begin + 60)
        assert [str(each.told) for each in told] == ["begun", "ended"]
        numbers |= {each.case.number for each in told}
    assert len(numbers) == 1


async def test_a_thousand_alarms_of_one_camera_are_one_case_and_one_fault(city: Pool) -> None:
    await say(city, camera_cam_01="watching")
    for _ in range(1000):
        alarm = stall()
        await city.execute(
            "INSERT INTO incident (incident_id, revision, phase, type, source, district, observed_at, "
            "began_at, received_at, place, camera, confidence) VALUES ($1, 1, 'begun', 'stall', 'box/box-1', "
            "'350582', $2, $2, $2, ST_SetSRID(ST_MakePoint(118.6, 24.9), 4326), 'cam-01', 0.9)",
            alarm.incident_id, NOON,
        )  # fmt: skip
        await report(city, alarm)
    told: list[Any] = [each.state for minute in (0, 1, 2) for each in await look(city, minute)]
    assert told == ["too many alarms"]
    assert [row["type"] for row in await city.fetch("SELECT type FROM case_file ORDER BY type")] == [
        "camera_fault", "stall",
    ]  # fmt: skip
    assert [each.told for minute in (11, 27) for each in await look(city, minute)] == ["ended"]

"""The worker detects a lasting camera fault with its own database role, and opens a case."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ingest.running import connected, rows, until
from tests.worker.conftest import StartWorker

pytestmark = pytest.mark.servers
SAID_BEFORE_THE_WORKER_BEGAN = """
INSERT INTO camera (camera, district, place)
VALUES ('cam-01', '350582', ST_SetSRID(ST_MakePoint(118.6, 24.9), 4326));
INSERT INTO camera_still (camera, district, jpeg, time, received_at)
VALUES ('cam-01', '350582', 'a still', now(), now());
INSERT INTO entity (kind, id, district) VALUES ('box', 'box-1', '350582');
INSERT INTO device_status (entity_id, time, received_at, online, detail)
SELECT entity_id, now(), now(), true, '{"camera.cam-01": "covered"}' FROM entity;
INSERT INTO camera_fault (camera, state, since) VALUES ('cam-01', 'covered', now() - interval '1 hour');
"""


async def test_a_fault_that_lasts_becomes_a_case_with_its_picture(
    start_worker: StartWorker, database_url: str, tmp_path: Path
) -> None:
    async with connected(database_url) as connection:
        await connection.execute(SAID_BEFORE_THE_WORKER_BEGAN)
    start_worker()

    async def opened() -> bool:
        return await rows(database_url, "SELECT type, camera, title, source FROM case_file") == [
            ("camera_fault", "cam-01", "covered", "camera")
        ]

    await until(opened)
    ((digest,),) = await rows(database_url, "SELECT digest FROM evidence")
    assert [file for file in (tmp_path / "evidence").rglob("*.jpg") if digest in file.name]

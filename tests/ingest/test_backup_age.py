"""Ingest exports the age of the newest backup."""

from __future__ import annotations

import pytest

from tests.ingest.conftest import StartIngest
from tests.ingest.running import connected, until

pytestmark = pytest.mark.servers


async def test_the_age_of_the_newest_backup_is_a_metric(start_ingest: StartIngest, database_url: str) -> None:
    async with connected(database_url) as connection:
        await connection.execute(
            "INSERT INTO backup (backup_id, destination, began_at, finished_at, failure, database_bytes, "
            "evidence_files, evidence_damaged) VALUES "
            "('older', '/b', to_timestamp(100), to_timestamp(200), NULL, 1, 1, 0), "
            "('whole', '/b', to_timestamp(1000), to_timestamp(1060), NULL, 7, 9, 2), "
            "('failed', '/b', to_timestamp(2000), to_timestamp(2001), 'no room', NULL, NULL, NULL), "
            "('killed', '/b', to_timestamp(3000), NULL, NULL, NULL, NULL, NULL)"
        )
    ingest = start_ingest()
    await ingest.ready()

    async def known() -> bool:
        at = (await ingest.metrics())["streetwarden_backup_last_success_timestamp_seconds",]
        return at == 1060.0

    await until(known)
    found = await ingest.metrics()
    assert found["streetwarden_backup_last_duration_seconds",] == 60
    assert found["streetwarden_backup_last_database_bytes",] == 7
    assert found["streetwarden_backup_evidence_damaged",] == 2

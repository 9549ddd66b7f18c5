"""Each day's root hash is written to a file with which the record can be compared."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from casework.record import check_roots
from casework.roots import read_roots
from store.connection import open_pool
from store.roles import WORKER
from tests.casework.cases import report, stall
from tests.database_roles import as_role
from worker.database import Database
from worker.errors import WorkerError
from worker.record_root import RecordRoot

pytestmark = pytest.mark.servers


async def test_a_root_is_appended_when_something_was_written_and_holds(
    database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "roots.jsonl"
    database = Database(url=as_role(database_url, WORKER), patience_s=10)
    now = [time.time()]
    job = RecordRoot(database=database, file=file, clock=lambda: now[0])
    pool = await open_pool(database_url, application="test")
    try:
        await job.do()
        assert read_roots(file) == []
        for zone in ("one", "two"):
            await report(pool, stall(zone=zone))
            await job.do()
            await job.do()
            now[0] += 86_400
        roots = read_roots(file)
        assert [root.events for root in roots] == [1, 1]
        async with pool.acquire() as connection:
            assert await check_roots(connection, roots) is None
        file.write_text("no roots\n", encoding="utf-8")
        with pytest.raises(WorkerError, match="is not a file of roots"):
            await job.do()
    finally:
        database.close()
        await pool.close()

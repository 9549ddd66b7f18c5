"""Point-in-time recovery: a base backup and the archived write-ahead log restore an earlier state."""

from __future__ import annotations

import asyncio
import io
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import asyncpg
import pytest

from deploy import debian_root
from deploy.servers import PostgreSQL
from store.migrate import migrate
from store.schema_check import check_schema
from tests.ingest.running import until
from tests.ports import free_port
from tests.servers import _QUICK, ROOT

pytestmark = pytest.mark.servers
PASSWORD = "administrator"
FIX = (
    "INSERT INTO position (entity_id, time, received_at, lat, lon) "
    "SELECT e, now(), now(), 24.9, 118.6 FROM generate_series($1::integer, $1 + 9) AS e"
)


def server(folder: Path, **settings: str) -> PostgreSQL:
    return PostgreSQL(
        system=debian_root.find(ROOT),
        folder=folder,
        port=free_port(),
        password=PASSWORD,
        archive=True,
        settings={**_QUICK, **settings},
    )


@pytest.fixture
def archiving(tmp_path: Path, servers_can_run: None) -> Iterator[PostgreSQL]:
    running = server(tmp_path / "first")
    running.start()
    yield running
    running.kill()


def base_backup(running: PostgreSQL) -> bytes:
    """A base backup as a tar file, by the runbook's command."""
    inside = [] if (system := debian_root.find(ROOT)).is_this_machine else ["chroot", str(system.root)]
    done = subprocess.run(
        [
            *(*inside, "/usr/lib/postgresql/17/bin/pg_basebackup"),
            *("--pgdata=-", "--format=tar", "--wal-method=fetch", "--checkpoint=fast"),
            f"--dbname={running.url('postgres')}",
        ],
        capture_output=True,
        check=True,
    )
    return done.stdout


async def test_a_mistake_is_undone_by_going_back_to_the_moment_before(
    archiving: PostgreSQL, tmp_path: Path
) -> None:
    url = archiving.url("city")
    administrator = await asyncpg.connect(archiving.url("postgres"))
    await administrator.execute("CREATE DATABASE city ENCODING 'UTF8' TEMPLATE template0")
    await administrator.close()
    await migrate(url)
    connection = await asyncpg.connect(url)
    await connection.execute(FIX, 1)
    base = await asyncio.to_thread(base_backup, archiving)
    await connection.execute(FIX, 101)  # after the base backup: only in the log
    moment: datetime = await connection.fetchval("SELECT clock_timestamp()")
    await connection.execute("TRUNCATE position")  # the mistake
    await connection.execute(FIX, 1001)
    name = await connection.fetchval("SELECT pg_walfile_name(pg_current_wal_insert_lsn())")
    await connection.execute("SELECT pg_switch_wal()")

    async def archived() -> bool:
        return await asyncio.to_thread((tmp_path / "first" / "archive" / f"{name}.gz").exists)

    await until(archived)
    await connection.close()
    archiving.kill()  # and it is gone

    second = tmp_path / "second"
    with tarfile.open(fileobj=io.BytesIO(base)) as tar:
        tar.extractall(second / "cluster", filter="tar")
    shutil.copytree(tmp_path / "first" / "archive", second / "archive")
    (second / "cluster" / "recovery.signal").touch()
    again = server(
        second,
        restore_command="gzip -dc /srv/data/archive/%f.gz >%p",
        recovery_target_time=moment.isoformat(),
        recovery_target_action="promote",
    )
    await asyncio.to_thread(again.start)
    try:
        connection = await asyncpg.connect(again.url("city"))

        async def promoted() -> bool:
            return not await connection.fetchval("SELECT pg_is_in_recovery()")

        await until(promoted)
        found = [row[0] for row in await connection.fetch("SELECT entity_id FROM position ORDER BY 1")]
        assert found == [*range(1, 11), *range(101, 111)]
        await check_schema(connection)
        await connection.execute(FIX, 2001)  # it goes on
        await connection.close()
    finally:
        again.kill()

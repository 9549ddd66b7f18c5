"""TimescaleDB's full edition: columns for old chunks, late fixes into them, hours by a continuous aggregate.

No package of the system that the tests use has it, so these run where STREETWARDEN_TEST_DATABASE_URL names a
server that does, and are skipped on the apache edition.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import asyncpg
import pytest
import pytest_asyncio

from store.maintenance import Keep, maintain
from store.migrate import Edition, edition
from tests.store.test_maintenance import _DIRECT, _HOURS, NOW, add, rows

pytestmark = pytest.mark.servers
OLD = datetime(2026, 10, 1, tzinfo=UTC)
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@pytest_asyncio.fixture
async def connection(database_url: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(database_url)
    if await edition(connection) is not Edition.TIMESCALE:
        await connection.close()
        pytest.skip("the server has TimescaleDB's apache edition")
    yield connection
    await connection.close()


async def into_columns(connection: Connection) -> int:
    """Turn every chunk of positions into columns, as the policy would after a week; how many."""
    chunks = await connection.fetch("SELECT show_chunks('position')::text AS chunk")
    for row in chunks:
        await connection.execute(f"CALL convert_to_columnstore('{row['chunk']}')")
    return len(chunks)


async def copy_fixes(connection: Connection, *moments: datetime) -> None:
    """COPY, as ingest does."""
    await connection.copy_records_to_table(
        "position",
        records=[(1, 0, moment, NOW, 24.9, 118.6) for moment in moments],
        columns=["entity_id", "flags", "time", "received_at", "lat", "lon"],
    )


async def test_a_late_fix_is_copied_into_columns(connection: Connection) -> None:
    await add(connection, begin=OLD, hours=24)
    assert await into_columns(connection) >= 1
    before = await connection.fetchval("SELECT count(*) FROM position")

    await copy_fixes(connection, OLD + timedelta(minutes=1, seconds=5))

    assert await connection.fetchval("SELECT count(*) FROM position") == before + 1


async def test_a_repeated_fix_is_known_among_columns(connection: Connection) -> None:
    await add(connection, begin=OLD, hours=24)
    await into_columns(connection)
    before = await connection.fetchval("SELECT count(*) FROM position")

    with pytest.raises(asyncpg.UniqueViolationError):
        await copy_fixes(connection, OLD + timedelta(minutes=7))
    added = await connection.execute(
        "INSERT INTO position (entity_id, time, received_at, lat, lon) "
        "SELECT 1, moment, now(), 24.9, 118.6 FROM unnest($1::timestamptz[]) AS moment "
        "ON CONFLICT (entity_id, time) DO NOTHING",
        [OLD + timedelta(minutes=7), OLD + timedelta(minutes=7, seconds=1)],
    )

    assert added == "INSERT 0 1"
    assert await connection.fetchval("SELECT count(*) FROM position") == before + 1


async def test_columns_take_a_fraction_of_the_room(connection: Connection) -> None:
    await connection.execute(
        """
        INSERT INTO position (entity_id, flags, time, received_at, lat, lon, speed_mps, heading_deg)
        SELECT entity, 0, $1::timestamptz + step * interval '10 seconds',
               $1::timestamptz + step * interval '10 seconds' + interval '1 second',
               24.9 + 0.01 * sin(step / 500.0), 118.6 + 0.01 * cos(step / 500.0), step % 20, step % 360
        FROM generate_series(1, 10) AS entity, generate_series(0, 8000) AS step
        """,
        OLD,
    )
    size = "SELECT hypertable_size('position')"
    loose = await connection.fetchval(size)
    await into_columns(connection)
    assert await connection.fetchval(size) < loose / 3


async def test_hours_are_right_before_and_after_they_are_worked_out(connection: Connection) -> None:
    await add(connection, begin=NOW - timedelta(hours=30), hours=30)
    expected = await rows(connection, _DIRECT)
    assert await rows(connection, _HOURS) == expected

    await connection.execute(
        "CALL refresh_continuous_aggregate('position_by_hour', NULL, $1::timestamptz)", NOW
    )
    assert await rows(connection, _HOURS) == expected

    await copy_fixes(connection, NOW - timedelta(hours=20, seconds=11))
    await connection.execute(
        "CALL refresh_continuous_aggregate('position_by_hour', NULL, $1::timestamptz)", NOW
    )
    assert await rows(connection, _HOURS) == await rows(connection, _DIRECT)


async def test_maintenance_leaves_to_the_server_what_it_does_itself(
    connection: Connection, database_url: str
) -> None:
    await add(connection, begin=OLD, hours=24)
    done = await maintain(database_url, keep=Keep(unpacked=2), now=NOW)
    assert (done.hours, done.again, done.packed) == (0, 0, 0)


async def test_fixes_go_when_asked_and_their_hours_stay(connection: Connection, database_url: str) -> None:
    await add(connection, begin=NOW - timedelta(days=60), hours=24)
    expected = await rows(connection, _DIRECT)
    await connection.execute(
        "CALL refresh_continuous_aggregate('position_by_hour', NULL, $1::timestamptz)", NOW
    )

    done = await maintain(database_url, keep=Keep(position=40), now=NOW)

    assert done.chunks["position"] >= 1
    assert await connection.fetchval("SELECT count(*) FROM position") == 0
    assert await rows(connection, _HOURS) == expected


async def test_policies_are_there(connection: Connection) -> None:
    jobs = {
        (row["proc_name"], row["hypertable_name"])
        for row in await connection.fetch(
            "SELECT proc_name, hypertable_name FROM timescaledb_information.jobs WHERE job_id >= 1000"
        )
    }
    assert ("policy_compression", "position") in jobs
    assert ("policy_compression", "telemetry") in jobs
    assert any(name == "policy_refresh_continuous_aggregate" for name, _ in jobs)

"""Storage over years: hours are rolled up once, again for late fixes, and outlive their fixes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from store.maintenance import Done, Keep, maintain
from store.migrate import Edition, edition

pytestmark = pytest.mark.servers
NOW = datetime(2026, 11, 18, 12, 30, tzinfo=UTC)
_HOURS = """
SELECT entity_id, hour, fixes, doubtful, first_at, last_at, round(mean_mps::numeric, 3), top_mps, south, north
FROM hourly_positions ORDER BY 1, 2
"""
_DIRECT = """
SELECT entity_id, time_bucket('1 hour', time), count(*)::integer,
       (count(*) FILTER (WHERE flags & 63 <> 0))::integer,
       min(time) FILTER (WHERE flags & 63 = 0), max(time) FILTER (WHERE flags & 63 = 0),
       round((avg(speed_mps) FILTER (WHERE flags & 63 = 0))::real::numeric, 3),
       max(speed_mps) FILTER (WHERE flags & 63 = 0),
       min(lat) FILTER (WHERE flags & 63 = 0), max(lat) FILTER (WHERE flags & 63 = 0)
FROM position GROUP BY 1, 2 ORDER BY 1, 2
"""

_SAID = "INSERT INTO latest_position (entity_id, time, received_at, lat, lon) VALUES (1, $1, $1, 24.9, 118.6)"


@pytest_asyncio.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest_asyncio.fixture
async def rolls_up_itself(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """On the full edition this is the server's business: tests/store/test_timescale_edition.py."""
    if await edition(connection) is not Edition.APACHE:
        pytest.skip("TimescaleDB's full edition rolls up and packs by itself")


async def add(connection: asyncpg.Connection[asyncpg.Record], *, begin: datetime, hours: int) -> None:
    """Two entities, a fix each seven minutes, one in ten doubtful."""
    await connection.execute(
        """
        INSERT INTO position (entity_id, flags, time, received_at, lat, lon, speed_mps)
        SELECT entity, CASE WHEN step % 10 = 0 THEN 16 ELSE 0 END,
               $1::timestamptz + step * interval '7 minutes', now(), 24.9 + step * 0.001, 118.6, step % 20
        FROM generate_series(1, 2) AS entity, generate_series(0, $2::integer * 60 / 7) AS step
        """,
        begin,
        hours,
    )


async def rows(connection: asyncpg.Connection[asyncpg.Record], query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await connection.fetch(query)]


@pytest.mark.usefixtures("rolls_up_itself")
async def test_hours_are_the_same_before_and_after_they_are_rolled_up(
    connection: asyncpg.Connection[asyncpg.Record], database_url: str
) -> None:
    await add(connection, begin=NOW - timedelta(hours=60), hours=60)
    expected = await rows(connection, _DIRECT)
    assert await rows(connection, _HOURS) == expected
    done = await maintain(database_url, keep=Keep(), now=NOW)
    assert done.hours >= 57
    assert await rows(connection, _HOURS) == expected
    until = await connection.fetchval("SELECT rolled_until FROM maintenance")
    assert until == datetime(2026, 11, 18, 9, tzinfo=UTC)
    assert await connection.fetchval("SELECT max(hour) FROM position_hour") == until - timedelta(hours=1)
    assert await maintain(database_url, keep=Keep(), now=NOW) == Done()


@pytest.mark.usefixtures("rolls_up_itself")
async def test_late_fixes_are_rolled_up_again(
    connection: asyncpg.Connection[asyncpg.Record], database_url: str
) -> None:
    await add(connection, begin=NOW - timedelta(hours=30), hours=30)
    await maintain(database_url, keep=Keep(), now=NOW)
    late = NOW - timedelta(hours=20, minutes=1)
    await connection.execute(
        "INSERT INTO position (entity_id, time, received_at, lat, lon) VALUES (1, $1, now(), 50, 100)", late
    )
    await connection.execute(
        "INSERT INTO position_hour_due VALUES (time_bucket('1 hour', $1::timestamptz))", late
    )
    done = await maintain(database_url, keep=Keep(), now=NOW)
    assert (done.hours, done.again) == (0, 1)
    assert await rows(connection, _HOURS) == await rows(connection, _DIRECT)
    assert await connection.fetchval("SELECT count(*) FROM position_hour_due") == 0


@pytest.mark.usefixtures("rolls_up_itself")
async def test_hours_outlive_the_fixes_and_a_later_straggler_does_not_replace_them(
    connection: asyncpg.Connection[asyncpg.Record], database_url: str
) -> None:
    await add(connection, begin=NOW - timedelta(days=10), hours=24)
    await add(connection, begin=NOW - timedelta(hours=30), hours=30)
    expected = await rows(connection, _DIRECT)
    done = await maintain(database_url, keep=Keep(position=5), now=NOW)
    assert done.chunks["position"] >= 1
    assert await connection.fetchval("SELECT min(time) FROM position") > NOW - timedelta(days=5)
    assert await rows(connection, _HOURS) == expected
    old = NOW - timedelta(days=9, hours=12)
    await connection.execute(
        "INSERT INTO position (entity_id, time, received_at, lat, lon) VALUES (1, $1, now(), 50, 100)", old
    )
    await connection.execute(
        "INSERT INTO position_hour_due VALUES (time_bucket('1 hour', $1::timestamptz))", old
    )
    assert (await maintain(database_url, keep=Keep(position=5), now=NOW)).again == 0
    assert await rows(connection, _HOURS) == expected
    await maintain(database_url, keep=Keep(position=5, hours=2), now=NOW)
    assert await connection.fetchval("SELECT min(hour) FROM hourly_positions") >= NOW - timedelta(days=2)


async def test_nothing_is_dropped_that_was_not_rolled_up_or_not_asked_for(
    connection: asyncpg.Connection[asyncpg.Record], database_url: str
) -> None:
    await add(connection, begin=NOW - timedelta(days=10), hours=24)
    count = await connection.fetchval("SELECT count(*) FROM position")
    keep = Keep(telemetry=1, rule_event=1, presence=1)
    assert (await maintain(database_url, keep=keep, now=NOW)).chunks == {
        "telemetry": 0, "rule_event": 0, "presence": 0,
    }  # fmt: skip
    assert await connection.fetchval("SELECT count(*) FROM position") == count


async def test_two_at_once_do_the_work_once(
    connection: asyncpg.Connection[asyncpg.Record], database_url: str
) -> None:
    await add(connection, begin=NOW - timedelta(days=4), hours=96)
    await asyncio.gather(*(maintain(database_url, keep=Keep(), now=NOW) for _ in range(3)))
    await maintain(database_url, keep=Keep(), now=NOW)
    assert await rows(connection, _HOURS) == await rows(connection, _DIRECT)


@pytest.mark.usefixtures("rolls_up_itself")
async def test_days_that_are_over_are_put_in_order_once_and_stay_what_they_were(
    connection: asyncpg.Connection[asyncpg.Record], database_url: str
) -> None:
    await add(connection, begin=NOW - timedelta(days=4), hours=96)
    before = await rows(connection, _DIRECT)
    assert (await maintain(database_url, keep=Keep(unpacked=2), now=NOW)).packed == 2
    assert (await maintain(database_url, keep=Keep(unpacked=2), now=NOW)).packed == 0
    assert await rows(connection, _DIRECT) == before
    order = await rows(
        connection,
        "SELECT entity_id, time FROM position WHERE time < '2026-11-15T00:00:00Z' AND time >= '2026-11-14' "
        "ORDER BY tableoid, ctid",
    )
    assert order == sorted(order, key=lambda row: (row[0], -row[1].timestamp()))
    async with connection.transaction():
        await connection.execute("SELECT count(*) FROM position")
        done = await maintain(database_url, keep=Keep(unpacked=0), now=NOW - timedelta(days=1))
        assert done.packed == 0, "a chunk that somebody reads is left for the next round"


async def test_the_first_retention_of_a_database_waits_for_somebody_to_read_of_it(
    connection: asyncpg.Connection[asyncpg.Record], database_url: str
) -> None:
    await connection.execute(
        "INSERT INTO telemetry (entity_id, time, received_at, values) VALUES (1, $1, $1, '{}')",
        NOW - timedelta(days=100),
    )
    keep = Keep(telemetry=30, grace_days=7)
    for later, kept in ((0, 1), (6, 1), (8, 0)):
        await maintain(database_url, keep=keep, now=NOW + timedelta(days=later))
        assert await connection.fetchval("SELECT count(*) FROM telemetry") == kept


async def test_refused_messages_go_when_they_have_not_come_again(
    connection: asyncpg.Connection[asyncpg.Record], database_url: str
) -> None:
    for number, days in enumerate((40, 20)):
        await connection.execute(
            "INSERT INTO quarantine "
            "(fingerprint, topic, payload, payload_bytes, reason, first_seen, last_seen) "
            "VALUES ($1, 't', '', 0, 'payload: x', $2, $2)",
            bytes([number]), NOW - timedelta(days=days),
        )  # fmt: skip
    assert (await maintain(database_url, keep=Keep(quarantine=30), now=NOW)).refused == 1
    assert await connection.fetchval("SELECT count(*) FROM quarantine") == 1


async def test_a_clock_of_ours_that_is_a_year_ahead_empties_no_table(
    connection: asyncpg.Connection[asyncpg.Record], database_url: str
) -> None:
    await add(connection, begin=NOW - timedelta(hours=30), hours=30)
    await connection.execute(_SAID, NOW)
    before = await connection.fetchval("SELECT count(*) FROM position")
    await maintain(database_url, keep=Keep(position=30), now=NOW + timedelta(days=365))
    assert await connection.fetchval("SELECT count(*) FROM position") == before


@pytest.mark.usefixtures("rolls_up_itself")
async def test_hours_rolled_up_while_our_clock_was_ahead_are_taken_back_and_no_others(
    connection: asyncpg.Connection[asyncpg.Record], database_url: str
) -> None:
    await add(connection, begin=NOW - timedelta(hours=10), hours=10)
    await maintain(database_url, keep=Keep(), now=NOW + timedelta(hours=12))
    await add(connection, begin=NOW + timedelta(hours=1), hours=6)  # for hours that were rolled up as empty
    await maintain(database_url, keep=Keep(), now=NOW)
    assert await rows(connection, _HOURS) == await rows(connection, _DIRECT)
    rolled = await connection.fetchval("SELECT count(*) FROM position_hour")
    await connection.execute(_SAID, NOW)
    await maintain(database_url, keep=Keep(), now=NOW - timedelta(days=3650))  # now ours is behind
    assert await connection.fetchval("SELECT count(*) FROM position_hour") == rolled > 0

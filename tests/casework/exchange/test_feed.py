"""The change feed: complete and in a stable order, also while transactions overlap."""

from __future__ import annotations

from uuid import uuid4

import pytest

from cases import Portion, Scope
from casework import apply_incident
from casework.exchange.feed import Seen, changes_after, newest_position, number_changes, told
from casework.exchange.message import MAX_BYTES, body_of
from store.connection import Pool
from tests.casework.cases import NOON, POLICY, report, stall, walk

pytestmark = pytest.mark.servers


async def read(pool: Pool, after: int = 0) -> list[tuple[int, str, int]]:
    async with pool.acquire() as connection:
        await number_changes(connection)
        items = await changes_after(connection, after, limit=1000)
    return [(item.position, item.after.number, item.event.sequence) for item in items]


async def test_a_reader_misses_nothing_of_transactions_that_overlap(pool: Pool) -> None:
    async with pool.acquire() as slow:
        transaction = slow.transaction()
        await transaction.start()
        first = await apply_incident(
            slow, stall(zone="slow"), source="box/box-1", district="350582", received_at=NOON,
            evidence_digests=(), policy=POLICY,
        )  # fmt: skip
        number = first.number
        # The day's counter of numbers is locked by the open case, so a bare event overlaps with it.
        assert await read(pool) == []
        event_id = await slow.fetchval("SELECT max(event_id) FROM case_event")
        await pool.execute(
            "INSERT INTO case_event (case_id, sequence, at, actor, action, sets) "
            "VALUES ($1, 1, $2, 'x', 'open', $3)",
            uuid4(), NOON,
            {"number": "Q1", "category": "event", "code_set": "x", "code": "01", "district": "350582",
             "lon": 118.6, "lat": 24.9, "stage": "filed", "reported_at": NOON.isoformat()},
        )  # fmt: skip
        later = await pool.fetchval("SELECT max(event_id) FROM case_event")
        assert later > event_id, "it began later, and commits first"
        seen = await read(pool)
        assert seen == [(1, "Q1", 1)]
        await transaction.commit()
    missed = await read(pool, after=1)
    assert missed == [(2, number, 1)], "it has the lower event_id, and is not passed by"
    assert await read(pool) == seen + missed, "the order has not changed"


async def test_every_event_is_in_the_feed_once_and_in_the_order_of_its_case(pool: Pool) -> None:
    incidents = [stall(zone=f"zone-{number}") for number in range(4)]
    cases = [await report(pool, incident) for incident in incidents]
    for case in cases[::-1]:
        await walk(pool, case.number, "dispatch", 1, department="城管执法中队")
    found = await read(pool)
    assert [position for position, _, _ in found] == list(range(1, 9))
    for case in cases:
        assert [sequence for _, number, sequence in found if number == case.number] == [1, 2]
    async with pool.acquire() as connection:
        assert await number_changes(connection) == 0
        assert await newest_position(connection) == 8
        assert [item.position for item in await changes_after(connection, 3, limit=2)] == [4, 5]


async def test_a_case_that_leaves_a_scope_is_told_as_such(pool: Pool) -> None:
    case = await report(pool, stall())
    await walk(pool, case.number, "dispatch", 1, department="城管执法中队")
    await walk(pool, case.number, "return", 2, note="not ours")
    async with pool.acquire() as connection:
        await number_changes(connection)
        items = await changes_after(connection, 0, limit=10)
    code = items[1].after.department
    assert code is not None
    mine = Scope(frozenset({Portion(departments=frozenset({code}))}))
    assert [item.seen(mine) for item in items] == [None, Seen.ENTERED, Seen.LEFT]
    elsewhere = Scope(frozenset({Portion(districts=frozenset({"350999"}))}))
    assert [item.seen(elsewhere) for item in items] == [None, None, None]
    left = body_of(items[2], Seen.LEFT)
    assert b"case.left" in left
    assert b"not ours" not in left
    assert b"stage" not in left


async def test_a_message_is_bounded_and_has_no_more_than_is_named(pool: Pool) -> None:
    await report(pool, stall(cues={"secret": "13800138000"}))
    async with pool.acquire() as connection:
        await number_changes(connection)
        (item,) = await changes_after(connection, 0, limit=10)
        await connection.execute("DROP TRIGGER case_event_stays ON case_event")
        await connection.execute(
            "UPDATE case_event SET note = $1, sets = sets || $2",
            "字" * 40_000,
            {"description": "长" * 40_000, "caller_telephone": "13800138000"},
        )
        (large,) = await changes_after(connection, 0, limit=10)
    assert b"cut" not in body_of(item, Seen.IN)
    body = body_of(large, Seen.IN)
    assert len(body) <= MAX_BYTES
    assert b'"cut":true' in body
    assert b"13800138000" not in body
    assert "caller_telephone" not in told(large.after)

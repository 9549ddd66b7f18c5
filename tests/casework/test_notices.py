"""Each event is told once, to those whom the rules and the rights name; a broken case delays no other."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from casework.notices import Round, tell
from store.connection import Pool
from tests.casework.acting import CODES, POLICY
from tests.casework.cases import NOON, report, stall, walk

pytestmark = pytest.mark.servers
ENFORCEMENT = CODES["城管执法中队"]
NOW = NOON + timedelta(hours=1)
NOTICES = """
SELECT rule, addressee, ARRAY(
    SELECT login FROM notice_recipient WHERE notice_recipient.notice_id = notice.notice_id ORDER BY login
) AS logins FROM notice ORDER BY notice_id
"""


async def hire(
    pool: Pool, login: str, *roles: str, department: str | None = None, districts: Any = ()
) -> None:
    await pool.execute("INSERT INTO person (person, name, department) VALUES ($1, $1, $2)", login, department)
    await pool.execute(
        "INSERT INTO operator (login, display_name, password_hash, roles, person, districts) "
        "VALUES ($1, $1, 'x', $2, $1, $3)",
        login, list(roles), list(districts),
    )  # fmt: skip


async def staff(pool: Pool) -> None:
    await pool.execute(
        "INSERT INTO department (code, parent, name, name_en) VALUES ('D02', 'CITY', '城管执法中队', 'E')"
    )
    await hire(pool, "desk-1", "department_desk", department="D02")
    await hire(pool, "desk-2", "department_desk", department="D02")
    await hire(pool, "other-desk", "department_desk", department="CITY")
    await hire(pool, "dispatcher", "dispatcher")
    await hire(pool, "far-dispatcher", "dispatcher", districts=["350999"])


async def tell_all(pool: Pool) -> Round:
    async with pool.acquire() as connection:
        return await tell(connection, policy=POLICY, at=NOW)


async def notices(pool: Pool) -> list[tuple[str, str, list[str]]]:
    return [tuple(row) for row in await pool.fetch(NOTICES)]


async def test_a_desk_hears_of_a_dispatch_and_dispatchers_of_the_district_of_a_return(pool: Pool) -> None:
    await staff(pool)
    number = (await report(pool, stall())).number
    await walk(pool, number, "dispatch", 1, department=ENFORCEMENT)
    await walk(pool, number, "return", 2, note="x")
    assert (await tell_all(pool)).is_all
    assert await notices(pool) == [
        ("dispatched", "desk/D02", ["desk-1", "desk-2"]),
        ("returned", "role/dispatcher", ["dispatcher"]),
    ]
    assert await pool.fetchval("SELECT count(*) FROM notice_outbox") == 0
    await tell_all(pool)
    assert len(await notices(pool)) == 2


async def test_who_is_on_duty_hears_it_alone_and_everybody_if_nobody_is(pool: Pool) -> None:
    await staff(pool)
    await pool.execute(
        "INSERT INTO duty (person, starts_at, ends_at) VALUES ('desk-2', $1, $2)",
        NOON,
        NOON + timedelta(hours=8),
    )
    number = (await report(pool, stall())).number
    await walk(pool, number, "dispatch", 1, department=ENFORCEMENT)
    await tell_all(pool)
    assert await notices(pool) == [("dispatched", "desk/D02", ["desk-2"])]


async def test_a_desk_without_members_is_replaced_by_the_one_above_it(pool: Pool) -> None:
    await staff(pool)
    await pool.execute("UPDATE operator SET disabled_at = now() WHERE login IN ('desk-1', 'desk-2')")
    number = (await report(pool, stall())).number
    await walk(pool, number, "dispatch", 1, department=ENFORCEMENT)
    await tell_all(pool)
    assert await notices(pool) == [("dispatched", "desk/D02", ["other-desk"])]


async def test_several_workers_at_once_tell_each_event_once(pool: Pool) -> None:
    await staff(pool)
    for number in range(12):
        case = (await report(pool, stall(zone=f"zone-{number}"))).number
        await walk(pool, case, "dispatch", 1, department=ENFORCEMENT)
    await asyncio.gather(*(tell_all(pool) for _ in range(4)))
    assert len(await notices(pool)) == 12
    assert await pool.fetchval("SELECT count(*) FROM notice_outbox") == 0


async def test_an_event_whose_notices_were_not_committed_waits_and_is_told_once(pool: Pool) -> None:
    await staff(pool)
    number = (await report(pool, stall())).number
    await walk(pool, number, "dispatch", 1, department=ENFORCEMENT)
    async with pool.acquire() as connection:
        killed = connection.transaction()
        await killed.start()
        await tell(connection, policy=POLICY, at=NOW)
        await killed.rollback()
    assert await notices(pool) == []
    await tell_all(pool)
    assert len(await notices(pool)) == 1


async def test_a_case_that_cannot_be_read_stays_in_the_outbox_and_delays_no_other(pool: Pool) -> None:
    await staff(pool)
    broken, good = [(await report(pool, stall(zone=f"zone-{number}"))).number for number in range(2)]
    for number in (broken, good):
        await walk(pool, number, "dispatch", 1, department=ENFORCEMENT)
    await pool.execute("ALTER TABLE case_event DISABLE TRIGGER case_event_stays")
    await pool.execute(
        "UPDATE case_event SET sets = sets || '{\"lon\": \"east\"}' FROM case_file "
        "WHERE case_file.case_id = case_event.case_id AND number = $1", broken,
    )  # fmt: skip
    await tell_all(pool)
    assert len(await notices(pool)) == 1
    assert await pool.fetchval("SELECT attempts FROM notice_outbox WHERE next_at > now()") == 1


async def test_nobody_is_told_of_an_event_that_is_older_than_the_rules_allow(pool: Pool) -> None:
    await staff(pool)
    number = (await report(pool, stall())).number
    await walk(pool, number, "dispatch", 1, department=ENFORCEMENT)
    async with pool.acquire() as connection:
        await tell(connection, policy=POLICY, at=NOW + timedelta(days=8))
    assert await notices(pool) == []
    assert await pool.fetchval("SELECT count(*) FROM notice_outbox") == 0

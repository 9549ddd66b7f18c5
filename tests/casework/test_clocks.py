"""Time that passes becomes events of a case: once, whoever asks and however often."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime, timedelta

import pytest

from cases import fold
from cases.timing import Timed
from casework import NoSuchCaseError
from casework.clocks import Recorded, pass_time
from store.case_history import history
from store.connection import Pool
from tests.casework.cases import NOON, POLICY, report, stall

pytestmark = pytest.mark.servers
ACTOR = "system/worker"


async def passes(pool: Pool, number: str, at: datetime) -> list[Recorded]:
    async with pool.acquire() as connection, connection.transaction():
        return await pass_time(connection, number, policy=POLICY, actor=ACTOR, at=at)


async def deadline_of(pool: Pool, number: str) -> datetime:
    found = await pool.fetchval("SELECT deadline_at FROM case_file WHERE number = $1", number)
    assert isinstance(found, datetime)
    return found


async def actions(pool: Pool, number: str) -> Counter[str]:
    rows = await pool.fetch(
        "SELECT action FROM case_event JOIN case_file USING (case_id) WHERE number = $1 AND actor = $2",
        number,
        ACTOR,
    )
    return Counter(row["action"] for row in rows)


async def test_a_deadline_that_passes_is_an_event_once_and_listeners_are_told(pool: Pool) -> None:
    number = (await report(pool, stall())).number
    deadline = await deadline_of(pool, number)
    heard: asyncio.Queue[str] = asyncio.Queue()
    async with pool.acquire() as listener:
        await listener.add_listener("streetwarden_cases", lambda *event: heard.put_nowait(event[3]))
        assert await passes(pool, number, deadline - timedelta(hours=5)) == []
        (recorded,) = await passes(pool, number, deadline + timedelta(minutes=3))
        assert (recorded.what.what, recorded.late) == (Timed.RUN_OUT, timedelta(minutes=3))
        assert await passes(pool, number, deadline + timedelta(days=1)) == []
        assert await asyncio.wait_for(heard.get(), 10) == number
        assert heard.empty()
        await listener.reset()
    assert await actions(pool, number) == Counter(clock_ran_out=1)


async def test_a_warning_comes_before_and_not_after_the_deadline(pool: Pool) -> None:
    number = (await report(pool, stall())).number
    deadline = await deadline_of(pool, number)
    await passes(pool, number, deadline - timedelta(seconds=1))
    await passes(pool, number, deadline)
    assert await actions(pool, number) == Counter(clock_warned=1, clock_ran_out=1)


async def test_of_many_at_once_one_records_it(pool: Pool) -> None:
    number = (await report(pool, stall())).number
    later = await deadline_of(pool, number) + timedelta(hours=1)
    found = await asyncio.gather(*(passes(pool, number, later) for _ in range(4)))
    assert sorted(map(len, found)) == [0, 0, 0, 1]
    assert await actions(pool, number) == Counter(clock_ran_out=1)


async def test_the_case_is_what_its_events_add_up_to(pool: Pool) -> None:
    change = await report(pool, stall())
    await passes(pool, change.number, await deadline_of(pool, change.number))
    async with pool.acquire() as connection:
        state = fold(await history(connection, change.case_id))
    assert any("ran_out_at" in each for each in state.clocks.values())
    assert await pool.fetchval("SELECT clocks FROM case_file") == state.clocks


async def test_there_is_no_such_case(pool: Pool) -> None:
    with pytest.raises(NoSuchCaseError):
        await passes(pool, "SW209901010001", NOON)

"""To which departments cases can be dispatched, and by what they are called."""

from __future__ import annotations

from typing import Any

import pytest

from cases import ActionRefusedError
from store.connection import Pool
from store.people import WHOLE_CITY, Department, set_department
from tests.casework.cases import report, row, stall, walk

pytestmark = pytest.mark.servers


async def department(pool: Pool, code: str, name: str, **more: Any) -> None:
    async with pool.acquire() as connection:
        await set_department(
            connection, Department(code=code, parent=WHOLE_CITY, name=name, name_en=code, **more)
        )


async def refusal(pool: Pool, number: str, sequence: int, word: str) -> tuple[str, str]:
    with pytest.raises(ActionRefusedError) as refused:
        await walk(pool, number, "dispatch", sequence, department=word, note="why")
    return refused.value.code, str(refused.value)


async def test_a_case_keeps_the_code_of_a_department_that_the_tree_has(pool: Pool) -> None:
    change = await report(pool, stall())
    await department(pool, "D77", "夜巡队")
    await walk(pool, change.number, "dispatch", 1, department="夜巡队")
    assert (await row(pool, change))["department"] == "D77"
    await walk(pool, change.number, "dispatch", 2, department="环卫所", note="the policy has it")
    assert (await row(pool, change))["department"] == "D03"
    assert (await refusal(pool, change.number, 3, "D03"))[0] == "same_department"


async def test_a_department_that_is_unknown_closed_or_one_of_several_is_refused(pool: Pool) -> None:
    change = await report(pool, stall())
    await department(pool, "D70", "执法队")
    await department(pool, "D71", "执法队")
    await department(pool, "D72", "旧队", closed=True)
    code, text = await refusal(pool, change.number, 1, "执法队")
    assert (code, "name one by its code: D70, D71" in text) == ("no_department", True)
    for word in ("旧队", "D72", "海军", WHOLE_CITY):
        assert (await refusal(pool, change.number, 1, word))[0] == "no_department", word
    assert await walk(pool, change.number, "dispatch", 1, department="D71") == "dispatched"


async def test_a_case_of_before_that_keeps_a_name_is_still_with_that_department(pool: Pool) -> None:
    change = await report(pool, stall())
    await walk(pool, change.number, "dispatch", 1, department="环卫所")
    await pool.execute("ALTER TABLE case_event DISABLE TRIGGER case_event_stays")
    await pool.execute(
        "UPDATE case_event SET sets = jsonb_set(sets, '{department}', '\"环卫所\"') WHERE sequence = 2"
    )
    assert (await refusal(pool, change.number, 2, "D03"))[0] == "same_department"
    assert await walk(pool, change.number, "dispatch", 2, department="D02", note="theirs") == "dispatched"

"""What a camera sees answers for itself: a check passes; a reply or an end that is not true comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from cases import CasePolicy, CaseState, Role, fold
from cases.workflow import load_workflow
from casework import CaseChange
from casework.clocks import pass_time
from casework.witness import SEEN_RESTORED, STILL_SEEN
from store.case_history import history
from store.connection import Pool
from tests.casework.acting import ANOTHER, add_account, take
from tests.casework.cases import NOON, POLICY, report, stall
from wire.messages import Incident, Phase

pytestmark = pytest.mark.servers
HOUR = timedelta(hours=1)
DEPARTMENT = next(iter(POLICY.departments))
BEFORE, AFTER = "b" * 64, "a" * 64


async def step(pool: Pool, change: CaseChange, action: str, at: datetime, **given: Any) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await take(connection, change.number, action, None, at=at, **given)


async def handled(pool: Pool, incident: Incident, *, at: datetime = NOON + HOUR) -> CaseChange:
    """A case that its department says it has handled."""
    change = await report(pool, incident, digests=(BEFORE,))
    await step(pool, change, "dispatch", at - HOUR / 2, department=DEPARTMENT)
    await step(pool, change, "handle", at)
    return change


async def still(pool: Pool, at: datetime, camera: str = "cam-01") -> None:
    """The camera's newest picture."""
    await pool.execute(
        "INSERT INTO camera_still (camera, district, time, received_at, jpeg) "
        "VALUES ($1, '350582', $2, $2, '') ON CONFLICT (camera) DO UPDATE SET time = EXCLUDED.time",
        camera,
        at,
    )


async def later(pool: Pool, change: CaseChange, at: datetime, policy: CasePolicy = POLICY) -> list[str]:
    """What time, and what is seen, does to the case; without warnings and deadlines."""
    async with pool.acquire() as connection, connection.transaction():
        done = await pass_time(connection, change.number, policy=policy, actor="system/worker", at=at)
    return [each.what.what for each in done if not each.what.clock]


async def state(pool: Pool, change: CaseChange) -> CaseState:
    async with pool.acquire() as connection:
        return fold(await history(connection, change.case_id))


async def newest(pool: Pool, change: CaseChange, count: int) -> Sequence[Any]:
    rows = await pool.fetch(
        "SELECT actor, action, note, evidence FROM case_event "
        "WHERE case_id = $1 AND actor <> 'system/worker' ORDER BY sequence DESC LIMIT $2",
        change.case_id,
        count,
    )
    return [tuple(row) for row in reversed(rows)]


async def test_the_check_passes_by_itself_with_the_pictures_of_before_and_after(pool: Pool) -> None:
    first = uuid4()
    change = await handled(pool, stall(first))
    assert await later(pool, change, NOON + 1.1 * HOUR) == []
    ended = stall(first, revision=2, phase=Phase.ENDED, observed_at=(NOON + 1.2 * HOUR).timestamp())
    await report(pool, ended, digests=(AFTER,))
    assert await later(pool, change, NOON + 1.3 * HOUR) == ["check"]
    assert (await state(pool, change)).stage == "checked"
    assert await newest(pool, change, 1) == [("camera/cam-01", "check", SEEN_RESTORED, [BEFORE, AFTER])]
    assert await later(pool, change, NOON + 9 * HOUR) == []


async def test_a_camera_answers_the_check_that_somebody_was_sent_to(pool: Pool) -> None:
    first = uuid4()
    change = await handled(pool, stall(first))
    await add_account(pool, "wang", Role.PATROL)
    await step(pool, change, "check_request", NOON + 1.1 * HOUR, assignee="wang")
    await report(
        pool, stall(first, revision=2, phase=Phase.ENDED, observed_at=(NOON + 1.2 * HOUR).timestamp())
    )
    assert await later(pool, change, NOON + 1.3 * HOUR) == ["check"]
    assert await later(pool, change, NOON + 1.4 * HOUR) == ["check"]
    case = await state(pool, change)
    assert (case.stage, case.checked, case.task, case.assignee) == ("checked", "done", None, None)


async def test_in_the_full_workflow_the_check_is_asked_and_answered_by_the_camera(pool: Pool) -> None:
    policy = replace(POLICY, workflow=load_workflow(None, "full"))
    first = uuid4()
    change = await report(pool, stall(first), digests=(BEFORE,), policy=policy)
    for minutes, action, given in (
        (1, "dispatch", {"department": DEPARTMENT}),
        (2, "take", {}),
        (3, "handle", {"evidence": (AFTER,)}),
        (4, "confirm", {}),
    ):
        async with pool.acquire() as connection, connection.transaction():
            at = NOON + timedelta(minutes=minutes)
            await take(connection, change.number, action, None, at=at, policy=policy, **given)
    ended = stall(first, revision=2, phase=Phase.ENDED, observed_at=(NOON + HOUR / 2).timestamp())
    await report(pool, ended, policy=policy)
    assert await later(pool, change, NOON + HOUR, policy) == ["check"]
    case = await state(pool, change)
    assert (case.stage, case.checked, case.task) == ("confirmed", "done", None)
    assert [event[1] for event in await newest(pool, change, 2)] == ["check_request", "check_answer"]
    assert await later(pool, change, NOON + 9 * HOUR, policy) == []


async def test_a_reply_that_is_not_true_comes_back_urged_and_counted(pool: Pool) -> None:
    change = await handled(pool, stall())
    await still(pool, NOON + 1.5 * HOUR)
    assert await later(pool, change, NOON + 1.9 * HOUR) == [], "it has an hour to be seen"
    assert await later(pool, change, NOON + 3 * HOUR) == [], "the camera has sent nothing since"
    await still(pool, NOON + 2.5 * HOUR)
    assert await later(pool, change, NOON + 3 * HOUR) == ["rework"]
    case = await state(pool, change)
    assert (case.stage, case.rework_count, case.handled_at) == ("dispatched", 1, None)
    assert case.urged_at == NOON + 3 * HOUR
    assert [event[:3] for event in await newest(pool, change, 2)] == [
        ("camera/cam-01", "rework", STILL_SEEN),
        ("camera/cam-01", "urge", STILL_SEEN),
    ]
    assert await later(pool, change, NOON + 9 * HOUR) == []


async def test_a_case_that_was_ended_while_it_is_still_seen_is_opened_again(pool: Pool) -> None:
    first = uuid4()
    change = await report(pool, stall(first))
    await step(pool, change, "cancel", NOON + HOUR, note="looks fine")
    assert (await state(pool, change)).closed_while_seen
    assert await later(pool, change, NOON + 4.9 * HOUR) == []
    update = stall(first, revision=2, phase=Phase.BEGUN, observed_at=(NOON + 4 * HOUR).timestamp())
    await report(pool, update)
    assert await later(pool, change, NOON + 5 * HOUR) == ["reopen"]
    case = await state(pool, change)
    assert (case.stage, case.closed_at, case.reopen_count, case.rework_count) == ("opened", None, 1, 1)
    assert case.deadline_at is not None


async def test_nothing_is_opened_again_when_it_was_put_right_or_goes_on_in_another_case(pool: Pool) -> None:
    right, first = uuid4(), uuid4()
    put_right = await report(pool, stall(right))
    await step(pool, put_right, "cancel", NOON + HOUR, note="gone")
    ended = stall(right, revision=2, phase=Phase.ENDED, observed_at=(NOON + 2 * HOUR).timestamp())
    await report(pool, ended)
    assert await later(pool, put_right, NOON + 9 * HOUR) == []
    old = await report(pool, stall(first, zone="pavement-2"))
    await step(pool, old, "cancel", NOON + HOUR, note="looks fine")
    at = (NOON + 3 * HOUR).timestamp()
    new = await report(pool, stall(zone="pavement-2", observed_at=at, began_at=at))
    assert new.number != old.number
    await still(pool, NOON + 8 * HOUR)
    assert await later(pool, old, NOON + 9 * HOUR) == []


async def test_a_suspension_ends_by_itself_and_its_clocks_go_on(pool: Pool) -> None:
    change = await report(pool, stall())
    await step(pool, change, "dispatch", NOON, department=DEPARTMENT)
    until = NOON + timedelta(days=3)
    await step(pool, change, "suspend_request", NOON + HOUR, until=until, note="road works")
    await step(pool, change, "suspend_grant", NOON + HOUR, actor=ANOTHER)
    assert (await state(pool, change)).deadline_at is None
    assert await later(pool, change, until - HOUR) == []
    assert await later(pool, change, until) == ["resume"]
    case = await state(pool, change)
    assert (case.suspended_until, case.deadline_at is not None) == (None, True)
    assert await later(pool, change, until + HOUR) == []

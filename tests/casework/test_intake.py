"""What incidents make of cases, and what people do with them, on the real database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases import Action, ActionRefusedError, CodeError, fold
from casework import LONGEST_HISTORY, CaseChange, Change, NoSuchCaseError, StaleCaseError, apply_incident
from store.case_history import SUMMARY_COLUMNS, history
from store.connection import Pool, open_connection, open_pool
from tests.casework.cases import COVER, NOON, POLICY, cover, report, row, stall, walk
from wire.messages import Incident, Phase

pytestmark = pytest.mark.servers


async def expect_row_is_fold(pool: Pool, change: CaseChange) -> None:
    found = await row(pool, change)
    async with pool.acquire() as connection:
        state = fold(await history(connection, change.case_id))
    of_state = {"last_sequence": state.sequence}
    expected = {name: of_state.get(name, getattr(state, name, None)) for name in SUMMARY_COLUMNS}
    assert {name: found[name] for name in SUMMARY_COLUMNS} == expected


async def told(pool: Pool, change: CaseChange) -> list[str]:
    async with pool.acquire() as connection:
        return [str(event.action) for event in await history(connection, change.case_id)]


async def test_an_incident_opens_a_case_with_number_code_place_cell_and_deadline(pool: Pool) -> None:
    await pool.execute(
        "INSERT INTO grid_cell (code, district, area) VALUES ('350582001001001', '350582', "
        "ST_MakeEnvelope(118.5, 24.8, 118.7, 25.0, 4326))"
    )
    change = await report(pool, stall(), digests=("ab" * 32,))
    found = await row(pool, change)
    assert (change.change, change.number) == (Change.OPENED, "SW202611240001")
    assert (found["category"], found["code_set"], found["code"]) == ("event", "A", "0501")
    assert (found["grid_cell"], found["stage"], found["district"]) == ("350582001001001", "opened", "350582")
    assert found["deadline_at"] == NOON + timedelta(
        hours=1
    )  # of the dispatch, from which the handling counts
    assert (found["lat"], found["lon"]) == (24.9, 118.6)
    async with pool.acquire() as connection:
        (event,) = await history(connection, change.case_id)
    assert (event.action, event.actor, event.evidence) == (Action.OPEN, "box/box-1", ("ab" * 32,))


async def test_a_component_case_has_the_components_own_place_and_class(pool: Pool) -> None:
    await pool.execute(
        "INSERT INTO component (code, code_set, class, place) "
        "VALUES ($1, 'B', '0118', ST_SetSRID(ST_MakePoint(118.61, 24.91), 4326))",
        COVER,
    )
    found = await row(pool, await report(pool, cover()))
    assert (found["category"], found["code_set"], found["code"]) == ("component", "B", "0118")
    assert (found["lat"], found["lon"], found["component"]) == (24.91, 118.61, COVER)


async def test_an_unlisted_component_is_classed_by_its_code(pool: Pool) -> None:
    found = await row(pool, await report(pool, cover()))
    assert (found["code"], found["lat"]) == ("0102", 24.9)


async def test_an_incident_type_nobody_decided_about_opens_a_case_all_the_same(pool: Pool) -> None:
    found = await row(pool, await report(pool, stall(type="flying_saucer")))
    assert (found["category"], found["code"], found["type"]) == ("event", "0599", "flying_saucer")


async def test_numbers_count_up_within_the_citys_day(pool: Pool) -> None:
    moments = [NOON, NOON, datetime(2026, 11, 24, 16, 30, tzinfo=UTC)]  # the last at 0:30 in the city
    numbers = [(await report(pool, stall(zone=f"z{n}"), at=at)).number for n, at in enumerate(moments)]
    assert numbers == ["SW202611240001", "SW202611240002", "SW202611250001"]


async def test_an_aborted_transaction_leaves_no_gap_in_the_numbers(pool: Pool) -> None:
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await apply_incident(
            connection,
            stall(),
            source="b",
            district="1",
            received_at=NOON,
            evidence_digests=(),
            policy=POLICY,
        )
        await transaction.rollback()
    assert (await report(pool, stall())).number == "SW202611240001"


@pytest.mark.parametrize(
    ("second", "change"),
    [
        (stall(), Change.JOINED),
        (stall(zone="pavement-2"), Change.OPENED),
        (stall(camera="cam-02"), Change.JOINED),
        (stall(camera="cam-02", lat=24.9002), Change.OPENED),
        (stall(camera=None, zone=None), Change.JOINED),
        (stall(camera=None, zone=None, lat=24.9002), Change.OPENED),
        (stall(type="goods"), Change.OPENED),
    ],
)
async def test_the_same_problem_joins_its_open_case(pool: Pool, second: Incident, change: Change) -> None:
    first = await report(pool, stall())
    then = await report(pool, second)
    assert then.change is change
    assert (then.case_id == first.case_id) is (change is Change.JOINED)


async def test_a_parked_vehicle_opens_a_case_of_its_own_code(pool: Pool) -> None:
    opened = await report(pool, stall(type="vehicle", zone="no-parking"))
    assert opened.change is Change.OPENED
    async with pool.acquire() as connection:
        row = await connection.fetchrow(
            "SELECT code_set, code, zone FROM case_file WHERE case_id = $1", opened.case_id
        )
    assert row is not None
    assert tuple(row) == ("A", "0505", "no-parking")


async def test_the_same_component_seen_by_another_camera_joins(pool: Pool) -> None:
    first = await report(pool, cover())
    then = await report(pool, cover(camera="cam-02", zone="cover-9"))
    assert (then.change, then.number) == (Change.JOINED, first.number)
    assert await told(pool, first) == ["open", "join"]


async def test_reports_of_a_type_without_a_reach_join_by_what_they_name_only(pool: Pool) -> None:
    unplaced: dict[str, Any] = {"camera": None, "zone": None, "type": "speeding"}
    first, second = await report(pool, stall(**unplaced)), await report(pool, stall(**unplaced))
    assert first.number != second.number


async def test_a_camera_without_zones_joins_by_camera(pool: Pool) -> None:
    first, second = await report(pool, stall(zone=None)), await report(pool, stall(zone=None))
    assert second.change is Change.JOINED
    assert second.number == first.number


async def test_after_the_case_ended_the_same_problem_opens_a_new_one(pool: Pool) -> None:
    first = await report(pool, stall())
    await walk(pool, first.number, "cancel", 1, note="a delivery, not a stall")
    assert (await report(pool, stall())).change is Change.OPENED


async def test_an_end_marks_the_case_restored_with_the_picture(pool: Pool) -> None:
    begun = stall()
    opened = await report(pool, begun)
    ended = stall(begun.incident_id, revision=2, phase=Phase.ENDED, observed_at=NOON.timestamp() + 300)
    change = await report(pool, ended, at=NOON + timedelta(seconds=301), digests=("cd" * 32,))
    found = await row(pool, opened)
    assert change.change is Change.RESTORED
    assert found["restored_at"] == NOON + timedelta(seconds=300)
    assert (found["stage"], found["closed_at"]) == ("opened", None)
    async with pool.acquire() as connection:
        last = (await history(connection, opened.case_id))[-1]
    assert (last.action, last.evidence) == (Action.RESTORE, ("cd" * 32,))


async def test_a_beginning_that_comes_after_its_end_does_not_undo_it(pool: Pool) -> None:
    begun = stall()
    ended = stall(begun.incident_id, revision=2, phase=Phase.ENDED, observed_at=NOON.timestamp() + 300)
    first = await report(pool, ended)
    second = await report(pool, begun, at=NOON + timedelta(seconds=301), digests=("ab" * 32,))
    assert (first.change, second.change, second.number) == (Change.OPENED, Change.UPDATED, first.number)
    assert (await row(pool, first))["restored_at"] == NOON + timedelta(seconds=300)
    assert await told(pool, first) == ["open", "restore", "update"]


async def test_the_same_problem_again_is_restored_no_more(pool: Pool) -> None:
    begun = stall()
    opened = await report(pool, begun)
    await report(
        pool, stall(begun.incident_id, revision=2, phase=Phase.ENDED, observed_at=NOON.timestamp() + 300)
    )
    await report(pool, stall(observed_at=NOON.timestamp() + 600, began_at=NOON.timestamp() + 560))
    assert (await row(pool, opened))["restored_at"] is None


async def test_a_revision_told_twice_changes_nothing(pool: Pool) -> None:
    incident = stall()
    first = await report(pool, incident)
    before = await row(pool, first)
    again = await report(pool, incident, at=NOON + timedelta(minutes=5))
    assert (again.change, again.number) == (Change.NONE, first.number)
    assert await row(pool, first) == before


async def test_an_end_reaches_a_case_that_was_closed_meanwhile(pool: Pool) -> None:
    begun = stall()
    opened = await report(pool, begun)
    await walk(pool, opened.number, "cancel", 1, note="seen to")
    change = await report(
        pool, stall(begun.incident_id, revision=2, phase=Phase.ENDED, observed_at=NOON.timestamp() + 300)
    )
    assert (change.change, change.number) == (Change.RESTORED, opened.number)
    assert (await row(pool, opened))["stage"] == "cancelled"


async def test_a_case_takes_no_more_reports_than_anybody_reads_and_people_go_on(pool: Pool) -> None:
    begun = stall()
    opened = await report(pool, begun)
    async with pool.acquire() as connection:
        await connection.execute(
            "INSERT INTO case_event (case_id, sequence, at, actor, action) "
            "SELECT $1, n, $2, 'box/box-1', 'update' FROM generate_series(2, $3::integer) AS n",
            opened.case_id, NOON, LONGEST_HISTORY,
        )  # fmt: skip
        await connection.execute("UPDATE case_file SET last_sequence = $1", LONGEST_HISTORY)
    for incident in (stall(begun.incident_id, revision=2, phase=Phase.CHANGED), stall()):
        more = await report(pool, incident)
        assert (more.change, more.number) == (Change.GATHERED, opened.number)
    assert (await row(pool, opened))["last_sequence"] == LONGEST_HISTORY
    assert await walk(pool, opened.number, "cancel", LONGEST_HISTORY, note="seen to") == "cancelled"


async def test_reports_at_once_make_one_case(pool: Pool) -> None:
    async with asyncio.timeout(30):
        changes = await asyncio.gather(*(report(pool, stall()) for _ in range(24)))
    assert sorted(str(change.change) for change in changes) == ["joined"] * 23 + ["opened"]
    assert len({change.case_id for change in changes}) == 1
    async with pool.acquire() as connection:
        events = await history(connection, changes[0].case_id)
    assert [event.sequence for event in events] == list(range(1, 25))


async def test_different_problems_at_once_get_numbers_without_gap_or_repeat(pool: Pool) -> None:
    async with asyncio.timeout(30):
        changes = await asyncio.gather(*(report(pool, stall(zone=f"z{n}")) for n in range(24)))
    assert sorted(change.number for change in changes) == [f"SW20261124{n:04}" for n in range(1, 25)]


async def test_both_revisions_of_an_incident_at_once_make_one_restored_case(pool: Pool) -> None:
    for zone in range(8):
        begun = stall(zone=f"z{zone}")
        ended = stall(
            begun.incident_id,
            zone=f"z{zone}",
            revision=2,
            phase=Phase.ENDED,
            observed_at=NOON.timestamp() + 60,
        )
        first, second = await asyncio.gather(report(pool, begun), report(pool, ended))
        assert first.case_id == second.case_id
        assert (await row(pool, first))["restored_at"] == NOON + timedelta(seconds=60)


async def test_listeners_hear_of_a_case_when_it_is_committed(pool: Pool, database_url: str) -> None:
    heard: asyncio.Queue[object] = asyncio.Queue()
    listener = await open_connection(database_url, application="test listener")
    try:
        await listener.add_listener("streetwarden_cases", lambda *event: heard.put_nowait(event[3]))
        change = await report(pool, stall())
        assert await asyncio.wait_for(heard.get(), 10) == change.number
    finally:
        await listener.close()


async def test_a_malformed_component_is_refused_and_leaves_nothing(pool: Pool) -> None:
    with pytest.raises(CodeError, match="16 digits"):
        await report(pool, cover(component="12"))
    assert await pool.fetchval("SELECT count(*) FROM case_file") == 0


async def test_people_walk_a_case_to_its_close(pool: Pool) -> None:
    change = await report(pool, stall())
    steps = [
        ("dispatch", {"department": "城管执法中队"}, "dispatched"),
        ("handle", {"note": "moved on"}, "handled"),
        ("rework", {"note": "it is back"}, "dispatched"),
        ("handle", {}, "handled"),
        ("check", {}, "checked"),
        ("close", {"note": "the camera is wrong"}, "closed"),
    ]
    for sequence, (action, more, stage) in enumerate(steps, start=1):
        assert await walk(pool, change.number, action, sequence, **more) == stage
    found = await row(pool, change)
    async with pool.acquire() as connection:
        state = fold(await history(connection, change.case_id))
    assert (found["stage"], found["department"], found["last_sequence"]) == ("closed", "D02", 7)
    assert found["closed_at"] == NOON + timedelta(hours=1)
    assert state.stage == "closed"


async def test_who_looked_too_long_ago_is_refused(pool: Pool) -> None:
    change = await report(pool, stall())
    await report(pool, stall())
    with pytest.raises(StaleCaseError) as refused:
        await walk(pool, change.number, "dispatch", 1, department="环卫所")
    assert refused.value.sequence == 2
    assert await told(pool, change) == ["open", "join"]


async def test_of_two_at_once_one_wins(pool: Pool) -> None:
    change = await report(pool, stall())
    outcomes = await asyncio.gather(
        *(walk(pool, change.number, "dispatch", 1, department=n) for n in list(POLICY.departments)[:6]),
        return_exceptions=True,
    )
    assert sum(outcome == "dispatched" for outcome in outcomes) == 1
    assert sum(isinstance(outcome, StaleCaseError) for outcome in outcomes) == 5


async def test_an_impossible_action_and_an_unknown_case_are_refused(pool: Pool) -> None:
    change = await report(pool, stall())
    with pytest.raises(ActionRefusedError, match="nobody has seen the place put right"):
        await walk(pool, change.number, "close", 1)
    with pytest.raises(NoSuchCaseError):
        await walk(pool, "SW190001010001", "close", 1)


async def test_the_row_is_what_the_events_add_up_to(pool: Pool) -> None:
    begun = stall()
    change = await report(pool, begun)
    await walk(pool, change.number, "dispatch", 1, department="环卫所")
    await walk(pool, change.number, "return", 2, note="not ours")
    await report(
        pool, stall(begun.incident_id, revision=2, phase=Phase.ENDED, observed_at=NOON.timestamp() + 9)
    )
    await expect_row_is_fold(pool, change)


steps_of_people = st.sampled_from(["dispatch", "return", "handle", "check", "rework", "close", "cancel"])
happenings = st.lists(
    st.tuples(st.sampled_from(["stall again", "changed", "ended"]), st.integers(-600, 600)) | steps_of_people,
    max_size=12,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happenings)
def test_whatever_happens_to_a_case_its_row_is_what_its_events_add_up_to(
    database_url: str, happened: list[tuple[str, int] | str]
) -> None:
    async def live_through() -> None:
        pool = await open_pool(database_url, application="test", largest=1)
        try:
            first = stall(zone=str(uuid4())[:8])
            change = await report(pool, first)
            revision, sequence = 1, 1
            for what in happened:
                if isinstance(what, str):
                    try:
                        await walk(pool, change.number, what, sequence, department="环卫所", note="why")
                    except ActionRefusedError:
                        continue
                elif what[0] == "stall again":
                    if (await row(pool, change))["closed_at"] is None:
                        await report(pool, stall(zone=first.zone, observed_at=NOON.timestamp() + what[1]))
                else:
                    revision += 1
                    phase = Phase.ENDED if what[0] == "ended" else Phase.CHANGED
                    observed = NOON.timestamp() + what[1]
                    again = stall(
                        first.incident_id,
                        zone=first.zone,
                        revision=revision,
                        phase=phase,
                        observed_at=observed,
                    )
                    assert (await report(pool, again)).number == change.number
                sequence = (await row(pool, change))["last_sequence"]
            await expect_row_is_fold(pool, change)
        finally:
            pool.terminate()

    asyncio.run(live_through())

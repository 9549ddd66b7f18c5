"""What people do with cases on the real database: repeats, locks, versions, merging and splitting."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from cases import ActionRefusedError, Actor, Rights, Role, fold
from cases.workflow import load_workflow, parse_workflow
from casework import Acted, ReusedKeyError, StaleCaseError
from casework.requests import KEPT
from casework.workflow_moves import move_workflow
from store.case_history import history
from store.connection import Pool
from tests.casework.acting import A_THIRD, ANOTHER, EVERYBODY, POLICY, add_account, take
from tests.casework.cases import NOON, report, stall, walk

pytestmark = pytest.mark.servers

FULL = replace(POLICY, workflow=load_workflow(None, "full"))
DEPARTMENT = next(iter(POLICY.departments))
LATER = NOON + timedelta(minutes=10)


async def do(pool: Pool, number: str, action: str, sequence: int | None = None, **given: Any) -> Acted:
    at = given.pop("at", LATER)
    async with pool.acquire() as connection, connection.transaction():
        return await take(connection, number, action, sequence, at=at, **given)


async def test_a_case_goes_through_the_full_workflow_and_comes_back_twice(pool: Pool) -> None:
    await add_account(pool, "li", Role.HANDLER)
    await add_account(pool, "zhou", Role.PATROL)
    number = (await report(pool, stall(), policy=FULL)).number
    ways: list[tuple[str, dict[str, Any], str]] = [
        ("dispatch", {"department": DEPARTMENT}, "dispatched"),
        ("return", {"reason": "not_our_department"}, "returned"),
        ("dispatch", {"department": DEPARTMENT}, "dispatched"),
        ("take", {}, "taken"),
        ("defer", {"note": "rain"}, "taken"),
        ("defer_grant", {"actor": ANOTHER}, "taken"),
        ("suspend_request", {"note": "no material", "until": LATER + timedelta(days=9)}, "taken"),
        ("suspend_grant", {"actor": ANOTHER}, "taken"),
        ("resume", {}, "taken"),
        ("assign", {"assignee": "li"}, "assigned"),
        ("urge", {"note": "the mayor looks"}, "assigned"),
        ("answer_urge", {"note": "today"}, "assigned"),
        ("handle", {"evidence": ("ab" * 32,)}, "replied"),
        ("confirm", {}, "handled"),
        ("confirm", {}, "confirmed"),
        ("check_request", {"assignee": "zhou"}, "confirmed"),
        ("check_answer", {"answer": "not_done"}, "confirmed"),
        ("rework", {"reason": "not_done"}, "found_wanting"),
        ("rework", {"reason": "not_done"}, "taken"),
        ("handle", {"evidence": ("cd" * 32,)}, "handled"),
        ("confirm", {}, "confirmed"),
        ("close", {"note": "the camera sees a shadow"}, "closed"),
        ("appeal", {"note": "rain"}, "closed"),
        ("appeal_grant", {"note": "true", "actor": ANOTHER}, "closed"),
        ("appeal_grant", {"note": "true", "actor": A_THIRD}, "closed"),
        ("call_back", {"answer": "content"}, "closed"),
    ]
    for sequence, (action, given, stage) in enumerate(ways, start=1):
        done = await do(pool, number, action, sequence, policy=FULL, **given)
        assert done.state is not None
        assert done.state.stage == stage, action
    row = await pool.fetchrow("SELECT * FROM case_file WHERE number = $1", number)
    assert row is not None
    counts = [row[name] for name in ("rework_count", "return_count", "deferral_count", "suspension_count")]
    assert counts == [1, 1, 1, 1]
    assert (row["appeal"], row["satisfaction"], row["ended_as"]) == ("granted", "content", "closed")
    assert (row["workflow"], row["workflow_version"]) == ("full", FULL.workflow.version)
    assert row["closed_while_seen"]
    assert row["deadline_at"] is None


async def test_a_request_that_is_repeated_is_answered_the_same_and_done_once(pool: Pool) -> None:
    number = (await report(pool, stall())).number
    first = await do(pool, number, "dispatch", 1, department=DEPARTMENT, key="k1")
    await do(pool, number, "urge", 2, note="please")
    again = await do(pool, number, "dispatch", 1, department=DEPARTMENT, key="k1")
    assert (first.repeated, again.repeated) == (False, True)
    assert (again.number, again.sequence) == (number, first.sequence)
    assert await pool.fetchval("SELECT last_sequence FROM case_file") == 3


async def test_a_key_of_another_request_is_refused_and_those_of_others_are_theirs(pool: Pool) -> None:
    number = (await report(pool, stall())).number
    await do(pool, number, "dispatch", 1, department=DEPARTMENT, key="k1")
    with pytest.raises(ReusedKeyError, match="make a new key"):
        await do(pool, number, "handle", 2, key="k1")
    other = replace(EVERYBODY, name="wang")
    assert not (await do(pool, number, "handle", 2, key="k1", actor=other)).repeated


async def test_a_request_at_once_from_two_connections_of_a_phone_is_done_once(pool: Pool) -> None:
    number = (await report(pool, stall())).number
    done = await asyncio.gather(
        *(do(pool, number, "dispatch", 1, department=DEPARTMENT, key="k1") for _ in range(6))
    )
    assert sorted(each.repeated for each in done) == [False] + [True] * 5
    assert {each.sequence for each in done} == {2}


async def test_a_refusal_is_not_kept_and_old_answers_are_forgotten(pool: Pool) -> None:
    number = (await report(pool, stall())).number
    with pytest.raises(ActionRefusedError):
        await do(pool, number, "dispatch", 1, key="k1")
    assert await pool.fetchval("SELECT count(*) FROM case_request") == 0
    await do(pool, number, "dispatch", 1, department=DEPARTMENT, key="k2")
    await do(pool, number, "urge", 2, note="please", key="k3", at=LATER + KEPT + timedelta(hours=1))
    assert [row["key"] for row in await pool.fetch("SELECT key FROM case_request")] == ["k3"]


async def test_without_the_right_the_request_is_refused_and_nothing_written(pool: Pool) -> None:
    number = (await report(pool, stall())).number
    patrol = Actor(name="zhou", roles=frozenset({Role.PATROL}))
    with pytest.raises(ActionRefusedError) as refused:
        await do(pool, number, "dispatch", 1, department=DEPARTMENT, actor=patrol)
    assert refused.value.code == "not_allowed"
    assert await pool.fetchval("SELECT last_sequence FROM case_file") == 1


async def test_a_case_goes_on_by_the_version_that_it_was_opened_with(pool: Pool) -> None:
    old = (await report(pool, stall())).number
    text = POLICY.workflow.text.replace("number = 2", "number = 3").replace('"handled"', '"done"')
    text = text.replace("[stages.handled]", "[stages.done]")
    newer = replace(POLICY, workflow=parse_workflow(text, "newer"))
    new = (await report(pool, stall(zone="other"), policy=newer)).number
    for number, stage in ((old, "handled"), (new, "done")):
        await do(pool, number, "dispatch", 1, department=DEPARTMENT, policy=newer)
        done = await do(pool, number, "handle", 2, policy=newer)
        assert done.state is not None
        assert done.state.stage == stage
    kept = await pool.fetch("SELECT name, version FROM workflow_version ORDER BY version")
    assert [tuple(row) for row in kept] == [("small", 2), ("small", 3)]


async def test_a_file_changed_without_a_new_number_changes_no_case_and_is_told(
    pool: Pool, caplog: pytest.LogCaptureFixture
) -> None:
    await report(pool, stall())
    text = POLICY.workflow.text.replace('"handled"', '"done"').replace("[stages.handled]", "[stages.done]")
    changed = replace(POLICY, workflow=parse_workflow(text, "changed"))
    number = (await report(pool, stall(zone="other"), policy=changed)).number
    await do(pool, number, "dispatch", 1, department=DEPARTMENT, policy=changed)
    done = await do(pool, number, "handle", 2, policy=changed)
    assert done.state is not None
    assert done.state.stage == "handled"
    assert "give the file a new number" in caplog.text


async def test_a_merged_case_ends_and_its_incidents_go_on_in_the_other(pool: Pool) -> None:
    first, second = stall(), stall(zone="z2")
    goes_on, ends = (await report(pool, first)).number, (await report(pool, second)).number
    done = await do(pool, ends, "merge", 1, into=goes_on, note="the same stall")
    assert done.state is not None
    assert (done.state.stage, done.state.merged_into) == ("merged", goes_on)
    change = await report(pool, stall(second.incident_id, zone="z2", revision=2))
    assert change.number == goes_on
    found = await pool.fetch(
        "SELECT incident_id FROM case_incident JOIN case_file USING (case_id) WHERE number = $1", goes_on
    )
    assert {row["incident_id"] for row in found} == {first.incident_id, second.incident_id}
    with pytest.raises(ActionRefusedError) as refused:
        await do(pool, goes_on, "merge", into=ends)
    assert refused.value.code == "into_has_ended"
    with pytest.raises(ActionRefusedError) as refused:
        await do(pool, goes_on, "merge", into="SW190001010001")
    assert refused.value.code == "no_case_into"


async def test_two_cases_merged_into_each_other_at_once_leave_one(pool: Pool) -> None:
    one, two = [(await report(pool, stall(zone=zone))).number for zone in ("z1", "z2")]
    outcomes = await asyncio.gather(
        do(pool, one, "merge", 1, into=two), do(pool, two, "merge", 1, into=one), return_exceptions=True
    )
    assert sum(isinstance(each, Acted) for each in outcomes) == 1
    assert sum(isinstance(each, ActionRefusedError | StaleCaseError) for each in outcomes) == 1
    assert await pool.fetchval("SELECT count(*) FROM case_file WHERE closed_at IS NULL") == 1


async def test_an_incident_taken_out_has_a_case_of_its_own_and_stays_there(pool: Pool) -> None:
    first, second = stall(), stall()
    number = (await report(pool, first)).number
    assert (await report(pool, second)).number == number
    await pool.execute(
        "INSERT INTO incident (incident_id, revision, phase, type, source, district, observed_at, "
        "began_at, received_at, place, camera, zone, confidence) "
        "VALUES ($1, 1, 'begun', 'stall', 'box/box-1', '350582', $2, $2, $2, "
        "ST_SetSRID(ST_MakePoint(118.6, 24.9), 4326), 'cam-01', 'pavement-1', 0.9)",
        second.incident_id,
        NOON,
    )
    await do(pool, number, "split", 2, incidents=(second.incident_id,), note="another vendor")
    row = await pool.fetchrow("SELECT * FROM case_file WHERE split_from = $1", number)
    assert row is not None
    assert (row["stage"], row["type"], row["opener"]) == ("opened", "stall", "box/box-1")
    assert (await report(pool, stall(second.incident_id, revision=2))).number == row["number"]
    assert (await report(pool, stall(first.incident_id, revision=2))).number == number
    async with pool.acquire() as connection:
        events = await history(connection, row["case_id"])
    assert (events[0].action, events[0].actor, events[0].note) == ("open", "li", "another vendor")
    assert fold(events).seen_at is not None


@pytest.mark.parametrize(("which", "code"), [("all", "nothing_remains"), ("strange", "no_incident")])
async def test_what_cannot_be_taken_out_is_refused(pool: Pool, which: str, code: str) -> None:
    incident = stall()
    number = (await report(pool, incident)).number
    wanted = incident.incident_id if which == "all" else UUID(int=7)
    with pytest.raises(ActionRefusedError) as refused:
        await do(pool, number, "split", incidents=(wanted,))
    assert refused.value.code == code
    assert await walk(pool, number, "cancel", 1, note="x") == "cancelled"


async def test_a_case_is_moved_to_another_workflow_by_an_event(pool: Pool) -> None:
    number = (await report(pool, stall())).number
    await do(pool, number, "dispatch", 1, department=DEPARTMENT)
    before = await pool.fetchrow("SELECT * FROM case_file")
    async with pool.acquire() as connection, connection.transaction():
        state = await move_workflow(
            connection, number, to=FULL.workflow, stage=None, actor=Actor.system("system/test"),
            rights=Rights.shipped(), policy=FULL, at=LATER,
        )  # fmt: skip
    assert before is not None
    assert (state.workflow, state.stage, state.holder) == ("full", "dispatched", "department")
    assert state.handling_deadline_at == before["handling_deadline_at"]
    assert {name for name, clock in state.clocks.items() if "ended_at" not in clock} == {"take", "handle"}
    done = await do(pool, number, "take", 3)
    assert done.state is not None
    assert done.state.stage == "taken"


@pytest.mark.parametrize(("stage", "code"), [("checked", "no_stage"), ("closed", "other_end")])
async def test_a_move_to_no_stage_or_over_the_end_is_refused(pool: Pool, stage: str, code: str) -> None:
    number = (await report(pool, stall())).number
    async with pool.acquire() as connection, connection.transaction():
        with pytest.raises(ActionRefusedError) as refused:
            await move_workflow(
                connection, number, to=FULL.workflow, stage=stage, actor=Actor.system("system/test"),
                rights=Rights.shipped(), policy=FULL, at=LATER,
            )  # fmt: skip
    assert refused.value.code == code


async def test_who_has_no_right_to_it_moves_no_case(pool: Pool) -> None:
    number = (await report(pool, stall())).number
    async with pool.acquire() as connection, connection.transaction():
        with pytest.raises(ActionRefusedError) as refused:
            await move_workflow(
                connection, number, to=FULL.workflow, stage=None, actor=Actor(name="x"),
                rights=Rights.shipped(), policy=FULL, at=LATER,
            )  # fmt: skip
    assert refused.value.code == "not_allowed"


async def test_a_case_is_given_only_to_who_could_handle_it(pool: Pool) -> None:
    await pool.execute(
        "INSERT INTO department (code, parent, name, name_en) VALUES ('D01', NULL, $1, 'Ours'), "
        "('P2', 'D01', '分队', 'Squad'), ('P3', NULL, '别处', 'Others')",
        DEPARTMENT,
    )
    number = (await report(pool, stall(), policy=FULL)).number
    await do(pool, number, "dispatch", department=DEPARTMENT, policy=FULL)
    await do(pool, number, "take", policy=FULL)
    await add_account(pool, "patrol", Role.PATROL)
    await add_account(pool, "gone", Role.HANDLER)
    await pool.execute("UPDATE operator SET disabled_at = now() WHERE login = 'gone'")
    for login, department in (("own", "D01"), ("below", "P2"), ("other", "P3")):
        await pool.execute(
            "INSERT INTO person (person, name, department) VALUES ($1, $1, $2)", login, department
        )
        await add_account(pool, login, Role.HANDLER)
        await pool.execute("UPDATE operator SET person = login WHERE login = $1", login)
    for login, code in (
        ("nobody", "no_assignee"),
        ("gone", "no_assignee"),
        ("patrol", "unfit_assignee"),
        ("other", "unfit_assignee"),
    ):
        with pytest.raises(ActionRefusedError) as refused:
            await do(pool, number, "assign", assignee=login, policy=FULL)
        assert refused.value.code == code, login
    for login in ("own", "below"):
        await do(pool, number, "assign", assignee=login, policy=FULL)
        await do(pool, number, "withdraw", note="x", policy=FULL)


async def test_nobody_grants_what_they_asked_for_nor_reviews_an_appeal_twice(pool: Pool) -> None:
    number = (await report(pool, stall(), policy=FULL)).number
    until = LATER + timedelta(days=9)
    ways: list[tuple[Actor, str, dict[str, Any], str | None]] = [
        (EVERYBODY, "dispatch", {"department": DEPARTMENT}, None),
        (EVERYBODY, "take", {}, None),
        (EVERYBODY, "defer", {"note": "rain"}, None),
        (EVERYBODY, "defer_grant", {}, "own_request"),
        (ANOTHER, "defer_grant", {}, None),
        (ANOTHER, "suspend_request", {"note": "road works", "until": until}, None),
        (ANOTHER, "suspend_grant", {}, "own_request"),
        (EVERYBODY, "suspend_grant", {"at": until}, "suspension_ahead"),
        (EVERYBODY, "suspend_grant", {}, None),
        (EVERYBODY, "resume", {}, None),
        (EVERYBODY, "handle", {"evidence": ("ab" * 32,)}, None),
        (EVERYBODY, "confirm", {}, None),
        (EVERYBODY, "close", {"note": "swept"}, None),
        (EVERYBODY, "appeal", {"note": "in time"}, None),
        (EVERYBODY, "appeal_grant", {"note": "true"}, "own_request"),
        (ANOTHER, "appeal_grant", {"note": "true"}, None),
        (ANOTHER, "appeal_grant", {"note": "true"}, "own_request"),
        (ANOTHER, "appeal_refuse", {"note": "no"}, "own_request"),
        (A_THIRD, "appeal_grant", {"note": "true"}, None),
    ]
    for actor, action, given, code in ways:
        if code is None:
            await do(pool, number, action, actor=actor, policy=FULL, **given)
            continue
        with pytest.raises(ActionRefusedError) as refused:
            await do(pool, number, action, actor=actor, policy=FULL, **given)
        assert refused.value.code == code, action
    row = await pool.fetchrow("SELECT appeal, appeal_by, suspension_count FROM case_file")
    assert dict(row or {}) == {
        "appeal": "granted", "appeal_by": {"asked": "li", "supported": "wang"}, "suspension_count": 1,
    }  # fmt: skip


async def test_a_case_of_the_release_before_goes_on_by_the_shipped_workflow(pool: Pool) -> None:
    """Its version was never kept, and the city goes by another one meanwhile."""
    number = (await report(pool, stall())).number
    await pool.execute("DELETE FROM workflow_version")
    await pool.execute("UPDATE case_file SET workflow_version = 1")
    await pool.execute("ALTER TABLE case_event DISABLE TRIGGER case_event_stays")
    await pool.execute("UPDATE case_event SET sets = jsonb_set(sets, '{workflow_version}', '1')")
    done = await do(pool, number, "dispatch", 1, department=DEPARTMENT, policy=FULL)
    assert done.state is not None
    assert (done.state.workflow, done.state.stage) == ("small", "dispatched")
    assert await pool.fetchval("SELECT count(*) FROM workflow_version WHERE name = 'small'") == 1

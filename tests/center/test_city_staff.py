"""The simulated city's staff at the real center: a case goes round to its close without anybody's help."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import UTC, datetime

import httpx
import msgspec
import pytest

from center.people.passwords import hash_password
from city.people.case import Move
from city.people.desk import Desk
from city.people.patrol import PatrolReport
from city.people.shift import Pace, Shift
from city.people.staff import Habits, Member, staff
from store.connection import Pool
from tests.center.running import DISTRICT, PASSWORD, POLICY, Browser, Center, report, stall, until
from tests.center.test_case_reports import picture
from tests.city.people.hiring import hire
from wire.messages import Phase

pytestmark = pytest.mark.servers


def members() -> list[Member]:
    """A small staff without bad habits."""
    departments = [(each.code or name, name) for name, each in POLICY.departments.items()]
    wanted = {"acceptor-1", "dispatcher-1", "patrol-1", *(f"desk-{code.lower()}" for code, _ in departments)}
    everybody = staff(1, departments)
    return [
        Member(
            login=each.login, role=each.role, name=each.name, title=each.title, title_en=each.title_en,
            department=each.department, department_name=each.department_name, habits=Habits(),
        )
        for each in everybody if each.login in wanted
    ]  # fmt: skip


def shift_at(center: Center, working: list[Member], known: Sequence[Member] = ()) -> Shift:
    """A quick shift of members who work, and of others whom they know."""
    return Shift(
        [*working, *known],
        {member.login: PASSWORD for member in working},
        center_url=center.url,
        tls=None,
        album=(),
        seed=1,
        pace=Pace(hour_s=0.2, look_s=0.3),
    )


async def test_the_staff_carries_a_case_to_its_close(pool: Pool, center: Center, browser: Browser) -> None:
    everybody = members()
    async with pool.acquire() as connection:
        await hire(connection, everybody, POLICY, password_hash=hash_password(PASSWORD))
    change = await report(pool, stall())
    shift = shift_at(center, everybody)
    work = asyncio.create_task(shift.work())
    try:

        async def handled() -> bool:
            assert not work.done(), work.exception()
            return bool(await pool.fetchval("SELECT handled_at IS NOT NULL FROM case_file"))

        async def closed() -> bool:
            return bool((await browser.fetch(f"/cases/{change.number}"))["case"]["ended_as"] == "closed")

        await until(handled)
        now = datetime.now(UTC).timestamp()
        await report(
            pool,
            stall(
                incident_id=await pool.fetchval("SELECT incident_id FROM case_incident"),
                revision=2,
                phase=Phase.ENDED,
                observed_at=now,
            ),
        )
        await until(closed)
    finally:
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work
    events = (await browser.fetch(f"/cases/{change.number}"))["events"]
    acted = {event["action"]: event["actor"] for event in events}
    assert acted["dispatch"] == "dispatcher-1"
    assert acted["handle"].startswith("desk-")
    assert acted["close"] == "acceptor-1"
    assert shift.acted >= 3


async def test_a_member_of_the_staff_sends_pictures_with_a_step(
    pool: Pool, center: Center, browser: Browser
) -> None:
    everybody = members()
    async with pool.acquire() as connection:
        await hire(connection, everybody, POLICY, password_hash=hash_password(PASSWORD))
    number = (await report(pool, stall())).number
    assert (await browser.act(number, "dispatch", 1, department="D02")).status_code == 200
    member = next(each for each in everybody if each.login == "desk-d02")
    async with httpx.AsyncClient(base_url=center.url, timeout=60) as http:
        desk = Desk(member, PASSWORD, http)
        case = (await desk.look(number)).as_offered(datetime.now(UTC))
        sent = [picture("green"), picture("blue", "PNG")]
        await desk.act(case, Move(action="handle", note="清理完毕"), sent)
    detail = await browser.fetch(f"/cases/{number}")
    assert (detail["case"]["stage"], detail["events"][2]["actor"]) == ("handled", "desk-d02")
    assert {(file["role"], file["actor"]) for file in detail["evidence"]} == {("after", "desk-d02")}
    for file, kept in zip(detail["events"][2]["evidence"], sent, strict=True):
        assert (await browser.get(f"/evidence/{file}", params={"size": "full"})).content == kept


async def test_a_patrol_member_reports_from_the_street_once_even_if_the_answer_is_lost(
    pool: Pool, center: Center, browser: Browser
) -> None:
    everybody = members()
    async with pool.acquire() as connection:
        await hire(connection, everybody, POLICY, password_hash=hash_password(PASSWORD))
        await connection.execute("UPDATE operator SET districts = $1 WHERE login = 'patrol-1'", [DISTRICT])
        await connection.execute(
            "INSERT INTO grid_cell (code, district, area)"
            " VALUES ($1, $2, ST_MakeEnvelope(118, 24, 119, 25, 4326))",
            f"{DISTRICT}001001001",
            DISTRICT,
        )
    member = next(each for each in everybody if each.login == "patrol-1")
    seen = PatrolReport(
        code="0506", lat=24.8, lon=118.57, words="单车占道", on_the_spot=True, answer_lost=True
    )
    async with httpx.AsyncClient(base_url=center.url, timeout=60) as http:
        desk = Desk(member, PASSWORD, http)
        number = await desk.report(seen, before=[picture("green"), picture("blue")], after=[picture("red")])
    assert [case["number"] for case in (await browser.fetch("/cases", opener="patrol-1"))["cases"]] == [
        number
    ]
    detail = await browser.fetch(f"/cases/{number}")
    assert detail["case"]["stage"] == "handled"
    shown = sorted((file["role"], file["shows"]) for file in detail["evidence"] if file["shows"])
    assert shown == [("finding", "far"), ("finding", "near")]
    assert sum(file["role"] == "after" for file in detail["evidence"]) == 1


async def test_acceptors_register_calls_and_call_back_when_the_case_has_ended(
    pool: Pool, center: Center, browser: Browser
) -> None:
    acceptor = [member for member in members() if member.role == "acceptor"]
    async with pool.acquire() as connection:
        await hire(connection, acceptor, POLICY, password_hash=hash_password(PASSWORD))
        await connection.execute(
            "INSERT INTO street (name, name_en, class, line) VALUES ('百花路', 'Baihua Road', 'lane',"
            " ST_GeomFromText('LINESTRING(118.6 24.9, 118.61 24.9)', 4326))"
        )
        await connection.execute(
            "INSERT INTO grid_cell (code, district, area)"
            " VALUES ('350582001001001', '350582', ST_MakeEnvelope(118.5, 24.8, 118.7, 25, 4326))"
        )
    # What a person outside the staff acts on is left to that person for a while.
    closer = msgspec.structs.replace(acceptor[0], login="li", role="leader")
    shift = shift_at(center, acceptor, known=[closer])
    work = asyncio.create_task(shift.work())
    try:

        async def called() -> bool:
            assert not work.done(), work.exception()
            return bool(await pool.fetchval("SELECT count(*) FROM report_caller WHERE call_back"))

        async def called_back() -> bool:
            """Whether a caller was called back; what others do to end the cases is done here."""
            for number in await pool.fetch("SELECT number FROM case_file WHERE closed_at IS NULL"):
                case = (await browser.fetch(f"/cases/{number['number']}"))["case"]
                await browser.act(
                    case["number"],
                    "force_close",
                    case["sequence"],
                    note="seen",
                    condition=case["condition"] or "1",
                )
            return bool(await pool.fetchval("SELECT count(*) FROM case_event WHERE action = 'call_back'"))

        await until(called)
        await until(called_back)
    finally:
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work
    assert await pool.fetchval("SELECT count(*) FROM audit_log WHERE action = 'caller.read'") >= 1
    assert (await pool.fetchval("SELECT description FROM case_file LIMIT 1")).startswith("百花路")

"""doctor's checks of real servers, and of missing ones."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from cases import PERSONS_ROLES, Role
from deploy.broker_probe import Login
from deploy.doctor import services
from deploy.doctor.case_policy import case_policy
from deploy.doctor.finding import Finding, Verdict
from deploy.installation import Installation
from deploy.servers.mosquitto import DOCTOR_DEVICE, DOCTOR_USER
from store.accounts import AccountChange, change_account
from store.connection import open_connection
from store.operators import set_operator
from store.people import WHOLE_CITY, Department, set_department
from tests.ports import free_port


def installation(**known: object) -> Installation:
    nowhere = free_port()
    return Installation(
        **{
            "source": "a test",
            "database_url": f"postgresql://u@127.0.0.1:{nowhere}/d",
            "broker_url": f"mqtt://127.0.0.1:{nowhere}",
            "doctor": Login(user=DOCTOR_USER, password=DOCTOR_USER),
            "doctor_device": Login(user=DOCTOR_DEVICE, password=DOCTOR_DEVICE),
            "evidence_url": "file:///nowhere",
            "metrics": {"ingest": ("127.0.0.1", nowhere)},
            "prometheus_url": None,
            "alertmanager_url": None,
            "live_s": 300.0,
            **known,
        }  # type: ignore[arg-type]
    )


def verdicts(findings: list[Finding]) -> dict[str, Verdict]:
    return {finding.check: finding.verdict for finding in findings}


async def test_a_database_of_this_release_is_well(database_url: str) -> None:
    await _add(database_url, "chief", Role.ADMINISTRATOR)
    findings = [one async for one in services.database(installation(database_url=database_url))]
    assert verdicts(findings) == dict.fromkeys(
        ("database", "clock", "locks", "schema", "database roles", "accounts"), Verdict.OK
    )


async def test_a_wrong_case_policy_is_named_and_so_is_a_rule_without_an_open_department(
    database_url: str, tmp_path: Path
) -> None:
    async def found() -> tuple[Verdict, str]:
        finding = await case_policy(installation(database_url=database_url, cases_folder=str(tmp_path)))
        return finding.verdict, finding.found

    assert (await found())[0] is Verdict.OK
    dispatch = tmp_path / "dispatch.csv"
    dispatch.write_text("code_set,category,code,condition,area,owner,department\n,,,,,,T42\n")
    verdict, text = await found()
    assert verdict is Verdict.DOUBTFUL
    assert "T42 (row 2); these rules propose nobody" in text
    connection = await open_connection(database_url, application="test")
    await set_department(connection, Department(code="T42", parent=WHOLE_CITY, name="夜巡队", name_en="n"))
    await connection.close()
    assert (await found())[0] is Verdict.OK
    dispatch.write_text("code_set,category,code,condition,area,owner,department\n,,5,,,,T42\n")
    verdict, text = await found()
    assert verdict is Verdict.WRONG
    assert "row 2, column code" in text


async def _add(database_url: str, login: str, *roles: Role) -> None:
    connection = await open_connection(database_url, application="test")
    try:
        await set_operator(connection, login=login, display_name=login, password_hash="x", roles=roles)
    finally:
        await connection.close()


async def test_an_account_with_every_role_is_named_until_it_has_fewer(database_url: str) -> None:
    async def last() -> Finding:
        *_, found = [one async for one in services.database(installation(database_url=database_url))]
        return found

    assert (await last()).found == "nobody can sign on"
    await _add(database_url, "li", *PERSONS_ROLES)
    found = await last()
    assert (found.check, found.verdict) == ("accounts", Verdict.DOUBTFUL)
    assert found.found.startswith("li may do everything")
    connection = await open_connection(database_url, application="test")
    try:
        await change_account(connection, "li", AccountChange(roles=[Role.ADMINISTRATOR, Role.LEADER]))
    finally:
        await connection.close()
    assert (await last()).verdict is Verdict.OK


async def test_a_program_that_works_as_the_tables_owner_is_named(database_url: str) -> None:
    ingest = await open_connection(database_url, application="streetwarden ingest")
    try:
        *_, last, _ = [one async for one in services.database(installation(database_url=database_url))]
    finally:
        await ingest.close()
    assert (last.check, last.verdict) == ("database roles", Verdict.DOUBTFUL)
    assert last.found.startswith("streetwarden ingest may do everything")


async def test_an_empty_database_wants_a_migration(empty_database_url: str) -> None:
    findings = [one async for one in services.database(installation(database_url=empty_database_url))]
    assert verdicts(findings)["schema"] is Verdict.WRONG
    assert findings[-1].remedy == "run: streetwarden db migrate"


def test_a_clock_that_is_off_is_noticed() -> None:
    now = time.time()
    server = datetime.fromtimestamp(now, UTC)
    assert services.clock(server, asked=now - 0.1, answered=now + 0.1).verdict is Verdict.OK
    late = services.clock(server - timedelta(minutes=2), asked=now - 0.1, answered=now + 0.1)
    assert late.verdict is Verdict.WRONG
    assert "differ by 119.9 s" in late.found


async def test_missing_servers_are_reported_with_the_remedy() -> None:
    findings = [one async for one in services.check(installation())]
    assert verdicts(findings) == {
        "database": Verdict.WRONG,
        "case policy": Verdict.OK,
        "broker": Verdict.WRONG,
        "evidence": Verdict.WRONG,
        "ingest": Verdict.WRONG,
        "Prometheus": Verdict.DOUBTFUL,
    }
    assert all(finding.remedy for finding in findings if finding.verdict is not Verdict.OK)


def test_a_folder_for_evidence_is_tried_and_left_as_it_was(tmp_path: Path) -> None:
    assert services.evidence(tmp_path.as_uri()).verdict is Verdict.OK
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("url", ["file:///proc", "gopher://x/y"])
def test_storage_that_takes_nothing_is_noticed(url: str) -> None:
    assert services.evidence(url).verdict is Verdict.WRONG


async def test_the_session_that_blocks_others_is_named(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "_LOCK_S", 0.1)
    settings = {"application_name": "a forgotten psql"}
    holder = await asyncpg.connect(database_url, server_settings=settings)
    waiter = await asyncpg.connect(database_url)
    asker = await asyncpg.connect(database_url)
    try:
        await holder.execute("BEGIN; LOCK TABLE position IN ACCESS EXCLUSIVE MODE")
        waiting = asyncio.create_task(waiter.execute("SELECT 1 FROM position LIMIT 1"))
        pid = holder.get_server_pid()
        finding = await services.locks(asker)
        while finding.verdict is Verdict.OK:
            await asyncio.sleep(0.05)
            finding = await services.locks(asker)
        assert finding.verdict is Verdict.WRONG
        assert f"session {pid} (" in finding.found
        assert "a forgotten psql" in finding.found
        assert finding.remedy.endswith(f"SELECT pg_terminate_backend({pid})")
        await holder.execute("ROLLBACK")
        await waiting
        assert (await services.locks(asker)).verdict is Verdict.OK
    finally:
        for connection in (holder, waiter, asker):
            connection.terminate()

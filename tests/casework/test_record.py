"""The record of cases: nothing written is changed, and whoever changes it all the same is found out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from casework.record import check_chains
from casework.summaries import rebuild
from store.connection import Pool
from tests.casework.cases import cover, report, stall, walk

pytestmark = pytest.mark.servers

DAMAGE = {
    "a note changed": ("UPDATE case_event SET note = 'moved on' WHERE sequence = 2", 2, "was changed"),
    "a field changed": (
        "UPDATE case_event SET sets = sets || '{\"closed_at\": null}' WHERE sequence = 3",
        3,
        "was changed",
    ),
    "an event taken out": ("DELETE FROM case_event WHERE sequence = 2", 2, "is missing; event 3"),
    "the newest taken out": ("DELETE FROM case_event WHERE sequence = 3", 3, "the case's summary counts it"),
    "all taken out": ("DELETE FROM case_event WHERE TRUE", 1, "all its events are missing"),
}


async def closed_case(pool: Pool) -> str:
    number = (await report(pool, stall())).number
    await walk(pool, number, "dispatch", 1, department="城管执法中队")
    await walk(pool, number, "cancel", 2, note="a delivery, “not” a stall: 送货")
    return number


@pytest.mark.parametrize(
    "change",
    ["UPDATE case_event SET note = 'x'", "DELETE FROM case_event", "TRUNCATE case_event"],
)
async def test_written_evidence_stays(pool: Pool, change: str) -> None:
    await closed_case(pool)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="only ever appended to"):
        await pool.execute(change)


async def test_an_event_without_the_one_before_it_is_refused(pool: Pool) -> None:
    change = await report(pool, stall())
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="has no event before it"):
        await pool.execute(
            "INSERT INTO case_event (case_id, sequence, at, actor, action) "
            "VALUES ($1, 3, now(), 'li', 'close')",
            change.case_id,
        )


@pytest.mark.parametrize("damage", DAMAGE)
async def test_a_change_of_the_record_is_found_and_named(pool: Pool, damage: str) -> None:
    sql, sequence, fault = DAMAGE[damage]
    number = await closed_case(pool)
    async with pool.acquire() as connection:
        whole = await check_chains(connection)
        assert (whole.cases, whole.events, whole.first_break) == (1, 3, None)
        await connection.execute("ALTER TABLE case_event DISABLE TRIGGER case_event_stays")
        await connection.execute(sql)
        found = (await check_chains(connection)).first_break
    assert found is not None
    assert (found.case, found.sequence) == (number, sequence)
    assert fault in found.fault


async def test_roots_find_what_was_written_anew_with_its_hashes(
    pool: Pool, database_url: str, tmp_path: Path
) -> None:
    roots = tmp_path / "roots"

    def verify(expected: int) -> dict[str, object]:
        done = subprocess.run(
            [sys.executable, "-c", "from deploy.command import main; main()", "cases", "verify", "--json",
             "--roots", str(roots), "--database-url", database_url],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == expected, done.stderr
        found: dict[str, object] = json.loads(done.stdout)
        return found

    await closed_case(pool)
    first = verify(0)
    assert (first["events"], first["fault"]) == (3, None)
    await report(pool, cover())
    verify(0)
    assert verify(0)["root"] is None
    assert [json.loads(line)["events"] for line in roots.read_text().splitlines()] == [3, 1]
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("ALTER TABLE case_event DISABLE TRIGGER case_event_stays")
        await connection.execute(
            "UPDATE case_event AS event SET note = 'nothing', hash = case_event_hash(before.hash, "
            "(event.case_id, event.sequence, event.at, event.actor, event.action, 'nothing', "
            "event.observed_at, event.incident_id, event.revision, event.evidence, event.event_id, "
            "event.sets, event.hash)::case_event) "
            "FROM case_event AS before WHERE before.case_id = event.case_id AND before.sequence = 2 "
            "AND event.sequence = 3"
        )
    found = verify(1)
    assert "is not that of the events up to 3" in str(found["fault"])


async def test_the_summaries_are_what_the_events_add_up_to(pool: Pool) -> None:
    await closed_case(pool)
    opened = cover()
    await report(pool, opened, digests=("ab" * 32,))
    await report(pool, cover())
    for number in range(35):
        await report(pool, stall(zone=f"zone-{number}"), source="box/box-2")

    async def tables() -> list[list[asyncpg.Record]]:
        return [
            await pool.fetch("SELECT * FROM case_file ORDER BY case_id"),
            await pool.fetch("SELECT * FROM case_incident ORDER BY incident_id"),
        ]

    before = await tables()
    await pool.execute("TRUNCATE case_file, case_incident")
    async with pool.acquire() as connection:
        done = [cases async for cases in rebuild(connection, at_once=10)]
    assert done == [10, 20, 30, 37]
    assert await tables() == before

"""A database of an earlier release keeps every case and its history."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest

from casework.record import check_chains
from casework.summaries import rebuild
from store.case_history import history
from store.connection import open_connection
from store.migrate import migrate, shipped

pytestmark = pytest.mark.servers

DUMP: Final = Path(__file__).parent / "upgrades" / "cases_at_0014.sql"
AT_0014: Final = "SELECT * FROM case_file ORDER BY number"
EVENTS_AT_0014: Final = "SELECT * FROM case_event ORDER BY case_id, sequence"


async def test_cases_in_every_stage_keep_what_they_were(empty_database_url: str) -> None:
    await migrate(empty_database_url, migrations=shipped()[:14])
    connection = await open_connection(empty_database_url, application="test")
    try:
        await connection.execute(DUMP.read_text(encoding="utf-8"))
        cases = await connection.fetch(AT_0014)
        events = await connection.fetch(EVENTS_AT_0014)
        incidents = await connection.fetch("SELECT * FROM case_incident ORDER BY incident_id")
        assert {row["stage"] for row in cases} == {
            "opened", "dispatched", "handled", "checked", "closed", "cancelled",
        }  # fmt: skip
        await migrate(empty_database_url)
        await connection.reload_schema_state()

        await _same(cases, await connection.fetch(AT_0014))
        await _same(events, await connection.fetch(EVENTS_AT_0014))
        assert await connection.fetch("SELECT * FROM case_incident ORDER BY incident_id") == incidents
        for case in cases:
            stages = [event["stage"] for event in events if event["case_id"] == case["case_id"]]
            told = await history(connection, case["case_id"])
            assert _stages(told) == stages
        assert (await check_chains(connection)).first_break is None

        upgraded = await connection.fetch(AT_0014)
        await connection.execute("TRUNCATE case_file, case_incident")
        async for _ in rebuild(connection):
            pass
        assert await connection.fetch(AT_0014) == upgraded
        assert await connection.fetch("SELECT * FROM case_incident ORDER BY incident_id") == incidents
    finally:
        await connection.close()


def _stages(told: list[Any]) -> list[str]:
    stage, found = "", []
    for event in told:
        stage = event.sets.get("stage", stage)
        found.append(stage)
    return found


async def _same(before: list[asyncpg.Record], after: list[asyncpg.Record]) -> None:
    """Every row is there with every value that it had in a column that is still there."""
    assert len(after) == len(before)
    for old, new in zip(before, after, strict=True):
        kept = set(old.keys()) & set(new.keys())
        assert {name: new[name] for name in kept} == {name: old[name] for name in kept}

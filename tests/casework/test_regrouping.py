"""Splitting a case and merging two: incidents move, histories stay, and what is said later follows them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from cases import ActionRefusedError, Role
from casework import CaseChange, Change
from casework.summaries import rebuild
from store.connection import Pool
from tests.casework.acting import EVERYBODY
from tests.casework.cases import NOON, report, row, stall, walk
from wire.messages import Incident, Phase, as_datetime

pytestmark = pytest.mark.servers


async def stored(pool: Pool, incident: Incident) -> CaseChange:
    """Report an incident that has its row and a picture, as ingest writes them."""
    await pool.execute(
        "INSERT INTO incident (incident_id, revision, phase, type, source, district, observed_at, began_at, "
        "received_at, place, camera, zone, confidence) VALUES ($1, $2, $3, $4, 'box/box-1', '350582', "
        "$5, $6, $6, ST_SetSRID(ST_MakePoint($7, $8), 4326), $9, $10, 0.9)",
        incident.incident_id, incident.revision, str(incident.phase), incident.type,
        as_datetime(incident.observed_at), NOON, incident.lon, incident.lat, incident.camera, incident.zone,
    )  # fmt: skip
    digest = f"{incident.incident_id.int % 16**8:062x}{incident.revision:02x}"
    await pool.execute(
        "INSERT INTO evidence (digest, incident_id, revision, role, media_type, size_bytes, taken_at, "
        "received_at) VALUES ($1, $2, $3, 'finding', 'image/jpeg', 9, $4, $4)",
        digest, incident.incident_id, incident.revision, NOON,
    )  # fmt: skip
    return await report(pool, incident, digests=(digest,))


async def belongs(pool: Pool) -> dict[UUID, str]:
    rows = await pool.fetch("SELECT incident_id, number FROM case_incident JOIN case_file USING (case_id)")
    return {found["incident_id"]: found["number"] for found in rows}


async def expect_rebuilt_the_same(pool: Pool) -> None:
    async def tables() -> list[Any]:
        return [
            await pool.fetch("SELECT * FROM case_file ORDER BY case_id"),
            await pool.fetch("SELECT * FROM case_incident ORDER BY incident_id"),
        ]

    before = await tables()
    await pool.execute("TRUNCATE case_file, case_incident")
    async with pool.acquire() as connection:
        async for _ in rebuild(connection):
            pass
    assert await tables() == before


async def test_an_incident_that_is_split_off_has_a_case_of_its_own_and_is_not_joined_again(
    pool: Pool,
) -> None:
    first, second = stall(), stall(camera="c2", zone="z9")
    opened = await stored(pool, first)
    assert (await stored(pool, second)).number == opened.number
    await walk(pool, opened.number, "split", 2, incidents=(second.incident_id,), note="another vendor")
    new = (await belongs(pool))[second.incident_id]
    assert new != opened.number
    found = await pool.fetchrow("SELECT * FROM case_summary WHERE number = $1", new)
    assert found is not None
    assert (found["split_from"], found["camera"], found["stage"], found["reports"]) == (
        opened.number, "c2", "opened", 1,
    )  # fmt: skip
    ended = stall(second.incident_id, camera="c2", zone="z9", revision=2, phase=Phase.ENDED,
                  observed_at=NOON.timestamp() + 60)  # fmt: skip
    change = await stored(pool, ended)
    assert (change.change, change.number) == (Change.RESTORED, new)
    assert (await row(pool, opened))["restored_at"] is None
    await expect_rebuilt_the_same(pool)


async def test_what_is_split_must_be_of_the_case_and_leave_something(pool: Pool) -> None:
    first, other = stall(), stall(zone="pavement-2")
    opened = await stored(pool, first)
    await stored(pool, other)
    with pytest.raises(ActionRefusedError, match="has no incident"):
        await walk(pool, opened.number, "split", 1, incidents=(other.incident_id,))
    with pytest.raises(ActionRefusedError, match="the case would have no incident left"):
        await walk(pool, opened.number, "split", 1, incidents=(first.incident_id,))
    assert await pool.fetchval("SELECT count(*) FROM case_event") == 2


async def test_a_merged_case_gives_its_incidents_to_the_other_which_hears_of_them(pool: Pool) -> None:
    kept, merged = stall(), stall(zone="pavement-2")
    into, gone = await stored(pool, kept), await stored(pool, merged)
    stage = await walk(pool, gone.number, "merge", 1, into=into.number, note="one long stall")
    assert stage == "merged"
    assert set((await belongs(pool)).values()) == {into.number}
    found = await row(pool, gone)
    assert (found["merged_into"], found["ended_as"]) == (into.number, "merged")
    assert (await row(pool, into))["join_reason"] == {"same": "merged", "from": gone.number}
    changed = stall(merged.incident_id, zone="pavement-2", revision=2, phase=Phase.CHANGED)
    assert (await stored(pool, changed)).number == into.number
    with pytest.raises(ActionRefusedError, match="has ended"):
        await walk(pool, into.number, "merge", 3, into=gone.number)
    await expect_rebuilt_the_same(pool)


async def test_nobody_merges_into_a_case_that_they_may_not_read(pool: Pool) -> None:
    into, gone = await stored(pool, stall()), await stored(pool, stall(zone="pavement-2"))
    await pool.execute(
        "UPDATE case_file SET district = '350583' WHERE number = $1", into.number
    )  # what is decided is decided on the events: the other case must be elsewhere there too
    await pool.execute("ALTER TABLE case_event DISABLE TRIGGER case_event_stays")
    await pool.execute(
        "UPDATE case_event SET sets = jsonb_set(sets, '{district}', '\"350583\"') WHERE case_id = $1",
        into.case_id,
    )
    own = replace(EVERYBODY, districts=frozenset({"350582"}))
    for other in (into.number, "SW209901010001"):
        with pytest.raises(ActionRefusedError) as refused:
            await walk(pool, gone.number, "merge", 1, into=other, actor=own)
        assert (refused.value.code, str(refused.value)) == (
            "no_case_into", f"there is no case {other}; name the one that goes on",
        )  # fmt: skip
    looks_on = replace(own, roles=frozenset({Role.DISPATCHER, Role.INSPECTOR}), districts=frozenset())
    assert await walk(pool, gone.number, "merge", 1, into=into.number, actor=looks_on) == "merged"


async def test_two_who_merge_cases_into_each_other_at_once_do_not_wait_for_ever(pool: Pool) -> None:
    numbers = [(await stored(pool, stall(zone=zone))).number for zone in ("a", "b")]
    async with asyncio.timeout(20):
        outcomes = await asyncio.gather(
            walk(pool, numbers[0], "merge", 1, into=numbers[1]),
            walk(pool, numbers[1], "merge", 1, into=numbers[0]),
            return_exceptions=True,
        )
    assert outcomes.count("merged") == 1
    await expect_rebuilt_the_same(pool)

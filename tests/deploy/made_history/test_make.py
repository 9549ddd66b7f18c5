"""The past of the simulated city: complete histories with any workflow, only in a database without cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

import pytest
import pytest_asyncio

from cases import CasePolicy
from cases.workflow import load_workflow
from casework.record import check_chains
from city.people.staff import staff
from deploy.made_history import make_history
from deploy.made_history.problems import Place, Places, problems
from deploy.made_history.writing import Pictures
from store.case_evidence import EvidenceRole, KeptFile
from store.connection import Connection, open_connection
from tests.city.people.hiring import hire

pytestmark = pytest.mark.servers

END: Final = datetime(2026, 11, 27, 4, tzinfo=UTC)  # a Friday noon in the city
START: Final = END - timedelta(days=3)
POLICY: Final = CasePolicy.load()
STAFF: Final = staff(1, [(each.code or name, name) for name, each in POLICY.departments.items()])


def place(number: int, **more: str) -> Place:
    return Place(district="350582", lon=118.6 + number * 0.002, lat=24.9, **more)


PLACES: Final = Places(
    cameras=[place(number, camera=f"cam-{number}", zone="walk-1") for number in range(8)],
    covers=[place(number, component=f"350582010200{number:04}") for number in range(10, 30)],
    sensors=[place(40, component="3505820102000040", sensor="s40")],
    streets=[place(number) for number in range(50, 90)],
)


def kept(role: EvidenceRole, digit: str) -> list[KeptFile]:
    return [KeptFile(digest=digit * 64, role=role, media_type="image/jpeg", size_bytes=9)]


PICTURES: Final = Pictures(finding=kept(EvidenceRole.FINDING, "a"), after=kept(EvidenceRole.AFTER, "b"))


@pytest_asyncio.fixture
async def connection(database_url: str) -> AsyncIterator[Connection]:
    connection = await open_connection(database_url, application="test")
    await hire(connection, STAFF, POLICY)
    yield connection
    await connection.close()


async def made(connection: Connection, policy: CasePolicy = POLICY) -> int:
    return await make_history(
        connection,
        places=PLACES,
        staff=STAFF,
        pictures=PICTURES,
        policy=policy,
        seed=3,
        start=START,
        end=END,
        tell=lambda _: None,
    )


@pytest.mark.parametrize("workflow", ["small", "full"])
async def test_the_past_is_one_that_the_domain_has_written(connection: Connection, workflow: str) -> None:
    policy = replace(POLICY, workflow=load_workflow(None, workflow))
    cases = await made(connection, policy)
    assert cases > 30
    chains = await check_chains(connection)
    assert (chains.cases, chains.first_break) == (cases, None)
    times = await connection.fetch("SELECT case_id, at FROM case_event ORDER BY case_id, sequence")
    assert all(START <= row["at"] < END for row in times)
    assert all(
        one["at"] <= other["at"] for one, other in pairwise(times) if one["case_id"] == other["case_id"]
    )
    stages = Counter(row["stage"] for row in await connection.fetch("SELECT stage FROM case_file"))
    assert stages["closed"] > cases / 3
    assert len(stages) > 2  # something is left to do
    acts = Counter(row["action"] for row in await connection.fetch("SELECT action FROM case_event"))
    assert acts["dispatch"] >= acts["close"] * 0.8
    assert acts["rework"] > 0
    assert acts["clock_ran_out"] > 0
    actors = {row["actor"] for row in await connection.fetch("SELECT DISTINCT actor FROM case_event")}
    assert {each for each in actors if "/" not in each} <= {member.login for member in STAFF}


async def test_a_database_with_cases_gets_no_past(connection: Connection) -> None:
    assert await made(connection) > 0
    before = await connection.fetchval("SELECT count(*) FROM case_event")
    assert await made(connection) == 0
    assert await connection.fetchval("SELECT count(*) FROM case_event") == before


def test_the_same_seed_has_the_same_problems_in_order_and_fewer_by_night() -> None:
    found = list(problems(5, PLACES, start=START - timedelta(days=30), end=END, zone=POLICY.calendar.zone))
    again = list(problems(5, PLACES, start=START - timedelta(days=30), end=END, zone=POLICY.calendar.zone))
    assert found == again
    assert [each.told_at for each in found] == sorted(each.told_at for each in found)
    by_hour = Counter(each.told_at.astimezone(POLICY.calendar.zone).hour for each in found)
    assert sum(by_hour[hour] for hour in range(5)) < sum(by_hour[hour] for hour in range(9, 14)) / 3
    assert {each.source for each in found} == {"camera", "sensor", "patrol", "hotline"}

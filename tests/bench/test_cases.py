"""`scripts/bench cases` in its short form: few cases, few people, a few seconds."""

from __future__ import annotations

import pytest

from bench.cases.command import measure

pytestmark = [pytest.mark.servers, pytest.mark.timeout(180)]


async def test_people_who_act_at_once_lose_no_event_and_reach_no_impossible_state(database_url: str) -> None:
    found = await measure(
        database_url,
        cases=400,
        still_open=100,
        questions=1,
        openings=5,
        actors=24,
        seconds=3,
        min_actions=40,
        say=lambda _: None,
    )
    acted = found["acting"]
    assert found["faults"] == 0, acted
    assert acted["actions"] >= 40
    assert {"stale_sequence", "not_allowed"} <= set(acted["refused"]), "they do get in each other's way"
    assert found["cases"] == 400
    assert found["events"] > 1600
    assert set(found["lists"]) > {"queues", "overdue", "words that many have"}

"""What rules found, listed and live, and the cases that people open from it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from store.connection import Pool
from store.queries import load
from tests.center.conftest import StartCenter
from tests.center.running import DISTRICT, Browser, Center, move, report, say_status, stall

pytestmark = pytest.mark.servers

COVER = "3505820114000001"
_SQL = load("ingest")


def now() -> datetime:
    return datetime.now(UTC)


async def find(
    pool: Pool, key: str = "vehicle/v1", *, at: datetime | None = None, place: bool = True, **more: Any
) -> dict[str, Any]:
    """What ingest writes when a rule finds something; its reference."""
    kind, identity = key.split("/")
    row = {"rule": "too_fast", "watches": "speed", "area": "", "phase": "begun", "value": 31.5} | more
    time = at or now()
    async with pool.acquire() as connection, connection.transaction():
        known = await connection.fetch(_SQL["know_entities"], [kind], [identity], [DISTRICT])
        await connection.execute(
            "INSERT INTO rule_event "
            "(entity_id, time, decided_at, received_at, rule, watches, area, phase, lat, lon, value) "
            "VALUES ($1, $2, $2, now(), $3, $4, $5, $6, $7, $8, $9)",
            known[0]["entity_id"], time, row["rule"], row["watches"], row["area"], row["phase"],
            24.91 if place else None, 118.61 if place else None, row["value"],
        )  # fmt: skip
        await connection.execute(load("rule_events")["announce"])
    return {
        "kind": kind, "id": identity, "rule": row["rule"], "area": row["area"], "phase": row["phase"],
        "time": time.isoformat(),
    }  # fmt: skip


async def open_case(browser: Browser, reference: dict[str, Any], **more: Any) -> httpx.Response:
    return await browser.client.post(
        "/api/v1/cases",
        json={"rule_event": reference, "type": "stall", **more},
        headers={"X-CSRF-Token": browser.csrf},
    )


def period() -> dict[str, str]:
    return {
        "begin": (datetime.now(UTC) - timedelta(hours=1)).isoformat(),
        "end": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
    }


async def test_findings_are_listed_by_what_is_asked_for(browser: Browser, pool: Pool) -> None:
    await find(pool)
    await find(pool, phase="ended", at=now() + timedelta(seconds=1))
    await find(pool, "person/p1", rule="here", watches="fence", area="plaza")
    async with pool.acquire() as connection:
        await say_status(connection, "vehicle/v1", {"name": "公交车01"})

    async def listed(**chosen: str) -> list[tuple[str, str, str | None]]:
        found = (await browser.fetch("/history/events", **period(), **chosen))["events"]
        return [(event["id"], event["phase"], event["name"]) for event in found]

    assert await listed(kind="person") == [("p1", "begun", None)]
    assert await listed(watches="speed") == [("v1", "ended", "公交车01"), ("v1", "begun", "公交车01")]
    assert await listed(phase="ended") == [("v1", "ended", "公交车01")]
    assert await listed(kind="person", watches="speed") == []
    assert (await browser.get("/history/events", params={**period(), "phase": "x"})).status_code == 422


async def test_what_rules_find_comes_over_the_live_feed_and_again_with_its_case(
    browser: Browser, pool: Pool
) -> None:
    await find(pool, "vehicle/old", at=now() - timedelta(minutes=1))
    async with browser.live() as live:
        await live.until(  # in the snapshot, or just after it
            lambda live: (
                {event["id"] for each in live.messages for event in each.get("rule_events", [])} == {"old"}
            )
        )
        reference = await find(pool)

        def told(case_number: str | None) -> bool:
            return any(
                (event["id"], event["case_number"]) == ("v1", case_number)
                for message in live.messages[1:]
                for event in message["rule_events"]
            )

        await live.until(lambda _: told(None))
        number = (await open_case(browser, reference)).json()["case"]["number"]
        await live.until(lambda _: told(number))
        await live.until(lambda live: number in live.cases)


async def test_a_person_opens_a_case_from_a_finding(browser: Browser, pool: Pool) -> None:
    reference = await find(pool, area="plaza")
    answer = await open_case(browser, reference, note="  看过录像  ")
    assert answer.status_code == 201, answer.text
    case, events, incidents = (answer.json()[part] for part in ("case", "events", "incidents"))
    assert (case["type"], case["stage"], case["lat"], case["lon"]) == ("stall", "opened", 24.91, 118.61)
    assert [(event["actor"], event["action"]) for event in events] == [("li", "open")]
    assert events[0]["note"] == "vehicle/v1 · too_fast · plaza\n看过录像"
    assert (incidents[0]["source"], incidents[0]["zone"]) == ("operator/li", "plaza")
    listed = (await browser.fetch("/history/events", **period()))["events"]
    assert [event["case_number"] for event in listed] == [case["number"]]
    stepped = await browser.act(case["number"], "cancel", 1, note="x")
    assert stepped.status_code == 200, "it is a case like any other"


async def test_a_finding_has_one_case_however_often_it_is_opened(
    center: Center, browser: Browser, pool: Pool
) -> None:
    reference = await find(pool)
    answers = await asyncio.gather(*(open_case(browser, reference) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.json()["case"]["number"] for answer in answers}) == 1
    assert len((await browser.fetch("/cases"))["cases"]) == 1
    other = await open_case(browser, await find(pool, at=now() + timedelta(seconds=1)))
    assert other.status_code == 201, "the next one is another problem"


async def test_a_case_that_the_rule_opened_is_the_findings_case(browser: Browser, pool: Pool) -> None:
    incident = stall()
    change = await report(pool, incident)
    reference = await find(pool)
    await pool.execute("UPDATE rule_event SET incident_id = $1", incident.incident_id)
    answer = await open_case(browser, reference)
    assert (answer.status_code, answer.json()["case"]["number"]) == (200, change.number)


async def test_a_sensors_finding_joins_the_open_case_of_its_component(browser: Browser, pool: Pool) -> None:
    await pool.execute(
        "INSERT INTO component (code, code_set, class, place) "
        "VALUES ($1, 'A', '0114', ST_GeomFromText('POINT(118.62 24.92)', 4326))",
        COVER,
    )
    change = await report(pool, stall(type="cover_missing", component=COVER, camera=None, zone=None))
    reference = await find(pool, "device/s1", place=False, watches="telemetry")
    async with pool.acquire() as connection:
        await say_status(connection, "device/s1", {"component": COVER})
    answer = await open_case(browser, reference, type="cover_missing")
    assert answer.json()["case"]["number"] == change.number
    assert [event["action"] for event in answer.json()["events"]] == ["open", "join"]
    own = await open_case(
        browser, await find(pool, "device/s1", place=False, watches="telemetry"), type="telemetry"
    )
    assert (own.json()["case"]["lat"], own.json()["case"]["component"]) == (24.92, COVER)


async def test_without_a_place_of_its_own_the_entitys_newest_place_counts(
    browser: Browser, pool: Pool
) -> None:
    reference = await find(pool, place=False, watches="offline")
    nowhere = await open_case(browser, reference)
    assert (nowhere.status_code, nowhere.json()["code"]) == (422, "no_place")
    async with pool.acquire() as connection:
        await move(connection, "vehicle/v1", lat=24.95)
    assert (await open_case(browser, reference, type="offline")).json()["case"]["lat"] == 24.95


REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], int, str]] = {
    "a finding that isn't there": ({"rule": "other"}, {}, 404, "no_rule_event"),
    "another moment": ({"time": "2026-11-24T04:00:00Z"}, {}, 404, "no_rule_event"),
    "a type that isn't there": ({}, {"type": "burn"}, 422, "no_incident_type"),
    "a kind that isn't there": ({"kind": "ufo"}, {}, 422, "invalid"),
    "a time without a zone": ({"time": "2026-11-24T04:00:00"}, {}, 422, "invalid"),
    "a field that isn't known": ({}, {"force": True}, 422, "invalid"),
    "a note with NUL": ({}, {"note": "a\0b"}, 422, "invalid"),
}


async def test_what_is_not_possible_opens_nothing(browser: Browser, pool: Pool) -> None:
    reference = await find(pool)
    for what, (change, more, status, code) in REFUSED.items():
        answer = await open_case(browser, reference | change, **more)
        assert (answer.status_code, answer.json()["code"]) == (status, code), what
    browser.csrf = "guessed"
    assert (await open_case(browser, reference)).status_code == 403
    assert (await browser.fetch("/cases"))["cases"] == []
    assert await pool.fetchval("SELECT count(*) FROM incident") == 0


async def test_nobody_opens_a_case_who_is_not_signed_on(start_center: StartCenter, pool: Pool) -> None:
    center: Center = await start_center()
    reference = await find(pool)
    async with center.browser(None) as stranger:
        assert (await open_case(stranger, reference)).status_code == 401


async def test_the_types_that_a_case_may_have_are_those_of_the_policy(browser: Browser) -> None:
    types = {each["type"]: each["title"] for each in (await browser.fetch("/incident-types"))["types"]}
    assert types["cover_missing"] == "井盖缺失"

"""Stills and clips of drones, body and dash cameras become evidence of a case, or a report that waits."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from store.connection import Pool
from tests.center.open311.test_geo_report import add_cell
from tests.center.pictures.test_geotag import picture
from tests.center.running import DISTRICT, POLICY, Browser, report, stall

pytestmark = pytest.mark.servers

CLIP = b"\x00\x00\x00\x18ftypisom" + bytes(200)


def taken(lat: float, at: datetime | None = None, *, lon: float = 118.6) -> bytes:
    at = at or datetime.now(UTC)
    minutes = (lat % 1) * 60
    east = (lon % 1) * 60
    return picture(
        {
            1: "N", 2: (float(int(lat)), float(int(minutes)), (minutes % 1) * 60),
            3: "E", 4: (float(int(lon)), float(int(east)), (east % 1) * 60),
            29: f"{at:%Y:%m:%d}", 7: (float(at.hour), float(at.minute), float(at.second)),
        }
    )  # fmt: skip


async def send(browser: Browser, *files: bytes, **said: Any) -> httpx.Response:
    return await browser.client.post(
        "/api/v1/geotagged-files",
        data={"geotagged": json.dumps(said)},
        files=[("files", (f"{place}.jpg", data)) for place, data in enumerate(files)],
        headers={"X-CSRF-Token": browser.csrf},
    )


async def test_a_still_becomes_evidence_of_the_nearest_open_case_whatever_it_is_about(
    browser: Browser, pool: Pool
) -> None:
    await add_cell(pool)
    nearest = await report(pool, stall(lat=24.9))
    await report(pool, stall(lat=24.9002, type="goods", zone="other"))
    seen = await pool.fetchval("SELECT seen_at FROM case_file WHERE number = $1", nearest.number)
    still = taken(24.90005)
    answer = await send(browser, still, taken(24.95))
    assert answer.status_code == 200, answer.text
    first, second = answer.json()["files"]
    assert (first["number"], first["joined"], first["refused"]) == (nearest.number, True, None)
    assert (second["joined"], second["number"] is None) == (False, False)
    detail = await browser.fetch(f"/cases/{nearest.number}")
    assert detail["events"][-1]["sets"]["join_reason"]["problem_class"] == "geotagged"
    assert len(detail["evidence"]) == 1
    assert await pool.fetchval("SELECT seen_at FROM case_file WHERE number = $1", nearest.number) == seen
    waiting = (await browser.fetch("/cases", queue="acceptors"))["cases"]
    assert [(case["number"], case["source"]) for case in waiting] == [(second["number"], "geotagged")]
    repeated = (await send(browser, still)).json()["files"][0]
    assert (repeated["number"], repeated["joined"]) == (nearest.number, True)
    events = (await browser.fetch(f"/cases/{nearest.number}"))["events"]
    assert len(events) == len(detail["events"]), "the same file again changes nothing"


async def test_each_file_is_refused_by_itself_with_its_reason(browser: Browser, pool: Pool) -> None:
    await add_cell(pool)
    now = datetime.now(UTC)
    answer = await send(
        browser, picture({}), taken(24.9, now + timedelta(hours=3)), taken(-40.0 % 90), CLIP, taken(24.9)
    )
    assert answer.status_code == 200, answer.text
    found = answer.json()["files"]
    reasons = ["where it was taken", "future", "outside this city", "a clip does not say"]
    for said, each in zip(reasons, found[:4], strict=True):
        assert said in each["refused"]
        assert each["number"] is None
    assert found[4]["refused"] is None
    clip = await send(browser, CLIP, lat=24.9, lon=118.6, taken_at=now.isoformat())
    (of_clip,) = clip.json()["files"]
    assert (of_clip["number"], of_clip["joined"]) == (found[4]["number"], True)
    for wrong in ({"lat": 24.9}, {"time_zone": "../../etc/passwd"}, {"time_zone": "Nowhere"}, {"x": 1}):
        assert (await send(browser, taken(24.9), **wrong)).status_code == 422, wrong


async def test_one_that_a_device_sends_over_mqtt_goes_the_same_way(browser: Browser, pool: Pool) -> None:
    case = await report(pool, stall(lat=24.9))
    still = {"type": "geotagged", "camera": None, "zone": None}
    joined = await report(pool, stall(**still, lat=24.9001))
    assert joined.number == case.number
    alone = await report(pool, stall(**still, lat=24.93))
    row = await pool.fetchrow(
        "SELECT source, opened_at, holder FROM case_file WHERE number = $1", alone.number
    )
    assert row is not None
    assert (row["source"], row["opened_at"], row["holder"]) == ("geotagged", None, "acceptors")
    late = await report(
        pool, stall(**still, lat=24.9001, observed_at=datetime.now(UTC).timestamp() - 3 * 86_400)
    )
    assert late.number not in {case.number, alone.number}, "a day before the case was heard of"
    assert POLICY.geotagged.within == timedelta(days=1)
    assert DISTRICT == "350582"

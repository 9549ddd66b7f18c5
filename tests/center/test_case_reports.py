"""What people report, and the files that they send with it and with what they do."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
from PIL import Image

from store.connection import Pool
from tests.center.running import Browser, Center, report, stall

pytestmark = pytest.mark.servers

DISTRICT = "350582"
HOTLINE: dict[str, Any] = {
    "source": "hotline", "code": "0501", "lat": 24.9, "lon": 118.6, "district": DISTRICT,
    "title": "路口有摊贩", "description": "占道经营", "level": "ordinary",
    "caller": {"name": "陈先生", "telephone": "138 0000 0000", "call_back": True},
}  # fmt: skip


def picture(colour: str = "red", form: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(out, form)
    return out.getvalue()


class Desk:
    """Sends reports and actions, with files or without."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    async def send(
        self, path: str, part: str, body: dict[str, Any], *files: tuple[str, bytes], key: str | None = None
    ) -> httpx.Response:
        headers = {"X-CSRF-Token": self.browser.csrf, **({"Idempotency-Key": key} if key else {})}
        if not files:
            return await self.browser.client.post(f"/api/v1{path}", json=body, headers=headers)
        return await self.browser.client.post(
            f"/api/v1{path}",
            data={part: json.dumps(body)},
            files=[(name, (f"{name}.jpg", data, "application/x-what-it-says")) for name, data in files],
            headers=headers,
        )

    async def report(
        self, *files: tuple[str, bytes], key: str | None = None, **changes: Any
    ) -> httpx.Response:
        return await self.send("/cases", "report", {**HOTLINE, **changes}, *files, key=key)

    async def act(
        self,
        detail: dict[str, Any],
        action: str,
        *files: tuple[str, bytes],
        key: str | None = None,
        **more: Any,
    ) -> httpx.Response:
        case = detail["case"]
        body = {"action": action, "expected_sequence": case["sequence"], **more}
        return await self.send(f"/cases/{case['number']}/actions", "action", body, *files, key=key)


@pytest.fixture
def desk(browser: Browser) -> Desk:
    return Desk(browser)


async def test_a_report_of_the_hotline_waits_for_an_acceptor_with_its_pictures(desk: Desk) -> None:
    answer = await desk.report(("files", picture()), ("before", picture("blue", "PNG")))
    assert answer.status_code == 201, answer.text
    detail = answer.json()
    case = detail["case"]
    assert (case["title"], case["source"], case["code"], case["level"]) == (
        "路口有摊贩",
        "hotline",
        "0501",
        "ordinary",
    )
    assert (case["holder"], case["opened_at"], case["opener"]) == ("acceptors", None, "li")
    assert case["deadline_at"] is not None, "the clock of accepting runs"
    by_role = {file["role"]: file for file in detail["evidence"]}
    assert {role: file["media_type"] for role, file in by_role.items()} == {
        "finding": "image/jpeg",
        "before": "image/png",
    }
    assert case["picture"] == by_role["finding"]["digest"]
    assert detail["events"][0]["evidence"] == [
        file["digest"] for file in (by_role["finding"], by_role["before"])
    ]
    assert detail["events"][0]["actor_name"] == "Operator li"
    assert [caller["has_telephone"] for caller in detail["callers"]] == [True]
    for size, media_type in (("full", "image/png"), ("thumbnail", "image/jpeg")):
        got = await desk.browser.get(f"/evidence/{by_role['before']['digest']}", params={"size": size})
        assert (got.status_code, got.headers["content-type"]) == (200, media_type)
    listed = await desk.browser.fetch("/cases", queue="acceptors")
    assert [each["number"] for each in listed["cases"]] == [case["number"]]


async def test_a_report_is_taken_in_once_however_often_a_phone_repeats_it(desk: Desk, pool: Pool) -> None:
    key = str(uuid4())
    answers = await asyncio.gather(*(desk.report(("files", picture()), key=key) for _ in range(2)))
    answers += [await desk.report(("files", picture()), key=key)]
    assert {answer.json()["case"]["number"] for answer in answers} == {answers[0].json()["case"]["number"]}
    assert sorted(answer.status_code for answer in answers) == [200, 200, 201]
    async with pool.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM case_event") == 1
    other = await desk.report(key=key, title="something else")
    assert (other.status_code, other.json()["code"]) == (409, "reused_key")


async def test_a_report_of_what_a_camera_sees_already_joins_its_case(desk: Desk, pool: Pool) -> None:
    change = await report(pool, stall())
    joined = await desk.report()
    assert joined.status_code == 200
    detail = joined.json()
    assert detail["case"]["number"] == change.number
    assert [event["action"] for event in detail["events"]] == ["open", "join"]
    assert detail["events"][1]["sets"]["join_reason"]["same"] == "near"
    elsewhere = await desk.report(lat=24.95)
    assert elsewhere.status_code == 201


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"source": "camera"}, 422, "invalid"),
        ({"code": None}, 422, "invalid"),
        ({"type": "stall"}, 422, "invalid"),
        ({"code": None, "type": "unheard_of"}, 422, "no_incident_type"),
        ({"code": "9999"}, 422, "invalid"),
        ({"condition": "no-such"}, 422, "invalid"),
        ({"district": None, "lat": -40.0}, 422, "no_district"),
        ({"lat": 91}, 422, "invalid"),
        ({"title": "\0"}, 422, "invalid"),
        ({"caller": {"telephone": "javascript:"}}, 422, "invalid"),
        ({"component": "12"}, 422, "invalid"),
        ({"unknown": 1}, 422, "invalid"),
    ],
)
async def test_a_report_that_cannot_be_taken_in_is_refused_and_nothing_is_written(
    desk: Desk, pool: Pool, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = await desk.report(**changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    async with pool.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM incident") == 0


async def test_pictures_of_what_was_done_stand_beside_those_of_the_problem(
    desk: Desk, pool: Pool, center: Center
) -> None:
    change = await report(pool, stall())
    detail = await desk.browser.fetch(f"/cases/{change.number}")
    detail = (await desk.act(detail, "dispatch", department="城管执法中队")).json()
    key = str(uuid4())
    handled = await desk.act(
        detail, "handle", ("files", picture("green")), ("before", picture("blue")), key=key
    )
    assert handled.status_code == 200, handled.text
    files = {file["role"]: file for file in handled.json()["evidence"]}
    assert set(files) == {"after", "before"}
    assert (files["after"]["actor"], files["after"]["incident_id"]) == ("li", None)
    event = handled.json()["events"][-1]
    assert event["evidence"] == [files["after"]["digest"], files["before"]["digest"]]
    repeated = await desk.act(
        detail, "handle", ("files", picture("green")), ("before", picture("blue")), key=key
    )
    assert repeated.status_code == 200
    assert repeated.json() == handled.json()
    assert await center.evidence.get(files["after"]["digest"]) == picture("green")


async def test_files_that_are_not_what_they_say_are_refused_and_the_case_stays(
    desk: Desk, pool: Pool
) -> None:
    change = await report(pool, stall())
    detail = await desk.browser.fetch(f"/cases/{change.number}")
    for data in (b"<script>alert(1)</script>", picture()[:200], b"\xff\xd8\xff" + bytes(100)):
        answer = await desk.act(detail, "cancel", ("files", data), note="x")
        assert (answer.status_code, answer.json()["code"]) == (415, "media_type"), answer.text
    nowhere = await desk.act(
        {"case": {"number": "SW209911110001", "sequence": 1}}, "cancel", ("files", picture()), note="x"
    )
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "no_case")
    assert (await desk.browser.fetch(f"/cases/{change.number}"))["case"]["sequence"] == detail["case"][
        "sequence"
    ]


async def test_a_stranger_sends_no_file_and_reads_why(center: Center, pool: Pool) -> None:
    change = await report(pool, stall())
    async with center.browser(None) as stranger:
        answer = await stranger.client.post(
            f"/api/v1/cases/{change.number}/actions",
            data={"action": "{}"},
            files=[("files", ("x.jpg", picture() + bytes(9_000_000), "image/jpeg"))] * 5,
        )
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_on")
    async with center.browser() as browser:
        body = {"action": "cancel", "expected_sequence": 1, "note": "x"}
        large = await browser.client.post(
            f"/api/v1/cases/{change.number}/actions",
            data={"action": json.dumps(body)},
            files=[("files", ("x.jpg", picture() + bytes(9_000_000), "image/jpeg"))] * 2,
            headers={"X-CSRF-Token": browser.csrf},
        )
        assert large.status_code == 200, large.text[:200]
        assert [file["size_bytes"] > 9_000_000 for file in large.json()["evidence"]] == [True]
        elsewhere = await browser.client.put(
            "/api/v1/session/password", content=bytes(100_000), headers={"X-CSRF-Token": browser.csrf}
        )
        assert elsewhere.status_code == 413, "only where files are expected"


async def test_a_case_comes_with_those_who_could_be_given_it_and_its_siblings(desk: Desk, pool: Pool) -> None:
    first = await report(
        pool, stall(camera=None, zone=None, component="3505820102000001", type="cover_missing")
    )
    second = await report(
        pool, stall(camera=None, zone=None, component="3505820102000002", type="cover_displaced", lat=24.9002)
    )
    detail = await desk.browser.fetch(f"/cases/{first.number}")
    assert [case["number"] for case in detail["siblings"]] == [second.number]
    detail = (await desk.act(detail, "dispatch", department="市政养护所")).json()
    needed = {need for action in detail["actions"] for need in action["needs"]}
    assert ("assignee" in needed) is bool(detail["assignees"])
